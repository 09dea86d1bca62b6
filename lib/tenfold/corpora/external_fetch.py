"""Download external data by name: whole or not at all, bounded in size and time, checked by SHA-256."""

import hashlib
import http.client
import os
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO

from tenfold.corpora.external import ExternalData, ExternalFile, check, recorded_sha256, sidecar

CHUNK = 1 << 16


class FetchError(OSError):
    """A download failed; nothing of it was kept."""


def fetch(
    data: ExternalData,
    root: Path,
    *,
    timeout: float = 30,
    limit: float = 1800,
    report: Callable[[str], None] = print,
) -> list[Path]:
    """Download the files of a data set that are not there yet, into data/external below the root.

    timeout: seconds to wait for the server, each time.  limit: seconds for one file.  A file that is there
    and has the right SHA-256 is kept; one without a known SHA-256 has its own recorded beside it at first,
    and is checked by that from then on. Raises FetchError, with nothing kept of the file that failed, and
    ExternalDataError where a file is there with another content.
    """
    paths = []
    for file in data.files:
        path = data.target(file, root)
        if path.is_file():
            check(path, file.sha256)
            report(f"{path.relative_to(root)}: there already, SHA-256 as expected")
        else:
            digest = _download(data, file, path, timeout, limit)
            known = file.sha256 or recorded_sha256(path)
            if not known:
                _write(sidecar(path), f"{digest}  {path.name}\n".encode())
            told = "as expected" if known else "not known beforehand, recorded for the next time"
            report(f"{path.relative_to(root)}: {path.stat().st_size:,} bytes, SHA-256 {digest}, {told}")
        paths.append(path)
    return paths


def _download(data: ExternalData, file: ExternalFile, path: Path, timeout: float, limit: float) -> str:
    """Fetch beside the target, and rename it once it is complete and right; its SHA-256."""
    url = data.base + urllib.parse.quote(file.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            digest = _copy(url, data.hosts, out, file.megabytes * 1_000_000, timeout, limit)
        expected = file.sha256 or recorded_sha256(path)
        if expected not in (None, digest):
            raise FetchError(
                f"{url} has SHA-256 {digest}, expected {expected}; nothing was kept: try again, and if it "
                "stays so, the file is no longer the one that this book knows"
            )
        os.replace(name, path)
    except FetchError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise FetchError(f"{url}: {error}; nothing was kept: check the network and try again") from error
    finally:
        Path(name).unlink(missing_ok=True)
    return digest


def _copy(url: str, hosts: tuple[str, ...], out: IO[bytes], most: int, timeout: float, limit: float) -> str:
    digest, size, end = hashlib.sha256(), 0, time.monotonic() + limit
    opener = urllib.request.build_opener(_Redirects(urllib.parse.urlsplit(url), hosts))
    request = urllib.request.Request(url, headers={"Accept-Encoding": "identity", "User-Agent": "tenfold"})
    with opener.open(request, timeout=timeout) as answer:
        length = answer.headers.get("Content-Length")
        if length is not None and int(length) > most:
            raise FetchError(f"{url} has {int(length):,} bytes, allowed are {most:,}; nothing was kept")
        while chunk := answer.read1(CHUNK):
            size += len(chunk)
            if size > most:
                raise FetchError(f"{url} has more than the {most:,} bytes allowed; nothing was kept")
            if time.monotonic() > end:
                raise FetchError(f"{url} took longer than {limit:g} s; nothing was kept: try again")
            digest.update(chunk)
            out.write(chunk)
    if length is not None and size != int(length):
        raise FetchError(
            f"{url} broke off after {size:,} of {int(length):,} bytes; nothing was kept: try again"
        )
    out.flush()
    os.fsync(out.fileno())
    return digest.hexdigest()


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect to the same host or a named one, and never from https to http."""

    def __init__(self, start: urllib.parse.SplitResult, hosts: tuple[str, ...]) -> None:
        self._start, self._hosts = start, hosts

    def redirect_request(self, request, body, code, message, headers, url):
        to = urllib.parse.urlsplit(url)
        host = to.hostname or ""
        named = any(host.endswith(end) if end.startswith(".") else host == end for end in self._hosts)
        if not (host == self._start.hostname or named) or to.scheme not in ("https", self._start.scheme):
            raise FetchError(
                f"{self._start.geturl()} redirects to {to.scheme}://{host}, which is not one of its hosts; "
                "nothing was kept"
            )
        return super().redirect_request(request, body, code, message, headers, url)


def _write(path: Path, content: bytes) -> None:
    """Write a small file whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as out:
        out.write(content)
    os.replace(name, path)
