"""What CONTRIBUTING.md says of the template; that it becomes a rendered chapter is in test_site.py."""

import json
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
TEMPLATE = REPOSITORY / "notebooks" / "template"


def test_template_stores_no_output():
    cells = json.loads((TEMPLATE / "chapter.ipynb").read_text(encoding="utf-8"))["cells"]
    assert [cell["id"] for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []


def test_commands_of_the_walk_name_files_that_exist():
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for source in ("notebooks/template/chapter.ipynb", "notebooks/template/claims.yaml"):
        assert f"sed 's/my_topic/coin_flips/g' {source}" in text
        assert "my_topic" in (REPOSITORY / source).read_text(encoding="utf-8")
