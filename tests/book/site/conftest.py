"""A small project: the pages of the book, two tiny chapters and the template, executed, and one planned."""

import shutil
from datetime import date
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tenfold.book.site import build
from tenfold.cli.run_chapters import run_chapters

REPOSITORY = Path(__file__).parents[3]
TEMPLATE = REPOSITORY / "notebooks" / "template"
SLOPES = {"01_rising": 0.5, "02_falling": -0.25}
WALK = "03_walk"
DECK = "## It rises by {glue:text}`rising_slope:.3f`\n\n{verdicts} C1\n\n$x^2$\n\nNote: Ask first."


def ledger(slug: str) -> dict:
    """A ledger of two claims; the second one no profile can test."""
    claim = {
        "text": "The slope is <positive> & stays so.",
        "where": "Table 1",
        "reported": {"value": 0.5, "mark": "read", "source": "Table 1"},
        "prediction": "The slope is above zero.",
        "criterion": {"type": "excludes", "value": 0.0, "side": "above", "level": 0.9},
        "evidence": "simulator",
        "registered": date(2026, 1, 2),
    }
    profiles = {"C1": ["smoke", "laptop"], "C2": []}
    return {
        "chapter": slug,
        "paper": {"title": "T", "authors": ["A"], "arxiv": "2401.00001", "version": "v1", "licence": "-"},
        "claims": [{**claim, "id": id, "profiles": listed} for id, listed in profiles.items()],
    }


def notebook(slug: str, slope: float) -> nbformat.NotebookNode:
    """A chapter that judges a given slope and puts it into a sentence."""
    cells = [
        new_markdown_cell(f"# A chapter on {slug}"),
        new_code_cell('profile = "laptop"\nruns = "recorded"\nseed = 0', metadata={"tags": ["parameters"]}),
        new_code_cell(
            "from tenfold.book.page import number, show\n"
            "from tenfold.claims import Estimate, judge, load_claims\n\n"
            f'claims = load_claims("{slug}")\n'
            f"slope = Estimate({slope}, {slope - 0.1}, {slope + 0.1}, 0.9)\n"
            f'number("{slug}_slope", slope.value)'
        ),
        new_markdown_cell(f"The slope is {{glue:text}}`{slug}_slope:.3f`, and $x^2$ is drawn offline."),
        new_code_cell(
            'evidence = {"C1": slope} | claims.untestable(profile)\n'
            "show(judge(claims, evidence, profile=profile))",
            metadata={"tags": ["nbval-check-output"]},
        ),
    ]
    for position, cell in enumerate(cells):
        cell.id = f"cell-{position}"
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "tenfold": {"data": [f"data/claims/{slug}.yaml"]},
    }
    return new_notebook(cells=cells, metadata=metadata)


def make_project(root: Path) -> None:
    """Lay out the project without executing anything."""
    shutil.copytree(
        REPOSITORY / "book", root / "book", ignore=shutil.ignore_patterns("teaching", "0*.md", "1*.md")
    )
    contents = yaml.safe_load((root / "book" / "_toc.yml").read_text(encoding="utf-8"))
    (teaching,) = (part for part in contents["parts"] if part["caption"] == "Teaching")
    teaching["chapters"] = [{"file": "teaching/syllabus"}]
    (root / "book" / "_toc.yml").write_text(yaml.safe_dump(contents), encoding="utf-8")
    (root / "book" / "teaching").mkdir()
    (root / "book" / "teaching" / "syllabus.md").write_text("# Syllabus", encoding="utf-8")
    (root / "book" / "slides" / "01_rising.md").write_text(DECK, encoding="utf-8")
    (root / "data" / "claims").mkdir(parents=True)
    (root / "notebooks").mkdir()
    for name in (
        "_config.yml",
        "CHANGELOG.md",
        "requirements.lock",
        "requirements-data.txt",
        "data/README.md",
    ):
        shutil.copy(REPOSITORY / name, root / name)
    same = {"question": "Does it?", "title": "A paper", "arxiv": "2401.00001", "cite": "bjorck2025"}
    same["simulator"] = {"builds_in": "The slope.", "leaves_open": "Nothing."}
    papers = [{"chapter": name, "topic": f"On {name}", **same} for name in (*SLOPES, WALK, "04_later")]
    papers[0] |= {"finding": "It rises.", "rests_on": {"C1": "reproduced"}}
    papers[1] |= {"finding": "It falls slowly.", "rests_on": {"C1": "direction only"}}
    (root / "book" / "papers.yaml").write_text(yaml.safe_dump(papers), encoding="utf-8")
    for name, slope in SLOPES.items():
        slug = name[3:]
        (root / "data" / "claims" / f"{slug}.yaml").write_text(yaml.safe_dump(ledger(slug)), encoding="utf-8")
        nbformat.write(notebook(slug, slope), root / "notebooks" / f"{name}.ipynb")
    copies = {"chapter.ipynb": f"notebooks/{WALK}.ipynb", "claims.yaml": f"data/claims/{WALK[3:]}.yaml"}
    for source, target in copies.items():
        text = (TEMPLATE / source).read_text(encoding="utf-8")
        (root / target).write_text(text.replace("my_topic", WALK[3:]), encoding="utf-8")


@pytest.fixture(scope="session")
def executed_project(tmp_path_factory) -> Path:
    """The project with its chapters executed, not to be changed."""
    root = tmp_path_factory.mktemp("project") / "book"
    root.mkdir()
    make_project(root)
    assert run_chapters(root, [], {}, jobs=2, force=False) == 0
    return root


@pytest.fixture(scope="session")
def site(executed_project) -> Path:
    """The built site of that project."""
    return build(executed_project).parent


@pytest.fixture
def project(executed_project, tmp_path) -> Path:
    """A copy of the executed project to change; it has no site yet."""
    root = tmp_path / "book"
    shutil.copytree(executed_project, root, ignore=shutil.ignore_patterns("site", "site.draft"))
    return root
