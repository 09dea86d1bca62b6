"""External data against a server on the loopback interface; nothing leaves this machine."""

import hashlib
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tenfold.corpora.external import (
    EXTERNAL,
    ExternalData,
    ExternalDataError,
    ExternalFile,
    external_data,
    external_file,
    sidecar,
)
from tenfold.corpora.external_fetch import FetchError, fetch

BODY = b"id,prompt\n1,How do I fold a paper crane?\n" * 5000
SHA256 = hashlib.sha256(BODY).hexdigest()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        ANSWERS[self.path.rpartition("/")[2]](self)

    def head(self, status: int = 200, **headers: object) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def good(handler: Handler) -> None:
    handler.head(Content_Length=len(BODY))
    handler.wfile.write(BODY)


def unstated_length(handler: Handler) -> None:
    handler.head()
    handler.wfile.write(BODY)


def truncated(handler: Handler) -> None:
    handler.head(Content_Length=len(BODY))
    handler.wfile.write(BODY[:1000])


def silent(handler: Handler) -> None:
    handler.head(Content_Length=len(BODY))
    handler.server.stopping.wait(20)


def dripping(handler: Handler) -> None:
    handler.head(Content_Length=len(BODY))
    try:
        while not handler.server.stopping.wait(0.02):
            handler.wfile.write(b"x")
    except OSError:
        pass  # the client has gone


def absent(handler: Handler) -> None:
    handler.head(404)


def elsewhere(handler: Handler) -> None:
    handler.head(302, Location=f"http://localhost:{handler.server.server_port}/good.csv")


def other_place(handler: Handler) -> None:
    handler.head(302, Location="/deeper/good.csv")


ANSWERS: dict[str, Callable[[Handler], None]] = {
    f"{answer.__name__.replace('_', '-')}.csv": answer
    for answer in (good, unstated_length, truncated, silent, dripping, absent, elsewhere, other_place)
}


@pytest.fixture
def server(monkeypatch) -> Iterator[ThreadingHTTPServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.asked, server.stopping = [], threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.stopping.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def data(server) -> Callable[..., ExternalData]:
    def make(path: str, **file) -> ExternalData:
        base = f"http://127.0.0.1:{server.server_port}/"
        return ExternalData("own", "own text", base, "1", "ours", (ExternalFile(path, **file),))

    return make


def left(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", ["good.csv", "unstated-length.csv", "other-place.csv"])
def test_a_file_with_the_expected_hash_is_kept(data, tmp_path, path):
    told = []
    paths = fetch(data(path, sha256=SHA256), tmp_path, report=told.append)
    assert paths == [tmp_path / "data" / "external" / "own" / path]
    assert paths[0].read_bytes() == BODY
    assert left(tmp_path) == [path]
    assert SHA256 in told[0]


def test_a_good_file_is_not_fetched_again(data, server, tmp_path):
    for _ in range(2):
        fetch(data("good.csv", sha256=SHA256), tmp_path, report=lambda _: None)
    assert len(server.asked) == 1


def test_an_unknown_hash_is_recorded_at_first_and_checked_after(data, server, tmp_path):
    told = []
    (path,) = fetch(data("good.csv"), tmp_path, report=told.append)
    assert "not known beforehand" in told[0]
    check = ["sha256sum", "--check", "--status", sidecar(path).name]
    assert subprocess.run(check, cwd=path.parent).returncode == 0
    fetch(data("good.csv"), tmp_path, report=lambda _: None)
    path.write_bytes(BODY + b"2,changed\n")
    with pytest.raises(ExternalDataError, match="it was changed; remove it and fetch anew"):
        fetch(data("good.csv"), tmp_path)
    assert len(server.asked) == 1


def test_what_is_fetched_later_must_have_the_recorded_hash(data, tmp_path):
    (path,) = fetch(data("good.csv"), tmp_path, report=lambda _: None)
    path.unlink()
    sidecar(path).write_text("0" * 64 + "  good.csv\n")
    with pytest.raises(FetchError, match="expected 0000"):
        fetch(data("good.csv"), tmp_path)
    assert left(tmp_path) == ["good.csv.sha256"]


def test_a_changed_file_is_no_longer_taken(data, tmp_path):
    (path,) = fetch(data("good.csv", sha256=SHA256), tmp_path, report=lambda _: None)
    path.write_bytes(BODY[:-1])
    with pytest.raises(ExternalDataError, match=f"expected {SHA256}"):
        fetch(data("good.csv", sha256=SHA256), tmp_path)


@pytest.mark.parametrize(
    ("path", "file", "message"),
    [
        ("good.csv", {"sha256": "0" * 64}, "expected 0000.*nothing was kept"),
        ("truncated.csv", {}, "broke off after 1,000 of 205,000 bytes"),
        ("good.csv", {"megabytes": 0}, "has 205,000 bytes, allowed are 0"),
        ("unstated-length.csv", {"megabytes": 0}, "more than the 0 bytes allowed"),
        ("absent.csv", {}, "404"),
        ("elsewhere.csv", {"sha256": SHA256}, "redirects to http://localhost, which is not one of its hosts"),
    ],
    ids=["wrong hash", "truncated", "too large", "too large, length unstated", "absent", "other host"],
)
def test_a_failed_download_keeps_nothing(data, server, tmp_path, path, file, message):
    with pytest.raises(FetchError, match=message):
        fetch(data(path, **file), tmp_path)
    assert left(tmp_path) == []
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("path", "arguments", "message"),
    [("silent.csv", {"timeout": 0.2}, "timed out"), ("dripping.csv", {"limit": 0.2}, "longer than 0.2 s")],
    ids=["silent", "dripping"],
)
def test_a_slow_server_is_given_up(data, tmp_path, path, arguments, message):
    begun = time.monotonic()
    with pytest.raises(FetchError, match=message):
        fetch(data(path), tmp_path, **arguments)
    assert time.monotonic() - begun < 15  # the server itself would hold out longer
    assert left(tmp_path) == []


def test_no_server_is_one_error(data, server, tmp_path):
    own = replace(data("good.csv"), base="http://127.0.0.1:9/")
    with pytest.raises(
        FetchError, match=r"http://127.0.0.1:9/good.csv: .*nothing was kept: check the network"
    ):
        fetch(own, tmp_path)


@pytest.mark.parametrize("hosts", [("localhost",), (".host", "localhost")], ids=str)
def test_a_redirect_to_a_named_host_is_followed(data, tmp_path, hosts):
    own = replace(data("elsewhere.csv", sha256=SHA256), hosts=hosts)
    assert fetch(own, tmp_path, report=lambda _: None)[0].read_bytes() == BODY


def test_a_fetched_file_is_found_by_name(data, tmp_path, monkeypatch):
    monkeypatch.setitem(EXTERNAL, "own", data("good.csv", sha256=SHA256))
    with pytest.raises(
        ExternalDataError, match=r"good.csv is not there; get it, with network: tenfold fetch own"
    ):
        external_file("own", "good.csv", root=tmp_path)
    (path,) = fetch(EXTERNAL["own"], tmp_path, report=lambda _: None)
    assert external_file("own", "good.csv", root=tmp_path) == path
    with pytest.raises(ExternalDataError, match=r"own has no file 'bad.csv'; allowed: good.csv"):
        external_file("own", "bad.csv", root=tmp_path)


def test_a_file_that_nothing_vouches_for_is_not_taken(data, tmp_path, monkeypatch):
    monkeypatch.setitem(EXTERNAL, "own", data("good.csv"))
    path = EXTERNAL["own"].target(EXTERNAL["own"].files[0], tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(BODY)
    with pytest.raises(ExternalDataError, match=r"good.csv.sha256 is missing\): remove it, fetch anew"):
        external_file("own", "good.csv", root=tmp_path)


def test_an_unknown_name_is_refused():
    with pytest.raises(ExternalDataError, match="no external data 'xtest'; allowed: xstest, "):
        external_data("xtest")


def test_every_entry_says_what_a_user_must_know():
    for name, data in EXTERNAL.items():
        assert name == data.name
        assert data.base.startswith("https://")
        assert data.base.endswith("/")
        assert data.licence
        assert data.revision in data.base or "main" in data.base
        assert len({file.path for file in data.files}) == len(data.files) > 0
        for file in data.files:
            assert not Path(file.path).is_absolute()
            assert ".." not in file.path
            assert file.sha256 is None or len(bytes.fromhex(file.sha256)) == 32


def test_git_ignores_what_is_fetched():
    ignored = ["git", "check-ignore", "--quiet", "data/external/xstest/xstest_prompts.csv"]
    assert subprocess.run(ignored, cwd=Path(__file__).parents[2]).returncode == 0
