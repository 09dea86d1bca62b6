"""An HTTP answer that may not be endless: neither in bytes nor in time."""

import time
from collections.abc import Callable, Iterator

import httpx2

from tenfold.chat.errors import ChatError

MAX_BYTES = 8_000_000


class _Bounded(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, seconds: float) -> None:
        self.stream = stream
        self.seconds = seconds

    def __iter__(self) -> Iterator[bytes]:
        size, end = 0, time.monotonic() + self.seconds
        for chunk in self.stream:
            size += len(chunk)
            if size > MAX_BYTES:
                raise ChatError(
                    f"the answer has more than {MAX_BYTES:,} bytes and is not read: lower max_tokens"
                )
            if time.monotonic() > end:
                raise httpx2.ReadTimeout(f"the answer took longer than {self.seconds:g} s")
            yield chunk

    def close(self) -> None:
        self.stream.close()


def bound_response(seconds: float) -> Callable[[httpx2.Response], None]:
    """A response hook: the body must arrive within `seconds`, uncompressed, and have at most MAX_BYTES.

    Too late is httpx2.ReadTimeout, as for a server that falls silent; too much is ChatError.
    """

    def bound(response: httpx2.Response) -> None:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise ChatError("the server compressed its answer, though it was asked not to: it is not read")
        response.stream = _Bounded(response.stream, seconds)

    return bound
