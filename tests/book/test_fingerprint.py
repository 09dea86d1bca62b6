import copy

import pytest

import tenfold
from tenfold.book.chapters import ChapterError
from tenfold.book.fingerprint import fingerprint
from tenfold.runs import SourceError

MODULES = {
    "apple": "def weight():\n    return 1\n",
    "basket": "from tenfold.apple import weight\n\ndef total():\n    return 2 * weight()\n",
    "cherry": "def count():\n    return 5\n",
}


@pytest.fixture
def library(tmp_path, monkeypatch):
    """Modules tenfold.apple, tenfold.basket (which imports apple) and tenfold.cherry, in a folder to edit."""
    folder = tmp_path / "library"
    folder.mkdir()
    for name, source in MODULES.items():
        (folder / f"{name}.py").write_text(source)
    monkeypatch.setattr(tenfold, "__path__", [*tenfold.__path__, str(folder)])
    return folder


@pytest.fixture
def taken(small_project):
    """The fingerprint of a chapter at its default parameters."""
    return lambda chapter: fingerprint(chapter, chapter.parameters, small_project.root)


def test_it_is_the_same_for_the_same_inputs(small_project, taken):
    chapter = small_project.add("01_first", "x = 1")
    assert taken(chapter) == taken(small_project.add("01_first", "x = 1"))


@pytest.mark.parametrize(
    ("cell", "inputs"),
    [
        ("from tenfold.apple import weight", {"tenfold.apple"}),
        ("import tenfold.basket", {"tenfold.apple", "tenfold.basket"}),
        ("if seed:\n    from tenfold import cherry as c", {"tenfold.cherry"}),
        ("import math", set()),
    ],
)
def test_it_covers_the_modules_that_the_cells_import_directly_or_not(
    small_project, taken, library, cell, inputs
):
    chapter = small_project.add("01_first", "x = 1", cell)
    assert {name for name in taken(chapter).inputs if name.startswith("tenfold.")} == inputs


def test_editing_a_module_changes_the_chapters_that_import_it_and_no_other(small_project, taken, library):
    direct = small_project.add("01_direct", "import tenfold.apple")
    indirect = small_project.add("02_indirect", "import tenfold.basket")
    other = small_project.add("03_other", "import tenfold.cherry")
    before = {chapter.name: taken(chapter) for chapter in (direct, indirect, other)}
    (library / "apple.py").write_text(MODULES["apple"].replace("return 1", "return 2"))
    assert taken(direct).changed_since(before["01_direct"].inputs) == ["tenfold.apple"]
    assert taken(indirect).changed_since(before["02_indirect"].inputs) == ["tenfold.apple"]
    assert taken(direct).digest != before["01_direct"].digest
    assert taken(other) == before["03_other"]


def test_wording_in_a_module_does_not_change_it(small_project, taken, library):
    chapter = small_project.add("01_first", "import tenfold.apple")
    before = taken(chapter)
    (library / "apple.py").write_text(
        '"""Fruit."""\n\ndef weight():\n    """In kg."""\n    return (1)  # one\n'
    )
    assert taken(chapter) == before


def test_renaming_what_a_package_hands_on_changes_it(small_project, taken, library):
    package = library / "fruit"
    package.mkdir()
    (package / "kinds.py").write_text("def a():\n    return 1\n\ndef b():\n    return 2\n")
    (package / "__init__.py").write_text("from tenfold.fruit.kinds import a as best\n")
    chapter = small_project.add("01_first", "from tenfold.fruit import best")
    before = taken(chapter)
    (package / "__init__.py").write_text("from tenfold.fruit.kinds import b as best\n")
    assert taken(chapter).digest != before.digest


def test_an_import_of_a_module_that_does_not_exist_is_refused(small_project, taken):
    with pytest.raises(SourceError, match=r"tenfold\.nowhere"):
        taken(small_project.add("01_first", "from tenfold.nowhere import x"))


def edited(notebook, edit):
    changed = copy.deepcopy(notebook)
    edit(changed)
    return changed


@pytest.mark.parametrize(
    "edit",
    [
        lambda nb: nb["cells"][0].update(source="# Another title"),
        lambda nb: nb["cells"][2].update(source="x = 2"),
        lambda nb: nb["cells"][2]["metadata"].update(tags=["nbval-check-output"]),
        lambda nb: nb["cells"].reverse(),
        lambda nb: nb["cells"].pop(),
    ],
    ids=["text", "code", "tag", "order", "removal"],
)
def test_editing_the_notebook_changes_it(small_project, taken, edit):
    chapter = small_project.add("01_first", "x = 1")
    changed = small_project.write("01_first", edited(chapter.notebook, edit))
    assert taken(changed).changed_since(taken(chapter).inputs) == ["notebook"]


@pytest.mark.parametrize(
    "edit",
    [
        lambda nb: nb["cells"][2]["outputs"].append({"output_type": "stream", "name": "stdout", "text": "1"}),
        lambda nb: nb["cells"][2].update(execution_count=4, id="other"),
        lambda nb: nb["cells"][2].update(source=["x = 1\n", "y = 2"]),
        lambda nb: nb["metadata"].update(kernelspec={"name": "python3", "display_name": "mine"}),
    ],
    ids=["outputs", "count and id", "list of lines", "kernel"],
)
def test_what_a_person_did_not_change_does_not_change_it(small_project, taken, edit):
    chapter = small_project.add("01_first", "x = 1\ny = 2")
    assert taken(small_project.write("01_first", edited(chapter.notebook, edit))) == taken(chapter)


def test_parameters_change_it(small_project):
    chapter = small_project.add("01_first")
    default, smoke, again = (
        fingerprint(chapter, chapter.parameters | changed, small_project.root)
        for changed in ({}, {"profile": "smoke"}, {"seed": 0})
    )
    assert smoke.changed_since(default.inputs) == ["parameters"]
    assert again == default


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-data.txt"])
def test_a_lock_file_changes_it_and_must_be_there(small_project, taken, lock):
    chapter = small_project.add("01_first")
    before = taken(chapter)
    (small_project.root / lock).write_text("somepackage==2.0\n")
    assert taken(chapter).changed_since(before.inputs) == [lock]
    (small_project.root / lock).unlink()
    with pytest.raises(ChapterError, match=f"no {lock}"):
        taken(chapter)


def test_a_declared_data_file_changes_it_and_another_does_not(small_project, taken):
    mine, other = (small_project.root / "data" / "reported" / name for name in ("mine.csv", "other.csv"))
    mine.write_text("1")
    other.write_text("1")
    chapter = small_project.add("01_first", data=["data/reported/mine.csv"])
    before = taken(chapter)
    other.write_text("2")
    assert taken(chapter) == before
    mine.write_text("2")
    assert taken(chapter).changed_since(before.inputs) == ["data/reported/mine.csv"]


def test_a_declared_file_that_is_missing_is_refused(small_project, taken):
    chapter = small_project.add("01_first", data=["data/runs/gone.jsonl"])
    with pytest.raises(
        ChapterError, match=r"01_first declares the data file data/runs/gone.jsonl.*not exist"
    ):
        taken(chapter)


@pytest.mark.parametrize("name", ["/etc/hostname", "../secret", "data/../x", "./data/x", 3])
def test_a_declared_name_that_is_no_path_in_the_project_is_refused(small_project, taken, name):
    with pytest.raises(ChapterError, match="no plain path below the project's root"):
        taken(small_project.add("01_first", data=[name]))


@pytest.mark.parametrize(
    ("cell", "file"),
    [
        ('claims = load_claims("fruit")', "data/claims/fruit.yaml"),
        ('store = runs.open_runs("fruit", profile=profile, runs=runs)', "data/runs/fruit.jsonl"),
        ('table = pd.read_csv(project_root() / "data/reported/fruit.csv")', "data/reported/fruit.csv"),
    ],
)
def test_a_file_that_a_cell_names_must_be_declared(small_project, taken, cell, file):
    (small_project.root / file).write_text("")
    with pytest.raises(
        ChapterError, match=f"01_first, cell 4 reads {file}, which the chapter does not declare"
    ):
        taken(small_project.add("01_first", "x = 1", cell))
    assert file in taken(small_project.add("01_first", "x = 1", cell, data=[file])).inputs
