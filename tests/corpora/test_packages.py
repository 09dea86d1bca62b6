"""Files of data packages, and what is said when one is missing."""

import pytest

from tenfold.corpora import MissingDataPackage, package_file


def test_a_file_that_the_package_ships_is_found():
    assert package_file("chitchat-dataset", "chitchat_dataset/dataset.json").is_file()


def test_a_missing_package_is_named_with_the_remedy():
    with pytest.raises(MissingDataPackage, match=r"'no-such-package' is not installed.*make setup"):
        package_file("no-such-package", "data.json")


def test_a_missing_file_is_named_with_the_remedy():
    with pytest.raises(MissingDataPackage, match=r"ships no file 'nothing\.json'.*make setup"):
        package_file("chitchat-dataset", "nothing.json")
