"""Makes tests/runs/modules part of the package tenfold in processes that a test starts."""

from pathlib import Path

import tenfold

tenfold.__path__.append(str(Path(__file__).parents[1] / "modules"))
