"""Executed copies: where they are, and the stamp that says what they were made from."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from tenfold.claims import VERDICTS_MIME


def executed_folder(root: Path, changed: Mapping[str, object]) -> Path:
    """Where the executed copies are that were made with parameters changed from the chapter's defaults.

    None: build/executed, which the site is built from.  The profile alone: build/executed-<profile>.
    Anything else: build/executed-<hash of the parameters>.
    """
    if not changed:
        return root / "build" / "executed"
    if list(changed) == ["profile"]:
        return root / "build" / f"executed-{changed['profile']}"
    digest = hashlib.sha256(json.dumps(dict(changed), sort_keys=True).encode()).hexdigest()
    return root / "build" / f"executed-{digest[:12]}"


def read_stamp(copy: Path) -> dict | None:
    """`metadata.tenfold` of an executed copy; None where there is no copy, or not the whole one as written.

    Keys: fingerprint, inputs, parameters, seconds, commit, executed (UTC, ISO), verdicts (records of
    `Verdicts.to_records`), sha256 (of the copy without this key).
    """
    try:
        notebook = json.loads(copy.read_text(encoding="utf-8"))
        stamp = notebook["metadata"]["tenfold"]
        return stamp if stamp.pop("sha256") == _digest(notebook) else None
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def sealed(text: str) -> str:
    """The text of an executed copy with its SHA-256 in `metadata.tenfold`, by which damage is found."""
    notebook = json.loads(text)
    notebook["metadata"]["tenfold"].pop("sha256", None)
    notebook["metadata"]["tenfold"]["sha256"] = _digest(notebook)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def verdict_records(notebook: Mapping) -> list[dict]:
    """The verdicts shown in an executed notebook, which stand in the metadata of outputs."""
    return [
        record
        for output in _outputs(notebook)
        for record in output.get("metadata", {}).get(VERDICTS_MIME, [])
    ]


def replace_copy(path: Path, text: str) -> None:
    """Write a copy so that readers see the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _digest(notebook: Mapping) -> str:
    return hashlib.sha256(json.dumps(notebook, sort_keys=True).encode()).hexdigest()


def _outputs(notebook: Mapping) -> Iterator[Mapping]:
    for cell in notebook["cells"]:
        yield from cell.get("outputs", [])
