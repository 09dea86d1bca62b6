"""Keeping below a server's limits of requests and tokens a minute."""

import threading
import time
from collections import deque

MINUTE = 60.0


class Pace:
    """Lets requests through so that no 60 seconds hold more requests or tokens than allowed.

    None is no limit. Threads may share it. It counts the requests of this object; retries of a failed
    request are not among them.
    """

    def __init__(self, *, requests: float | None, tokens: float | None) -> None:
        self.requests = requests
        self.tokens = tokens
        self._let_through: deque[tuple[float, float]] = deque()  # (time, tokens), oldest first
        self._lock = threading.Lock()

    def wait(self, tokens: float) -> None:
        """Return when a request of so many tokens may be sent. Raises ValueError if it never may."""
        if self.tokens is not None and tokens > self.tokens:
            raise ValueError(
                f"a request of about {tokens:.0f} tokens never fits {self.tokens:g} tokens a minute: "
                "shorten it, lower max_tokens, or raise tpm"
            )
        while (seconds := self._reserve(tokens)) > 0:
            time.sleep(seconds)

    def _reserve(self, tokens: float) -> float:
        """Count the request and return 0, or the seconds until trying again makes sense."""
        with self._lock:
            now = time.monotonic()
            while self._let_through and self._let_through[0][0] <= now - MINUTE:
                self._let_through.popleft()
            full = self.requests is not None and len(self._let_through) + 1 > self.requests
            used = sum(spent for _, spent in self._let_through)
            if self._let_through and (full or (self.tokens is not None and used + tokens > self.tokens)):
                return self._let_through[0][0] + MINUTE - now
            self._let_through.append((now, tokens))
            return 0.0
