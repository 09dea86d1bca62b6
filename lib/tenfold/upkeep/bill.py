"""The bill of materials: every package with version, licence and hashes, as CycloneDX 1.6 JSON.

`python -m tenfold.upkeep.bill` writes build/sbom.json, validated against the format's schema.
"""

import importlib.metadata
import json
import re
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import LicenseAcknowledgement
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.utils import canonicalize_name

from tenfold.paths import project_root
from tenfold.upkeep.licences import Licence, licences

_PIN = re.compile(r"^([\w.-]+)==(\S+)((?: \\\n +--hash=sha256:[0-9a-f]{64})+)", re.MULTILINE)
_PINNED = ("requirements-data.txt", "requirements-local-model.txt")


class BillError(RuntimeError):
    """A bill of materials that does not fit the format's schema."""


def bill_of_materials(root: Path) -> str:
    """JSON. Packages pinned by SHA-256 carry the hashes of the files they may be installed from.

    Raises BillError where the result is not as the schema says.
    """
    hashes = pinned_hashes(root)
    bill = Bom()
    own = importlib.metadata.metadata("tenfold")
    bill.metadata.component = Component(
        name="tenfold",
        version=own["Version"],
        type=ComponentType.APPLICATION,
        licenses=[LicenseFactory().make_with_id("Apache-2.0")],
    )
    for item in licences(root):
        bill.components.add(_component(item, hashes.get(item.package, ())))
    bill.register_dependency(bill.metadata.component, bill.components)
    text = JsonV1Dot6(bill).output_as_string(indent=1)
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem is not None:
        raise BillError(f"the bill of materials breaks the schema: {str(problem).splitlines()[0]}")
    return text


def pinned_hashes(root: Path) -> dict[str, tuple[str, ...]]:
    """SHA-256 by package, of what is installed for its data or its model."""
    text = "\n".join((root / name).read_text(encoding="utf-8") for name in _PINNED)
    return {
        canonicalize_name(name): tuple(re.findall("[0-9a-f]{64}", hashes))
        for name, _, hashes in _PIN.findall(text)
    }


def _component(item: Licence, hashes: tuple[str, ...]) -> Component:
    declared = LicenseAcknowledgement.DECLARED
    text = item.text or "not stated"
    purl = PackageURL("pypi", name=item.package, version=item.version)
    return Component(
        name=item.package,
        version=item.version,
        type=ComponentType.DATA if item.data_only else ComponentType.LIBRARY,
        scope=ComponentScope.REQUIRED,
        licenses=[LicenseFactory().make_from_string(text, license_acknowledgement=declared)],
        purl=purl,
        bom_ref=str(purl),
        external_references=[_file(purl, digest) for digest in hashes],
    )


def _file(purl: PackageURL, digest: str) -> ExternalReference:
    """One of the files that a package may be installed from."""
    return ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(str(purl)),
        comment=f"sha256 {digest[:12]}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )


def main() -> None:
    root = project_root()
    text = bill_of_materials(root)
    file = root / "build" / "sbom.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text + "\n", encoding="utf-8")
    count = len(json.loads(text)["components"])
    print(f"{count} packages, valid by the schema of CycloneDX 1.6: {file.relative_to(root)}")


if __name__ == "__main__":
    main()
