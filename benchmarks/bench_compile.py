"""What the S2-Attention kernels need of GPUs, compiled without one: results/attention_compile.json."""

import json
from datetime import UTC, datetime
from pathlib import Path

from machine import machine

from tenfold.kernels import compile_report

RESULT = Path(__file__).with_name("results") / "attention_compile.json"


def main() -> None:
    rows = [
        *compile_report().to_dict("records"),
        *compile_report(targets=("sm_90",), dtypes=("float32",)).to_dict("records"),
    ]
    results = {
        "compiled": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine("torch", "triton", "tenfold"),
        "rows": rows,
    }
    RESULT.write_text(json.dumps(results, indent=1) + "\n")
    for row in rows:
        print(row)


if __name__ == "__main__":
    main()
