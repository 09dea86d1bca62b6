"""What users say of the answers they get: rubrics of satisfaction, feedback signals, preference pairs."""

from tenfold.feedback.checklist import ChecklistEvaluation, checklist_eval
from tenfold.feedback.dialogue import POLARITIES, Dialogue, Polarity, Quote, Turn
from tenfold.feedback.evaluation import FeedbackEvaluation, evaluate_feedback
from tenfold.feedback.hh_rlhf import TranscriptPair, read_hh_rlhf
from tenfold.feedback.language_model import LanguageModelExtractor
from tenfold.feedback.language_model_finder import LanguageModelFinder
from tenfold.feedback.language_model_judge import (
    LanguageModelJudge,
    LanguageModelSummariser,
    quoted_feedback,
)
from tenfold.feedback.learning import Extractor, learn_rubric, score, score_many
from tenfold.feedback.pairs import FeedbackPair, FeedbackPairs, FeedbackPrompt, feedback_pairs
from tenfold.feedback.pattern_index import PatternIndex
from tenfold.feedback.personal_data import find_personal_data, remove_personal_data
from tenfold.feedback.prompted import judge_satisfaction
from tenfold.feedback.rated_chats import RatedChat, rated_chats
from tenfold.feedback.rubric import ItemScore, Pattern, Rubric, RubricError, RubricItem, Score
from tenfold.feedback.signals import (
    ITEMS,
    Finder,
    RuleFinder,
    Signal,
    find_feedback,
    find_feedback_many,
    polarities,
)
from tenfold.feedback.statistical import StatisticalExtractor
from tenfold.feedback.uss import UssDialogue, read_uss
from tenfold.feedback.uss_labels import LabelledDialogue, label_counts, label_dialogues
from tenfold.feedback.wildfeedback_files import (
    AnnotatedDialogue,
    PublishedPair,
    read_wildfeedback_annotations,
    read_wildfeedback_pairs,
)

__all__ = [
    "ITEMS",
    "POLARITIES",
    "AnnotatedDialogue",
    "ChecklistEvaluation",
    "Dialogue",
    "Extractor",
    "FeedbackEvaluation",
    "FeedbackPair",
    "FeedbackPairs",
    "FeedbackPrompt",
    "Finder",
    "ItemScore",
    "LabelledDialogue",
    "LanguageModelExtractor",
    "LanguageModelFinder",
    "LanguageModelJudge",
    "LanguageModelSummariser",
    "Pattern",
    "PatternIndex",
    "Polarity",
    "PublishedPair",
    "Quote",
    "RatedChat",
    "Rubric",
    "RubricError",
    "RubricItem",
    "RuleFinder",
    "Score",
    "Signal",
    "StatisticalExtractor",
    "TranscriptPair",
    "Turn",
    "UssDialogue",
    "checklist_eval",
    "evaluate_feedback",
    "feedback_pairs",
    "find_feedback",
    "find_feedback_many",
    "find_personal_data",
    "judge_satisfaction",
    "label_counts",
    "label_dialogues",
    "learn_rubric",
    "polarities",
    "quoted_feedback",
    "rated_chats",
    "read_hh_rlhf",
    "read_uss",
    "read_wildfeedback_annotations",
    "read_wildfeedback_pairs",
    "remove_personal_data",
    "score",
    "score_many",
]
