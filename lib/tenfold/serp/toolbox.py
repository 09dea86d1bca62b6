"""The tools that need no language model."""

from tenfold.serp.figure_tool import Figures
from tenfold.serp.index import SearchIndex
from tenfold.serp.search_tools import Changes, Definitions, ExtractedAnswer, Questions, WebSearch
from tenfold.serp.tools import Tool


def all_tools(index: SearchIndex) -> tuple[Tool, ...]:
    """Web search, definitions, answers, figures, questions, changelogs: the cheap and general ones first."""
    return (
        WebSearch(index),
        Definitions(index),
        ExtractedAnswer(index),
        Figures(index),
        Questions(index),
        Changes(index),
    )
