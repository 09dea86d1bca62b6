import json
from importlib.metadata import version
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tenfold.upkeep.bill import bill_of_materials, pinned_hashes
from tenfold.upkeep.licences import licences

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def text():
    return bill_of_materials(REPOSITORY)


@pytest.fixture(scope="module")
def components(text):
    return {component["name"]: component for component in json.loads(text)["components"]}


def test_it_is_valid_by_the_schema(text):
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(text) is None
    assert validator.validate_str(text.replace('"version"', '"versions"')) is not None


def test_it_holds_every_package_with_version_and_licence(components):
    assert components.keys() == {item.package for item in licences(REPOSITORY)}
    assert components["numpy"]["version"] == version("numpy")
    assert components["numpy"]["purl"] == f"pkg:pypi/numpy@{version('numpy')}"
    assert all(component["licenses"] for component in components.values())
    assert components["tqdm"]["licenses"][0]["expression"] == "MPL-2.0 AND MIT"


def test_data_packages_are_data_and_carry_the_hashes_they_are_pinned_by(components):
    hashes = pinned_hashes(REPOSITORY)
    data = {name for name, component in components.items() if component["type"] == "data"}
    assert len(data) == 10
    for name in data:
        files = components[name]["externalReferences"]
        assert {file["hashes"][0]["content"] for file in files} == set(hashes[name])


def test_it_names_no_registry_and_no_folder_of_this_machine(text):
    assert "http://" not in text.replace("http://cyclonedx.org/schema/", "")
    assert str(Path.home()) not in text
    assert str(REPOSITORY) not in text
