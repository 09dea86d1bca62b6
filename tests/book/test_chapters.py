import json

import pytest

from tenfold.book.chapters import ChapterError, chapter_paths, choose_chapters, load_chapter
from tenfold.book.parameters import ParameterError, parse_values


def names(paths):
    return [path.stem for path in paths]


def test_chapters_come_in_book_order_without_hidden_files_and_subfolders(small_project):
    for folder in ("template", ".ipynb_checkpoints"):
        (small_project.root / "notebooks" / folder).mkdir()
    for name in ("02_second", "01_first", ".~01_first", "template/chapter", ".ipynb_checkpoints/01_first"):
        small_project.add(name)
    assert names(chapter_paths(small_project.root)) == ["01_first", "02_second"]


@pytest.mark.parametrize("name", ["03-dash", "3_short", "03_Upper", "notes"])
def test_a_notebook_not_named_as_a_chapter_is_refused(small_project, name):
    small_project.add("01_first")
    small_project.add(name)
    with pytest.raises(ChapterError, match=rf"notebooks/{name}.ipynb is not named NN_slug.ipynb"):
        chapter_paths(small_project.root)


def test_two_chapters_with_one_number_are_refused(small_project):
    small_project.add("01_first")
    small_project.add("01_other")
    with pytest.raises(ChapterError, match=r"01_other.ipynb has the number of notebooks/01_first.ipynb"):
        chapter_paths(small_project.root)


def test_an_empty_notebooks_folder_is_refused(small_project):
    with pytest.raises(ChapterError, match="holds no chapter"):
        chapter_paths(small_project.root)


@pytest.mark.parametrize("name", ["2", "02", "second_one", "02_second_one", "notebooks/02_second_one.ipynb"])
def test_a_chapter_is_found_by_number_slug_name_and_path(small_project, name):
    for chapter in ("01_first", "02_second_one", "12_twelfth"):
        small_project.add(chapter)
    assert names(choose_chapters(chapter_paths(small_project.root), [name])) == ["02_second_one"]


def test_chosen_chapters_keep_book_order_and_no_name_means_all(small_project):
    for chapter in ("01_first", "02_second", "03_third"):
        small_project.add(chapter)
    paths = chapter_paths(small_project.root)
    assert names(choose_chapters(paths, ["3", "first", "3"])) == ["01_first", "03_third"]
    assert choose_chapters(paths, []) == paths


def test_an_unknown_chapter_is_refused_with_the_nearest_one(small_project):
    small_project.add("01_lr_horizon")
    with pytest.raises(ChapterError, match=r"no chapter 'lr_horzon', did you mean 'lr_horizon'\?") as caught:
        choose_chapters(chapter_paths(small_project.root), ["lr_horzon"])
    assert "chapters: 01_lr_horizon" in str(caught.value)


def test_parameters_are_read_with_their_defaults(small_project):
    chapter = small_project.add("01_first")
    expected = {"profile": "laptop", "runs": "recorded", "seed": 0, "scale": 1.5, "label": "plain"}
    assert load_chapter(chapter.path).parameters == expected


def test_cells_stored_as_lists_of_lines_are_read_the_same(small_project):
    chapter = small_project.add("01_first", "x = 1\ny = 2")
    for cell in chapter.notebook["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    again = small_project.write("01_first", chapter.notebook)
    assert again.parameters == chapter.parameters
    assert [len(tree.body) for _, tree in again.code()] == [5, 2]


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ('profile = "laptop"\nruns = "recorded"\nseed = 0\nwide = 2 * seed', "line 4 of the parameters"),
        ('profile = "laptop"\nruns = "recorded"\nseed = 0\nsizes = [1, 2]', "line 4 of the parameters"),
        ('a = b = 1\nprofile = "laptop"\nruns = "recorded"\nseed = 0', "line 1 of the parameters"),
        ('profile = "laptop"\nseed = 0', "the parameters lack runs"),
        ('profile = "desktop"\nruns = "recorded"\nseed = 0', "profile is 'desktop'.*smoke, laptop, gpu"),
        ('profile = "laptop"\nruns = "recorded"\nseed = "0"', "seed is '0'.*integer"),
    ],
    ids=["expression", "list", "two targets", "missing", "value", "type"],
)
def test_a_wrong_parameters_cell_is_refused_with_chapter_and_cell(small_project, parameters, problem):
    with pytest.raises(ChapterError, match=f"01_first, cell 2: .*{problem}"):
        small_project.add("01_first", parameters=parameters)


def test_a_chapter_needs_exactly_one_parameters_cell(small_project):
    chapter = small_project.add("01_first", "x = 1")
    notebook = chapter.notebook
    notebook["cells"][2]["metadata"]["tags"] = ["parameters"]
    with pytest.raises(ChapterError, match="has 2 code cells tagged 'parameters'"):
        small_project.write("01_first", notebook)
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = []
    with pytest.raises(ChapterError, match="has 0 code cells"):
        small_project.write("01_first", notebook)


@pytest.mark.parametrize("text", ["{", json.dumps({"nbformat": 3, "worksheets": []}), "[]"])
def test_a_file_that_is_no_notebook_is_refused(small_project, text):
    path = small_project.root / "notebooks" / "01_first.ipynb"
    path.write_text(text)
    with pytest.raises(ChapterError, match=r"notebooks/01_first.ipynb is not"):
        load_chapter(path)


def test_a_cell_that_is_not_plain_python_is_refused_with_its_place(small_project):
    chapter = small_project.add("01_first", "x = 1\n%timeit x")
    with pytest.raises(ChapterError, match="01_first, cell 3, line 2: invalid syntax"):
        chapter.code()


DEFAULTS = {"profile": "laptop", "runs": "recorded", "seed": 0, "scale": 1.5, "fast": False, "cap": None}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("profile", "smoke", "smoke"),
        ("runs", "fresh", "fresh"),
        ("seed", "7", 7),
        ("scale", "2", 2.0),
        ("fast", "True", True),
        ("cap", "3", 3),
        ("cap", "'x'", "x"),
    ],
)
def test_values_are_read_as_the_type_of_the_default(name, text, value):
    (read,) = parse_values({name: text}, DEFAULTS).values()
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("profle", "smoke", r"no parameter 'profle', did you mean 'profile'\? .*profile, runs, seed"),
        ("profile", "lapto", r"profile is 'lapto', did you mean 'laptop'\? \(allowed: smoke, laptop, gpu\)"),
        ("runs", "old", r"runs is 'old' \(allowed: recorded, fresh\)"),
        ("seed", "1.5", "seed is '1.5' .*type int"),
        ("seed", "True", "seed is 'True' .*type int"),
        ("seed", "one", "seed is 'one' .*type int"),
        ("scale", "wide", "scale is 'wide' .*type float"),
        ("fast", "1", "fast is '1' .*type bool"),
        ("cap", "a b", "cap is 'a b' .*Python literal"),
    ],
)
def test_unknown_parameters_and_wrong_values_are_refused_with_what_is_allowed(name, text, problem):
    with pytest.raises(ParameterError, match=problem):
        parse_values({name: text}, DEFAULTS)
