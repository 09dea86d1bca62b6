import io
import os
import shutil
import stat
import sys

import numpy as np
import pytest
from matplotlib.image import imread, imsave

from tenfold.serp import (
    Browser,
    JudgeFailure,
    NoScreenshot,
    Page,
    Placement,
    RasterJudge,
    RecordedCamera,
    render,
)
from tenfold.serp.raster_judge import measure
from tenfold.serp.screenshots import BROWSERS

INSTALLED = any(map(shutil.which, BROWSERS))


def picture(pixels):
    buffer = io.BytesIO()
    imsave(buffer, pixels, format="png")
    return buffer.getvalue()


class Painter:
    """A camera that paints what it is told, whatever the page."""

    def __init__(self, pixels=None):
        self.pixels = np.ones((300, 400, 3)) if pixels is None else pixels
        self.taken = []

    def take(self, html, *, width, height, dark=False):
        self.taken.append((html, width, height, dark))
        return picture(self.pixels)


def test_a_recorded_camera_takes_each_picture_once(tmp_path):
    painter = Painter()
    camera = RecordedCamera(tmp_path, camera=painter)
    first = camera.take("<p>a", width=400, height=300)
    assert camera.take("<p>a", width=400, height=300) == first
    for html, width, dark in (("<p>b", 400, False), ("<p>a", 401, False), ("<p>a", 400, True)):
        camera.take(html, width=width, height=300, dark=dark)
    assert len(painter.taken) == len(list(tmp_path.iterdir())) == 4
    assert RecordedCamera(tmp_path).take("<p>b", width=400, height=300) == first
    with pytest.raises(NoScreenshot, match="no picture of this page"):
        RecordedCamera(tmp_path).take("<p>c", width=400, height=300)


@pytest.fixture
def fake_browser(tmp_path):
    """A program that writes its arguments beside the picture it is asked for."""
    program = tmp_path / "browser"
    program.write_text(
        f"#!{sys.executable}\nimport sys, pathlib\n"
        "at = next(a for a in sys.argv if a.startswith('--screenshot='))\n"
        "pathlib.Path(at.partition('=')[2]).write_bytes(chr(10).join(sys.argv).encode())\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def test_a_browser_gets_the_page_as_a_file_and_no_shell(fake_browser):
    words = (
        Browser(str(fake_browser))
        .take("$(touch x); `y`", width=360, height=800, dark=True)
        .decode()
        .split("\n")
    )
    assert "--window-size=360,800" in words
    assert "--blink-settings=preferredColorScheme=0" in words
    assert words[-1].startswith("file://")
    assert not any("touch" in word for word in words)


def test_a_missing_or_broken_browser_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TENFOLD_BROWSER", raising=False)
    with pytest.raises(NoScreenshot, match="install the package chromium"):
        Browser()
    with pytest.raises(NoScreenshot, match="took no picture"):
        Browser(str(tmp_path / "none")).take("<p>")
    silent = tmp_path / "silent"
    silent.write_text(f"#!{sys.executable}\n")
    silent.chmod(0o755)
    monkeypatch.setenv("TENFOLD_BROWSER", str(silent))
    with pytest.raises(NoScreenshot, match="ended without a picture"):
        Browser().take("<p>")
    with pytest.raises(ValueError, match="width is 10"):
        Browser().take("<p>", width=10)


VEIL, TWICE, INK, LOST = (0.7,) * 3, (0.49,) * 3, (0.88, 0.28, 0.28), (1, 0.4, 0.4)


def canvas(*boxes):
    pixels = np.ones((300, 432, 3))
    for top, bottom, left, right, colour in boxes:
        pixels[top:bottom, left:right] = colour
    return pixels


def test_measures_coverage_and_balance_of_a_picture():
    layout = measure(canvas((0, 150, 16, 216, VEIL), (0, 150, 216, 416, VEIL)))
    assert (layout.coverage, layout.balance) == pytest.approx((0.5, 1.0))
    assert (layout.overlap, layout.overflow) == (0, 0)
    assert measure(canvas((0, 150, 16, 216, VEIL))).balance == 0
    assert layout.score == pytest.approx(0.5 * 0.5 / 0.6 + 0.5)


def test_measures_overlap_and_overflow_of_a_picture():
    overlapping = measure(canvas((0, 100, 16, 416, VEIL), (80, 100, 16, 416, TWICE)))
    assert overlapping.overlap == pytest.approx(0.2)
    spilled = measure(canvas((0, 100, 16, 416, VEIL), (10, 20, 20, 50, INK), (110, 120, 20, 30, LOST)))
    assert spilled.overflow == pytest.approx(100 / 400)
    cut = measure(canvas((0, 100, 16, 432, VEIL), (10, 20, 422, 432, INK)))
    assert cut.overflow == pytest.approx(0.4)
    assert overlapping.score < measure(canvas((0, 100, 16, 416, VEIL))).score


def test_a_blank_picture_has_nothing():
    layout = measure(np.ones((300, 400, 3)))
    assert (layout.coverage, layout.overlap, layout.overflow, layout.balance) == (0, 0, 0, 1)


def test_the_raster_judge_fails_without_a_picture_and_gives_an_empty_page_nothing(item, tmp_path):
    page = Page(query="q", placements=(Placement(item=item(), region="main"),))
    with pytest.raises(JudgeFailure, match="no picture"):
        RasterJudge(RecordedCamera(tmp_path)).score(page)
    assert RasterJudge(RecordedCamera(tmp_path)).score(Page(query="q")) == 0
    painter = Painter(canvas((0, 300, 16, 416, VEIL)))
    assert RasterJudge(painter, width=500, height=400).score(page) == pytest.approx(1.0)
    assert painter.taken[0][1:3] == (500, 400)


def long_page(item):
    text = "Long-winded words about nothing at all. " * 8
    items = [item("web", str(n), text=text) for n in range(5)]
    aside = [Placement(item=item("news", str(n), text=text), region="rail") for n in range(3)]
    return Page(
        query="q", placements=[*(Placement(item=i, region="main", size="full") for i in items), *aside]
    )


def test_a_real_browser_shows_what_the_raster_judge_should_see(item):
    """Where no browser is installed, the same call must say how to get one."""
    if not INSTALLED:
        with pytest.raises(NoScreenshot, match="install"):
            Browser()
        return
    judge = RasterJudge(Browser())
    html = render(long_page(item))
    good = judge.layout_of(html)
    assert good.coverage > 0.5
    assert good.overlap == good.overflow == 0
    crowded = judge.layout_of(html.replace("</style>", ".item { margin-bottom: -3rem; }</style>"))
    assert crowded.overlap > 0.05
    spilled = judge.layout_of(html.replace("</style>", ".item { width: 6rem; white-space: nowrap; }</style>"))
    assert spilled.overflow > 0.1
    assert max(crowded.score, spilled.score) < good.score


def test_no_hostile_text_runs_in_a_real_browser(item):
    """All of them on pages without the security policy, so that escaping alone protects."""
    if not INSTALLED:
        with pytest.raises(NoScreenshot, match="install"):
            Browser()
        return
    from importlib.util import module_from_spec, spec_from_file_location

    path = os.path.join(os.path.dirname(__file__), "test_rendering.py")
    spec = spec_from_file_location("hostile_texts", path)
    rendering = module_from_spec(spec)
    spec.loader.exec_module(rendering)
    pages = [rendering.hostile_page(item, text) for text in rendering.HOSTILE]
    bodies = [render(page, figure=lambda name: rendering.PNG) for page in pages]
    bodies = [html[html.index("<body>") + 6 : html.index("</body>")] for html in bodies]
    document = f"<!doctype html><title>calm</title><body>{''.join(bodies)}</body>"
    loaded = Browser().document(document)
    assert "<title>calm</title>" in loaded
    assert loaded.count('class="page"') == len(pages)
    # the same reading finds a script that does run
    assert "<title>RUN</title>" in Browser().document(document + "<script>document.title='RUN'</script>")


def test_a_phone_sees_a_whole_page(item):
    if not INSTALLED:
        with pytest.raises(NoScreenshot, match="install"):
            Browser()
        return
    wide = long_page(item).model_copy(update={"query": "W" * 300})
    pixels = imread(io.BytesIO(Browser().take(render(wide), width=360, height=900)))
    assert (pixels[:, -8:, :3] > 0.98).all()
