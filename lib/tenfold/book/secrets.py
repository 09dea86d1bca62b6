"""Keys, tokens, addresses of people and traces of a machine, looked for in what is about to be published.

`python -m tenfold.book.secrets` looks at every file under git, at the executed chapters, the sources of the
built pages and the logs in build/; 1 is its exit status where something is found, which is never shown.
"""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tenfold.paths import project_root

# What each looks like, behind a piece of text that must be there: most lines are decided by that alone.
_PATTERNS = {
    "a private key": ("PRIVATE KEY", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a key of a language-model service": ("sk-", r"\bsk-(?:[a-z]+-)?[A-Za-z0-9_-]{20,}"),
    "a key of AWS": ("IA", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a key of Google": ("AIza", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "a token of GitHub": ("_", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})"),
    "a token of GitLab": ("glpat-", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    "a token of Hugging Face": ("hf_", r"\bhf_[A-Za-z0-9]{30,}"),
    "a token of a package registry": ("p", r"\b(?:pypi-[A-Za-z0-9_-]{50,}|npm_[A-Za-z0-9]{36})"),
    "a token of Slack": ("xox", r"\bxox[abeprs]-[A-Za-z0-9-]{10,}"),
    "a web token": ("eyJ", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}"),
    "a password in an address": ("://", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"'<>]+:[^\s/@\"'<>]{3,}@"),
    "an authorisation header": ("uthorization", r"uthorization\W{1,5}(?:Bearer|Basic)\s+[\w.~+/=-]{16,}"),
    "an e-mail address": ("@", r"(?<![\w.%+-])[\w.%+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])"),
    "a folder of a person": ("/", r"(?<![\w.~/-])(?:/home/|/Users/)[A-Za-z][\w.-]*|(?<![\w./~-])/[r]oot/"),
    "the address of a package index": ("/simple", r"https?://[^\s\"'<>]+/simple\b"),
}
_COMPILED = {kind: (needed, re.compile(pattern)) for kind, (needed, pattern) in _PATTERNS.items()}
_NOBODY = re.compile(r"@(?:[\w-]+\.)*(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)$")
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL")
_SHORTEST = 12  # a shorter value of a secret variable occurs by chance
_LONGEST_LINE = 200_000  # longer ones are pictures
_SUFFIXES = {
    ".ipynb",
    ".json",
    ".jsonl",
    ".md",
    ".yaml",
    ".yml",
    ".csv",
    ".py",
    ".txt",
    ".log",
    ".toml",
    ".in",
}
_SUFFIXES |= {".html", ".js", ".css", ".bib", ".cff", ".lock", ".svg", ""}
_BUILT = ("build/executed*/**/*.ipynb", "build/book/**/*", "build/*.log")

MADE_UP = {
    ("tests/chat/conftest.py", "a key of a language-model service"),
    ("tests/chat/test_choose.py", "a password in an address"),
    ("tests/chat/test_offline.py", "a key of a language-model service"),
    ("tests/chat/test_openai_compatible.py", "a password in an address"),
    ("tests/cli/test_cli_doctor.py", "a key of a language-model service"),
}
"""Where tests hold invented ones, to see that they never get out."""


@dataclass(frozen=True)
class Finding:
    """kind: what it looks like; the text itself is not kept."""

    file: str
    line: int
    kind: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.kind}"


def secrets_in(text: str, *, own: Mapping[str, str] | None = None) -> Iterator[tuple[int, str]]:
    """Line number and kind of all that is found.  own: texts of this machine, with what each is."""
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > _LONGEST_LINE:
            continue
        for kind, (needed, pattern) in _COMPILED.items():
            if needed not in line:
                continue
            for match in pattern.finditer(line):
                if not (kind == "an e-mail address" and _NOBODY.search(match[0])):
                    yield number, kind
        for value, kind in (own or {}).items():
            if value in line:
                yield number, kind


def own_texts() -> dict[str, str]:
    """What must not leave this machine: values of variables with a name like KEY or TOKEN, and its name."""
    named = (value for name, value in os.environ.items() if _SECRET_NAME.search(name.upper()))
    texts = {
        value: "the value of a secret environment variable" for value in named if len(value) >= _SHORTEST
    }
    if len(platform.node()) >= _SHORTEST:
        texts[platform.node()] = "the name of this machine"
    return texts


def find_secrets(files: Iterable[Path], root: Path) -> list[Finding]:
    """All that is found in the text files among these, by path below the root, but for MADE_UP."""
    own = own_texts()
    found = []
    for file in files:
        if file.is_file() and file.suffix in _SUFFIXES:
            text = file.read_text(encoding="utf-8", errors="replace")
            name = file.relative_to(root).as_posix()
            found += [Finding(name, line, kind) for line, kind in secrets_in(text, own=own)]
    return [finding for finding in found if (finding.file, finding.kind) not in MADE_UP]


def built_files(root: Path) -> list[Path]:
    """Executed chapters, the sources of the pages, logs; without the copy of MathJax."""
    found = (file for pattern in _BUILT for file in sorted(root.glob(pattern)))
    return [file for file in found if "_vendor" not in file.parts]


def tracked_files(root: Path) -> list[Path]:
    command = ["git", "-C", str(root), "ls-files", "-z"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [root / name for name in listed.split("\0") if name]


def main() -> None:
    root = project_root()
    files = [*tracked_files(root), *built_files(root)]
    found = find_secrets(files, root)
    for finding in found:
        print(finding)
    print(f"{len(files)} files, {len(found)} findings")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
