"""Pages that compute: executed once, again when they change, refused when a cell fails."""

import nbformat
import pytest

from tenfold.book.errors import SiteError
from tenfold.book.text_notebooks import stage_text_notebooks

PAGE = """---
file_format: mystnb
kernelspec:
  name: python3
---

# A page

```{code-cell} python3
import os

print(os.getpid(), "%s")
```
"""


@pytest.fixture
def staged(tmp_path):
    """staged(text): what the page's cell prints, staged anew in one project."""
    root = tmp_path / "project"
    root.mkdir()
    for lock in ("requirements.lock", "requirements-data.txt"):
        (root / lock).write_text("", encoding="utf-8")

    def stage(text: str) -> str:
        out = root / "build" / "book"
        (out / "teaching").mkdir(parents=True, exist_ok=True)
        (out / "teaching" / "page.md").write_text(text, encoding="utf-8")
        (out / "plain.md").write_text("# Plain", encoding="utf-8")
        stage_text_notebooks(root, out)
        assert (out / "plain.md").is_file()
        assert not (out / "teaching" / "page.md").exists()
        cells = nbformat.read(out / "teaching" / "page.ipynb", as_version=4).cells
        assert cells[0].source.strip() == "# A page"
        return cells[1].outputs[0].text

    return stage


def test_a_page_is_executed_once_and_again_when_it_changes(staged):
    first = staged(PAGE % "one")
    assert first.endswith("one\n")
    assert staged(PAGE % "one") == first
    assert staged(PAGE % "two").split()[0] != first.split()[0]


def test_a_page_whose_cell_fails_is_named(staged):
    with pytest.raises(SiteError, match=r"book/teaching/page\.md: ZeroDivisionError"):
        staged(PAGE.replace('print(os.getpid(), "%s")', "1 / 0"))
