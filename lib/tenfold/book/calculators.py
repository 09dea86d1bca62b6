"""The fitted values that the calculators of the site compute with."""

import json
from ast import literal_eval
from collections.abc import Iterable
from pathlib import Path

GLUED = "application/papermill.record/text/plain"


def fitted_values(copies: Iterable[Path]) -> dict[str, object]:
    """What executed chapters stored by `word("calculator_NAME", json.dumps(values))`, by NAME."""
    values = {}
    for copy in copies:
        for cell in json.loads(copy.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                name = output.get("metadata", {}).get("scrapbook", {}).get("name", "")
                if name.startswith("calculator_"):
                    text = output["data"][GLUED]
                    values[name.removeprefix("calculator_")] = json.loads(literal_eval("".join(text)))
    return values
