"""The licence of every installed package, and whether it goes with a book under Apache-2.0.

`python -m tenfold.upkeep.licences` writes the table to build/licences.md; 1 is its exit status where a
package is under a licence that nobody has allowed.
"""

import importlib.metadata
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from tenfold.paths import project_root

_BSD = {"BSD", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC"}
_OTHER = {"PSF-2.0", "Zlib", "CC0-1.0", "BSL-1.0", "CNRI-Python", "LLVM-exception"}
PERMISSIVE = frozenset({"Apache-2.0", "MIT", "MIT-0", "MIT-CMU"} | _BSD | _OTHER)
WEAK = {
    "MPL-2.0": "binds changes of its own files alone, and none is changed",
    "LGPL": "used as a library that anybody can replace, unchanged",
}
DATA_ONLY = "read for the text that it ships; never imported, never part of what is published"
EXCEPTIONS = {
    "axe-playwright-python": ("MIT", "its metadata names none; the licence file inside the package is MIT's"),
    "docutils": ("BSD", "public domain but for a few files under PSF, BSD and GPL, which are used unchanged"),
}
"""Packages whose metadata does not say: the licence found by hand, and where or why it is allowed."""

_NAMES = {
    r"apache( software)?( license)?,?( version)?[ -]?(2(\.0)?)?( license)?": "Apache-2.0",
    r"(the )?mit( license)?( \(mit\))?": "MIT",
    r"(new |modified )?bsd( license)?": "BSD",
    r"bsd[ -]3-clause( license)?|3-clause bsd license": "BSD-3-Clause",
    r"bsd[ -]2-clause( license)?|2-clause bsd": "BSD-2-Clause",
    r"isc license( \(iscl\))?|isc": "ISC",
    r"python software foundation license|psf-2\.0|psfl": "PSF-2.0",
    r"mozilla public license 2\.0 \(mpl 2\.0\)|mpl-2\.0": "MPL-2.0",
    r"(gnu lesser general public license|lgpl).*": "LGPL",
    r"(gnu general public license|gpl).*": "GPL",
}
_PATTERNS = [(re.compile(pattern, re.IGNORECASE), name) for pattern, name in _NAMES.items()]


@dataclass(frozen=True)
class Licence:
    """One package. text: as its metadata has it.  parts: the licences in it by short name, empty if unknown.

    allowed: why it goes with the book; empty where nobody has said that it does.  data_only: whether it is
    installed for its data alone.
    """

    package: str
    version: str
    text: str
    parts: tuple[str, ...]
    allowed: str
    data_only: bool


def licences(root: Path) -> list[Licence]:
    """Every package of this environment but the book's own, by name."""
    data = {_name(line) for line in (root / "requirements-data.txt").read_text("utf-8").splitlines()}
    found = {
        canonicalize_name(distribution.name): distribution
        for distribution in importlib.metadata.distributions()
    }
    return [
        licence_of(found[name].metadata, data_only=name in data)
        for name in sorted(found)
        if name != "tenfold"
    ]


def licence_of(metadata: importlib.metadata.PackageMetadata, *, data_only: bool) -> Licence:
    """What a package's metadata says: its SPDX expression, else its classifiers, else its licence field."""
    name = canonicalize_name(metadata["Name"])
    if name in EXCEPTIONS:
        text, reason = EXCEPTIONS[name]
        return Licence(name, metadata["Version"], text, (text,), reason, data_only)
    text = _said(metadata)
    names = re.split(r"\s+(?:AND|OR|WITH)\s+|;\s", text)
    parts = tuple(dict.fromkeys(_short(part) for part in names if part))
    return Licence(
        name, metadata["Version"], text, parts, _reason(parts, text, data_only=data_only), data_only
    )


def table(found: list[Licence]) -> str:
    rows = [
        f"| {item.package} | {item.version} | {item.text} | {item.allowed or '**not allowed**'} |"
        for item in found
    ]
    return "\n".join(
        ["| Package | Version | Licence | Why it may be used |", "| --- | --- | --- | --- |", *rows, ""]
    )


def _said(metadata: importlib.metadata.PackageMetadata) -> str:
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier") or []
        if line.startswith("License :: ")
    ]
    first = metadata.get("License", "").strip().partition("\n")[0]  # some give the whole text
    return metadata.get("License-Expression") or "; ".join(classifiers) or first


def _short(text: str) -> str:
    """The short name of one licence; as it stands where it is none of the usual spellings."""
    text = text.strip()
    if text in PERMISSIVE:
        return text
    return next((name for pattern, name in _PATTERNS if pattern.fullmatch(text)), text)


def _reason(parts: tuple[str, ...], text: str, *, data_only: bool) -> str:
    unknown = [part for part in parts if part not in PERMISSIVE and part not in WEAK]
    if not parts:
        return ""
    if unknown:
        either = " OR " in text and any(part in PERMISSIVE for part in parts)
        return "permissive, by choice" if either else DATA_ONLY if data_only and unknown == ["GPL"] else ""
    return "; ".join(WEAK[part] for part in parts if part in WEAK) or "permissive"


def _name(line: str) -> str:
    return canonicalize_name(re.split(r"[=\s]", line.strip(), maxsplit=1)[0])


def main() -> None:
    root = project_root()
    found = licences(root)
    file = root / "build" / "licences.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text(table(found), encoding="utf-8")
    refused = [item for item in found if not item.allowed]
    for item in refused:
        print(f"{item.package} {item.version}: {item.text or 'names no licence'}: nobody has allowed it")
    print(f"{len(found)} packages, {len(refused)} not allowed; the table: {file.relative_to(root)}")
    sys.exit(1 if refused else 0)


if __name__ == "__main__":
    main()
