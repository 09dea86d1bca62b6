"""Figures drawn from package data: the tool that finds them, and the drawing."""

import importlib
import io
from collections.abc import Sequence
from functools import lru_cache

from tenfold.serp.data_documents import DATA_PACKAGE
from tenfold.serp.display_text import shorten
from tenfold.serp.documents import Document
from tenfold.serp.index import Hit, SearchIndex
from tenfold.serp.items import ImageCard, passage
from tenfold.serp.search_tools import identifier, source, title
from tenfold.serp.sentences import coverage, mark

INK, LINE = "#44546a", "#2f6f9f"
TIMES = ("YEAR", "year", "TIME", "time")


class Figures:
    """Data sets that match, as image cards; their figures are drawn when a page is rendered.

    The score is the description's, times the share of the query's words in the title; nothing below `share`
    of them.
    """

    name, cost = "figures", 2.0

    def __init__(self, index: SearchIndex, *, limit: int = 2, share: float = 0.3) -> None:
        self._index, self._limit, self._share = index, limit, share

    def gather(self, query: str) -> Sequence[ImageCard]:
        terms = self._index.terms(query)
        cards = []
        for hit in self._index.search(query, kinds=("data",), limit=self._limit):
            covered = coverage(hit.document.title, terms, self._index)
            if covered >= self._share:
                cards.append(_card(hit, covered, terms))
        return cards


def _card(hit: Hit, covered: float, terms: Sequence[str]) -> ImageCard:
    document = hit.document
    return ImageCard(
        id=identifier("image", document),
        documents=(document.id,),
        score=hit.score * covered,
        title=title(document),
        source=source(document),
        figure=document.id.partition(":")[2],
        alt=f"Figure drawn from the data set: {title(document)}",
        caption=passage(mark(_caption(document), terms)),
    )


def _caption(document: Document) -> str:
    return shorten(document.text.split("\n\n")[0].replace("\n", " "), 400)


@lru_cache(maxsize=64)
def draw(name: str) -> bytes:
    """A PNG (480 x 300) of a data set of statsmodels: a line over time, else a scatter or a histogram.

    The columns: the first two numeric ones; a column of years, or an index of dates, is the time.
    Raises ValueError for a name that is no data set, or one without numbers.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    try:
        module = importlib.import_module(f"{DATA_PACKAGE}.datasets.{name}")
        frame = module.load_pandas().data.select_dtypes("number")
    except (ModuleNotFoundError, AttributeError):
        raise ValueError(f"figure {name!r} is no data set of {DATA_PACKAGE}") from None
    if frame.columns.empty:
        raise ValueError(f"data set {name!r} has no column of numbers to draw")
    figure = Figure(figsize=(4.8, 3.0), dpi=100, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    time = next((column for column in TIMES if column in frame), None)
    shown = [column for column in frame.columns if column != time]
    if time is not None and shown and frame[time].is_monotonic_increasing:
        axes.plot(frame[time], frame[shown[0]], color=LINE, linewidth=1.2)
        labels = ("year", shown[0])
    elif frame.index.dtype.kind == "M":
        axes.plot(frame.index, frame[shown[0]], color=LINE, linewidth=1.2)
        labels = ("date", shown[0])
    elif len(shown) > 1:
        axes.scatter(frame[shown[0]], frame[shown[1]], s=9, color=LINE, alpha=0.6, linewidths=0)
        labels = (shown[0], shown[1])
    else:
        axes.hist(frame[shown[0]].dropna(), bins=20, color=LINE)
        labels = (shown[0], "count")
    axes.set(xlabel=labels[0], ylabel=labels[1])
    axes.tick_params(colors=INK, labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
