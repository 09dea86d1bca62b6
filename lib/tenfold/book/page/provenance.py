"""Where a figure or a verdict comes from: code, data, parameters, seed, device, duration."""

import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from markupsafe import Markup

from tenfold.book.page.publish import facts
from tenfold.runs import Run

_STARTED = datetime.now(UTC)
_SHORT = 12  # characters of a hash that tell it from others
_BY_HAND = "run by hand"


def provenance_box(runs: Sequence[Run] = (), params: Mapping[str, object] | None = None) -> Markup:
    """A folded box. runs: those the numbers come from.  params: the chapter's parameters."""
    rows = {
        "Code": _code(),
        "Chapter fingerprint": _short(os.environ.get("TENFOLD_FINGERPRINT", _BY_HAND)),
        "Runs": _runs(runs),
        "Trained by": _listed(f"{run.train} (code {_short(run.code)})" for run in runs),
        "Data": _data(runs),
        "Parameters": ", ".join(f"{name} = {value}" for name, value in (params or {}).items()),
        "Seed": _seeds(runs, params or {}),
        "Device": _listed(run.device for run in runs) if runs else _this_device(),
        "Duration": _duration(runs),
        "Versions": _listed(f"{name} {v}" for run in runs for name, v in run.versions.items()),
    }
    box = '<details class="tf-provenance"><summary>Provenance</summary>{}</details>'
    return Markup(box).format(facts({name: text for name, text in rows.items() if text}))


def _code() -> str:
    commit = os.environ.get("TENFOLD_COMMIT")
    if commit is None:
        return _BY_HAND
    digest, plus, changes = commit.partition("+")
    return f"commit {_short(digest)}{plus}{changes}"


def _runs(runs: Sequence[Run]) -> str:
    """How many runs, and whether they were recorded before this execution or made in it."""
    recorded = sorted(run.recorded[:10] for run in runs if not _is_fresh(run))
    fresh = len(runs) - len(recorded)
    parts = []
    if recorded:
        days = recorded[0] if recorded[0] == recorded[-1] else f"{recorded[0]} to {recorded[-1]}"
        parts.append(f"{len(recorded)} recorded on {days}")
    if fresh:
        parts.append(f"{fresh} fresh, computed in this execution")
    return "; ".join(parts) or "none, computed in this execution"


def _is_fresh(run: Run) -> bool:
    return datetime.fromisoformat(run.recorded) >= _STARTED


def _data(runs: Sequence[Run]) -> str:
    corpora = [run.config["corpus"] for run in runs if "corpus" in run.config]
    return _listed(f"{corpus['name']} (fingerprint {_short(corpus['fingerprint'])})" for corpus in corpora)


def _seeds(runs: Sequence[Run], params: Mapping[str, object]) -> str:
    of_runs = sorted({run.config["seed"] for run in runs if "seed" in run.config})
    parts = [f"{params['seed']} (chapter)"] if "seed" in params else []
    if of_runs:
        parts.append(f"{', '.join(map(str, of_runs))} (runs)")
    return ", ".join(parts)


def _duration(runs: Sequence[Run]) -> str:
    so_far = (datetime.now(UTC) - _STARTED).total_seconds()
    shown = f"shown {time_text(so_far)} after the chapter's start"
    return (
        f"{time_text(sum(run.seconds for run in runs))} of computing for the runs; {shown}" if runs else shown
    )


def time_text(seconds: float) -> str:
    """A duration in its natural unit."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.2g} h"


def _this_device() -> str:
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"cpu ({platform.machine()})"


def _short(digest: str) -> str:
    return digest if " " in digest else digest[:_SHORT]


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(texts))
