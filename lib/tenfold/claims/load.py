"""Ledgers from YAML files; what is wrong with one is said with file, claim and field."""

import re
from pathlib import Path

import yaml
from pydantic import ValidationError

from tenfold.claims.ledger import Ledger
from tenfold.paths import project_root

# What PyYAML raises for a text that is none, or for a tag that does not fit its value (`!!int x`).
_UNREADABLE = (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, RecursionError)


class LedgerError(ValueError):
    """A ledger that is missing, is not YAML, or breaks the schema; one line a problem: file, claim, field."""


def load_claims(chapter: str) -> Ledger:
    """The ledger `data/claims/<chapter>.yaml` of this project, for example `load_claims("lr_horizon")`."""
    folder = project_root() / "data" / "claims"
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if chapter not in known:
        raise LedgerError(f"no ledger {chapter!r} in data/claims; there is {', '.join(known) or 'none yet'}")
    return read_ledger(folder / f"{chapter}.yaml")


def read_ledger(path: Path) -> Ledger:
    """The ledger in this file, whose name must be that of its chapter."""
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except _UNREADABLE as error:
        raise LedgerError(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from error
    if not isinstance(raw, dict):
        raise LedgerError(f"{path}: must be a mapping with the fields {', '.join(Ledger.model_fields)}")
    try:
        ledger = Ledger.model_validate(raw)
    except ValidationError as error:
        raise LedgerError("\n".join(f"{path}: {_problem(e, raw)}" for e in error.errors())) from error
    if ledger.chapter != path.stem:
        raise LedgerError(
            f"{path}: chapter: must be {path.stem!r} like the file's name, got {ledger.chapter!r}"
        )
    return ledger


def _problem(error: dict, raw: dict) -> str:
    """`claim C2: criterion.level: what is wrong, got value` from one pydantic error."""
    place = list(error["loc"])
    parts = []
    if len(place) > 1 and place[0] == "claims":
        index = place[1]
        claim = raw["claims"][index]
        id = claim.get("id") if isinstance(claim, dict) else None
        parts.append(f"claim {id}" if isinstance(id, str) else f"claim number {index + 1}")
        place = place[2:]
        if len(place) > 1 and place[0] == "criterion":
            del place[1]  # the tag pydantic puts between a union and its field
    if place:
        parts.append(".".join(map(str, place)))
    message = error["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    if error["type"] == "string_type":
        message += " (put it in quotes)"
    if error["type"] == "extra_forbidden":
        message = "unknown field"
    elif error["type"] != "missing" and not isinstance(error["input"], dict | list):
        message += f", got {error['input']!r}"
    return ": ".join([*parts, message])


class _Loader(yaml.SafeLoader):
    """YAML in which a key cannot silently replace an earlier one, and 1e-4 is a number."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for i, key in enumerate(keys):
            if key in keys[:i]:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", node.value[i][0].start_mark
                )
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?\d+(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789")
)
