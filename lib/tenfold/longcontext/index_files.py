"""An index on disk: safetensors and JSON, checked when it is read."""

import hashlib
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from tenfold.longcontext.index import HiddenStateIndex

STATES, SETTINGS = "states.safetensors", "index.json"


class DamagedIndex(ValueError):
    """The files of an index do not fit together."""


def save_index(index: HiddenStateIndex, folder: str | Path) -> None:
    """Write the states and settings into `folder`, which is made where it is missing."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    states = index.states
    save_file({"states": states}, folder / STATES)
    settings = {
        "width": index.width,
        "kind": index.kind,
        "capacity": index.capacity,
        "full": index.full,
        "first": index.first,
        "count": len(index),
        "sha256": _digest(states),
    }
    (folder / SETTINGS).write_text(json.dumps(settings, indent=1) + "\n")


def load_index(folder: str | Path) -> HiddenStateIndex:
    """The index that `save_index` wrote; an approximate kind is built anew.

    Raises FileNotFoundError, DamagedIndex where number, width or checksum of the states is another.
    """
    folder = Path(folder)
    for name in (STATES, SETTINGS):
        if not (folder / name).is_file():
            raise FileNotFoundError(f"folder {str(folder)!r} holds no {name}; save an index there first")
    settings = json.loads((folder / SETTINGS).read_text())
    states = load_file(folder / STATES).get("states", np.zeros((0, 0), np.float32))
    told = [settings.pop(name, None) for name in ("count", "first", "sha256")]
    if list(states.shape) != [told[0], settings.get("width")] or _digest(states) != told[2]:
        raise DamagedIndex(
            f"{str(folder)!r} holds states of shape {list(states.shape)} that are not those its {SETTINGS} "
            "tells of: save the index again"
        )
    index = HiddenStateIndex(**settings)
    index.append(states)
    index.first = told[1]
    return index


def _digest(states: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(states).tobytes()).hexdigest()
