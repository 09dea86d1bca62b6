"""A judge that sees the page: what only shows once it is laid out."""

import io
from dataclasses import dataclass

import numpy as np

from tenfold.serp.grammar import Page
from tenfold.serp.judges import JudgeFailure
from tenfold.serp.rendering import render
from tenfold.serp.screenshots import Camera, NoScreenshot

_VIEW = (
    "html, body, body * { background: transparent !important; color: rgba(255, 0, 0, .6) !important; "
    "border-color: transparent !important; } html { background: #fff !important; } img { visibility: "
    "hidden; } "
    "header, .skip, .notes { visibility: hidden; } .item { background: rgba(0, 0, 0, .3) !important; }"
)
"""A style that shows layout: each item a grey veil, so that two on one another are darker; text in red."""
VEILED, TWO_VEILS = 0.94, 0.6
"""Red and green below which a pixel has one veil and two: one is 0.7, two are 0.49, text on one 0.88."""


@dataclass(frozen=True)
class Layout:
    """Shares of pixels, in [0, 1].

    coverage: of the window's width without margins and its height, covered by items.  overlap: of the covered
    pixels, those of several items.  overflow: of the pixels of text, those outside every item or in the
    outermost 4 pixels at the right.  balance: 1 - |left - right| / (left + right), of the covered pixels of
    the two halves.
    """

    coverage: float
    overlap: float
    overflow: float
    balance: float

    @property
    def score(self) -> float:
        """Half coverage up to 60 %, half balance; overlap and overflow cost ten times their share."""
        worth = 0.5 * min(1.0, self.coverage / 0.6) + 0.5 * self.balance
        return float(np.clip(worth - 10 * self.overlap - 10 * self.overflow, 0.0, 1.0))


def measure(pixels: np.ndarray, *, margin: int = 16) -> Layout:
    """The layout in a picture taken in the judge's view. pixels: [height, width, 3 or 4] in [0, 1]."""
    red, green = pixels[..., 0].astype(float), pixels[..., 1].astype(float)
    tinted = red - green
    text = tinted > 0.25
    inside = red < VEILED  # text on a veil is darker than text on white
    double = (tinted < 0.08) & (green < TWO_VEILS)
    edge = np.zeros_like(text)
    edge[:, -4:] = True
    area = inside[:, margin:-margin]
    middle = inside.shape[1] // 2
    left, right = inside[:, :middle].sum(), inside[:, middle:].sum()
    return Layout(
        coverage=float(area.mean()),
        overlap=float(double.sum() / max(1, inside.sum())),
        overflow=float((text & (~inside | edge)).sum() / max(1, text.sum())),
        balance=float(1 - abs(int(left) - int(right)) / max(1, left + right)),
    )


class RasterJudge:
    """Scores the first window of a rendered page by its picture alone: it reads no word.

    The picture is taken in a view of its own, where items are grey veils and text is red. It knows overflow,
    overlap, balance and coverage above the fold, and nothing of relevance.
    """

    name = "raster"

    def __init__(self, camera: Camera, *, width: int = 1280, height: int = 900) -> None:
        self._camera, self._width, self._height = camera, width, height

    def layout(self, page: Page) -> Layout:
        """Raises JudgeFailure where there is no picture."""
        return self.layout_of(render(page))

    def layout_of(self, html: str) -> Layout:
        """Of any page whose items have the class `item`. Raises JudgeFailure where there is no picture."""
        from matplotlib.image import imread

        view = html.replace("</style>", f"{_VIEW}</style>", 1)
        try:
            picture = self._camera.take(view, width=self._width, height=self._height)
            return measure(imread(io.BytesIO(picture), format="png"))
        except (NoScreenshot, OSError, SyntaxError) as error:
            raise JudgeFailure(f"no picture to judge: {error}") from None

    def score(self, page: Page) -> float:
        """In [0, 1]; 0 for a page without items. Raises JudgeFailure where there is no picture."""
        return self.layout(page).score if page.placements else 0.0
