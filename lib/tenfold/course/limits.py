"""What one submission may take."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """seconds: wall clock of the whole, processor time of each process.  memory, file_size: bytes."""

    seconds: int = 180
    memory: int = 4 << 30
    file_size: int = 100 << 20

    @property
    def cell_seconds(self) -> int:
        """Wall clock of one cell, so that an endless one leaves time for the others."""
        return max(1, self.seconds // 3)
