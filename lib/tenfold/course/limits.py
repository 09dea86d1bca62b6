"""What one submission may take."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """seconds: wall clock of the cells.  start_seconds: of nbgrader and the kernel, before and after them.

    memory: bytes of each process.  file_size: bytes of each file.
    """

    seconds: int = 180
    start_seconds: int = 60
    memory: int = 4 << 30
    file_size: int = 100 << 20

    @property
    def cpu_seconds(self) -> int:
        """Processor time of each process; the wall clock ends what uses one core."""
        return 2 * self.seconds

    @property
    def cell_seconds(self) -> int:
        """Wall clock of one cell, so that an endless one leaves time for the others."""
        return max(1, self.seconds // 3)
