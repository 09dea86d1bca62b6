"""What asking has cost."""

import threading

from tenfold.chat.messages import Reply


class Usage:
    """Sums over replies; threads may share it.

    requests: how many.  input_tokens, output_tokens: of the replies that have counts.  cost: of the replies
    that have a price, None where none has.  seconds: the sum of their waiting times.
    """

    def __init__(self) -> None:
        self.requests = 0
        self.input_tokens = 0
        self.output_tokens = 0
        self.cost: float | None = None
        self.seconds = 0.0
        self._mutex = threading.Lock()

    def add(self, reply: Reply) -> None:
        with self._mutex:
            self.requests += 1
            self.input_tokens += reply.input_tokens or 0
            self.output_tokens += reply.output_tokens or 0
            self.seconds += reply.seconds
            if reply.cost is not None:
                self.cost = (self.cost or 0.0) + reply.cost

    def __repr__(self) -> str:
        cost = "no price stated" if self.cost is None else f"cost {self.cost:.4f}"
        return (
            f"{self.requests} requests, {self.input_tokens} tokens in, {self.output_tokens} out, "
            f"{cost}, {self.seconds:.1f} s"
        )
