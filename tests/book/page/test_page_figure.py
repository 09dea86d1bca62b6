import base64
import io
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime

import matplotlib.pyplot as plt
import pytest
import seaborn as sns

from tenfold.book.page import figure, theme

ALT = 'Loss falls from 2 to 1 as "D" grows & flattens.'


@pytest.fixture(autouse=True)
def drawing(monkeypatch):
    """Draw without a screen, outside any execution of a chapter; matplotlib's settings are put back."""
    monkeypatch.delenv("TENFOLD_COMMIT", raising=False)
    monkeypatch.delenv("TENFOLD_FINGERPRINT", raising=False)
    plt.switch_backend("agg")
    with plt.rc_context():
        yield
    plt.close("all")


def line():
    fig, ax = plt.subplots()
    ax.plot([0, 1], [2, 1])
    return fig


def svg_of(shown) -> bytes:
    source = shown.page.all("img")[0]["src"]
    assert source.startswith("data:image/svg+xml;base64,")
    return base64.b64decode(source.partition(",")[2])


def facts(shown) -> dict[str, str]:
    """The rows of the provenance box."""
    box = shown.html.partition("<details")[2]
    rows = [row.split("</dt><dd>") for row in box.split("<dt>")[1:]]
    return {name: value.partition("</dd>")[0] for name, value in rows}


def test_a_figure_is_one_output_with_picture_text_and_fallback(shown):
    figure(line(), alt=ALT, caption="Loss <b>and</b> horizon.")
    assert len(shown.bundles) == 1
    assert ElementTree.fromstring(svg_of(shown)).tag == "{http://www.w3.org/2000/svg}svg"
    assert shown.page.all("img")[0]["alt"] == ALT
    assert "Loss <b>and</b> horizon." in shown.page.text
    assert shown.bundles[0]["image/png"].startswith(b"\x89PNG")
    assert shown.text == f"Figure: {ALT}"


@pytest.mark.parametrize("alt", ["", "  \n "])
def test_an_empty_alt_text_is_refused(alt):
    with pytest.raises(ValueError, match="alt must say in a sentence what the picture shows"):
        figure(line(), alt=alt)


def test_what_is_no_figure_is_refused_with_the_remedy():
    with pytest.raises(TypeError, match=r"must be a matplotlib Figure, got Axes; pass its \.figure"):
        figure(line().axes[0], alt=ALT)


def test_a_shown_figure_is_closed_so_that_no_cell_shows_it_twice(shown):
    fig = line()
    figure(fig, alt=ALT)
    assert fig.number not in plt.get_fignums()


def test_the_same_figure_gives_the_same_bytes(shown):
    figure(line(), alt=ALT)
    first = svg_of(shown)
    figure(line(), alt=ALT)
    assert svg_of(shown) == first


def test_the_picture_is_white_behind_even_where_a_dark_style_is_set(shown):
    with plt.style.context("dark_background"):
        figure(line(), alt=ALT)
    corner = plt.imread(io.BytesIO(shown.bundles[0]["image/png"]))[0, 0]
    assert list(corner[:3]) == [1, 1, 1]


def test_a_figure_drawn_by_hand_says_so(shown):
    figure(line(), alt=ALT)
    rows = facts(shown)
    assert rows["Code"] == rows["Chapter fingerprint"] == "run by hand"
    assert rows["Runs"] == "none, computed in this execution"
    assert rows["Device"].startswith("cpu (")
    assert "Data" not in rows


def test_an_execution_of_the_chapter_is_named_by_commit_and_fingerprint(shown, monkeypatch):
    monkeypatch.setenv("TENFOLD_COMMIT", "0123456789abcdef+changes")
    monkeypatch.setenv("TENFOLD_FINGERPRINT", "fedcba9876543210")
    figure(line(), alt=ALT)
    rows = facts(shown)
    assert (rows["Code"], rows["Chapter fingerprint"]) == ("commit 0123456789ab+changes", "fedcba987654")


def test_a_figure_of_runs_names_data_parameters_seeds_device_and_duration(shown, run_of):
    runs = [
        run_of(),
        run_of(
            config={"corpus": {"name": "chat", "fingerprint": "f00d" * 16}, "seed": 1},
            recorded="2026-11-21T10:00:00+00:00",
            seconds=5370.0,
        ),
    ]
    figure(line(), alt=ALT, runs=runs, params={"profile": "laptop", "seed": 7})
    rows = facts(shown)
    duration = rows.pop("Duration")
    assert rows == {
        "Code": "run by hand",
        "Chapter fingerprint": "run by hand",
        "Runs": "2 recorded on 2026-11-20 to 2026-11-21",
        "Trained by": "tenfold.lm.sweep:train (code c0dec0dec0de)",
        "Data": "chat (fingerprint f00df00df00d)",
        "Parameters": "profile = laptop, seed = 7",
        "Seed": "7 (chapter), 0, 1 (runs)",
        "Device": "cpu",
        "Versions": "python 3.11.7, torch 2.13.0",
    }
    assert duration.startswith("1.5 h of computing for the runs; shown ")


def test_recorded_and_fresh_runs_are_told_apart(shown, run_of):
    now = datetime.now(UTC).isoformat()
    figure(line(), alt=ALT, runs=[run_of(), run_of(recorded=now)])
    assert facts(shown)["Runs"] == "1 recorded on 2026-11-20; 1 fresh, computed in this execution"


def test_markup_in_parameters_is_shown_not_obeyed(shown):
    figure(line(), alt=ALT, params={"name": "<script>x</script>"})
    assert not shown.page.all("script")
    assert "name = <script>x</script>" in shown.page.text


def test_the_theme_draws_with_colours_for_colour_blind_readers():
    theme()
    used = [patch.get_color() for patch in plt.subplots()[1].plot([[0, 1, 2]] * 2)]
    assert used == [tuple(color) for color in sns.color_palette("colorblind")[:3]]
