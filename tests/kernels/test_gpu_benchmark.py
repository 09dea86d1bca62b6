"""The recorded timings on a GPU, which no machine without one can repeat."""

import json
from pathlib import Path

from tenfold.runs import source_fingerprint

RECORDED = Path(__file__).parents[2] / "benchmarks" / "results" / "attention_gpu.json"


def test_recorded_gpu_timings_come_from_the_present_kernels():
    recorded = json.loads(RECORDED.read_text())
    assert set(recorded) == {"exactness", "cases", "tiles", "step"}
    assert {part["code"] for part in recorded.values()} == {
        source_fingerprint("tenfold.kernels.triton_attention")
    }
