import pytest

from tenfold.paths import ProjectNotFound, project_root


@pytest.fixture
def clone(tmp_path, monkeypatch):
    monkeypatch.delenv("TENFOLD_ROOT", raising=False)
    for folder in ("data/claims", "notebooks/deep"):
        (tmp_path / "clone" / folder).mkdir(parents=True)
    return tmp_path / "clone"


@pytest.mark.parametrize("folder", [".", "notebooks", "notebooks/deep", "data/claims"])
def test_root_is_found_from_any_folder_of_the_clone(clone, monkeypatch, folder):
    monkeypatch.chdir(clone / folder)
    assert project_root() == clone


def test_environment_variable_comes_first(clone, monkeypatch, tmp_path):
    other = tmp_path / "other"
    (other / "data" / "claims").mkdir(parents=True)
    monkeypatch.chdir(clone)
    monkeypatch.setenv("TENFOLD_ROOT", str(other))
    assert project_root() == other


def test_environment_variable_that_names_no_clone_is_refused(clone, monkeypatch, tmp_path):
    monkeypatch.chdir(clone)
    monkeypatch.setenv("TENFOLD_ROOT", str(tmp_path))
    with pytest.raises(ProjectNotFound, match=r"TENFOLD_ROOT is .* set it to the folder of your clone"):
        project_root()


def test_folder_outside_a_clone_names_the_remedy(clone, monkeypatch, tmp_path):
    (tmp_path / "data" / "claims").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProjectNotFound, match="go to your clone of the book, or set TENFOLD_ROOT"):
        project_root()
