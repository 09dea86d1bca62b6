import platform
from pathlib import Path

import pytest

from tenfold.book.secrets import MADE_UP, built_files, find_secrets, secrets_in, tracked_files

REPOSITORY = Path(__file__).parents[2]


def made(*parts: str) -> str:
    """Joined here, so that this file holds none of them."""
    return "".join(parts)


SECRETS = {
    "a private key": made("-----BEGIN OPENSSH ", "PRIVATE KEY-----"),
    "a key of a language-model service": made("sk", "-proj-", "a1B2" * 6),
    "a key of AWS": made("AK", "IA", "ABCD" * 4),
    "a key of Google": made("AI", "za", "a" * 35),
    "a token of GitHub": made("gh", "p_", "a1B2" * 9),
    "a token of GitLab": made("glp", "at-", "a1B2" * 5),
    "a token of Hugging Face": made("h", "f_", "aB" * 17),
    "a token of a package registry": made("np", "m_", "a1B2" * 9),
    "a token of Slack": made("xo", "xb-", "123456789012-abc"),
    "a web token": made("ey", "J", "a" * 12, ".ey", "J", "b" * 12, ".", "c" * 9),
    "a password in an address": made("https:", "//ann:s3cret", "@host.example/x"),
    "an authorisation header": made("Authoriz", "ation: Bea", "rer ", "abcd" * 5),
    "an e-mail address": made("ann.miller", "@", "mail.org"),
    "a folder of a person": made("/ho", "me/ann/project"),
    "the address of a package index": made("https://", "host.example/pypi", "/simple"),
}
HARMLESS = [
    "ask-anything-you-would-like-to-know-today",
    "write to ann@mail.example or bob@example.org",
    "a folder ~/project, notebooks/home/x and https://site.example/home/ann",
    "git@",
    "https://host.example:8000/v1",
    "simple/ and x/simply",
    "@dataclass(frozen=True) and a @ b",
    "",
]


@pytest.mark.parametrize("kind", SECRETS)
def test_each_kind_is_found_with_its_line(kind):
    assert list(secrets_in(f"first\nx = '{SECRETS[kind]}',\nlast")) == [(2, kind)]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_one_is_let_pass(text):
    assert list(secrets_in(text)) == []


def test_values_of_secret_variables_and_the_name_of_the_machine_are_found(tmp_path, monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "correct horse battery")
    monkeypatch.setenv("SOME_FOLDER", "a folder of no secret")
    monkeypatch.setattr(platform, "node", lambda: "build-host-0123")
    file = tmp_path / "log.txt"
    file.write_text("a folder of no secret\nis correct horse battery\non build-host-0123\n")
    found = [str(finding) for finding in find_secrets([file], tmp_path)]
    assert found == [
        "log.txt, line 2: the value of a secret environment variable",
        "log.txt, line 3: the name of this machine",
    ]


def test_nothing_under_git_and_nothing_built_holds_a_secret():
    files = [*tracked_files(REPOSITORY), *built_files(REPOSITORY)]
    assert len(files) > 500
    assert [str(finding) for finding in find_secrets(files, REPOSITORY)] == []


def test_every_exception_is_still_needed(monkeypatch):
    monkeypatch.setattr("tenfold.book.secrets.MADE_UP", set())
    files = [REPOSITORY / name for name, _ in MADE_UP]
    assert {(finding.file, finding.kind) for finding in find_secrets(files, REPOSITORY)} == MADE_UP
