"""Composing a result page by search with a judge (GenSERP, arXiv:2402.14301v1, withdrawn)."""

from tenfold.serp.answer_tool import GeneratedAnswer
from tenfold.serp.chat_proposer import ChatProposer
from tenfold.serp.composing import Composition, compose, estimated_judge, prepare, search
from tenfold.serp.corpus import open_index
from tenfold.serp.documents import Document
from tenfold.serp.exhaustive import TooManyPages, all_pages, optimum
from tenfold.serp.figure_tool import Figures
from tenfold.serp.gathering import Gathered, best_score, gather, noisy_or
from tenfold.serp.grammar import Page, Placement
from tenfold.serp.index import Hit, SearchIndex
from tenfold.serp.items import Answer, Definition, ImageCard, Item, News, Passage, QuestionList, WebSnippet
from tenfold.serp.judges import (
    BiasedJudge,
    BudgetedJudge,
    Judge,
    Judged,
    JudgeFailure,
    NoisyJudge,
    fullness,
    share_of_frames,
    share_of_images,
)
from tenfold.serp.needs import Intent, Need, estimated_need
from tenfold.serp.proposers import Material, Proposer
from tenfold.serp.queries import SearchTask, TooFewQueries, make_queries
from tenfold.serp.raster_judge import Layout, RasterJudge
from tenfold.serp.rendering import render
from tenfold.serp.repair import Proposal, ProposedPlacement, RefusedProposal, Repaired, repair
from tenfold.serp.rule_proposer import RuleProposer, fixed_template
from tenfold.serp.screenshots import Browser, Camera, NoScreenshot, RecordedCamera
from tenfold.serp.search_tools import Changes, Definitions, ExtractedAnswer, Questions, WebSearch
from tenfold.serp.strategies import STRATEGIES, StrategyName
from tenfold.serp.toolbox import all_tools
from tenfold.serp.tools import Tool, ToolCall, ToolError, ToolTimeout, Unreliable
from tenfold.serp.user_model import UserModel, UserParameters
from tenfold.serp.vision_judge import VisionJudge

__all__ = [
    "STRATEGIES",
    "Answer",
    "BiasedJudge",
    "Browser",
    "BudgetedJudge",
    "Camera",
    "Changes",
    "ChatProposer",
    "Composition",
    "Definition",
    "Definitions",
    "Document",
    "ExtractedAnswer",
    "Figures",
    "Gathered",
    "GeneratedAnswer",
    "Hit",
    "ImageCard",
    "Intent",
    "Item",
    "Judge",
    "JudgeFailure",
    "Judged",
    "Layout",
    "Material",
    "Need",
    "News",
    "NoScreenshot",
    "NoisyJudge",
    "Page",
    "Passage",
    "Placement",
    "Proposal",
    "ProposedPlacement",
    "Proposer",
    "QuestionList",
    "Questions",
    "RasterJudge",
    "RecordedCamera",
    "RefusedProposal",
    "Repaired",
    "RuleProposer",
    "SearchIndex",
    "SearchTask",
    "StrategyName",
    "TooFewQueries",
    "TooManyPages",
    "Tool",
    "ToolCall",
    "ToolError",
    "ToolTimeout",
    "Unreliable",
    "UserModel",
    "UserParameters",
    "VisionJudge",
    "WebSearch",
    "WebSnippet",
    "all_pages",
    "all_tools",
    "best_score",
    "compose",
    "estimated_judge",
    "estimated_need",
    "fixed_template",
    "fullness",
    "gather",
    "make_queries",
    "noisy_or",
    "open_index",
    "optimum",
    "prepare",
    "render",
    "repair",
    "search",
    "share_of_frames",
    "share_of_images",
]
