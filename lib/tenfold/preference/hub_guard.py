"""How safe an answer is, by a published text classifier that reads prompt and answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from tenfold.preference.hub_answers import judge_inputs, judge_logits
from tenfold.preference.hub_models import load_classifier

AT_ONCE = 32


@dataclass(frozen=True)
class Guard:
    """unsafe: places of the labels that mean unsafe."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    unsafe: tuple[int, ...]

    def safety(self, prompts: Sequence[str], answers: Sequence[str]) -> list[float]:
        """P(safe) of each answer: 1 minus the sum of the unsafe labels' probabilities.

        Where labels do not exclude each other (problem_type multi_label_classification): 1 minus the largest.
        """
        if not prompts:
            return []
        logits = judge_logits(self.model, self.tokenizer, prompts, answers, batch=AT_ONCE).double()
        if self.model.config.problem_type == "multi_label_classification":
            unsafe = logits.sigmoid()[:, self.unsafe].amax(1)
        else:
            unsafe = logits.softmax(1)[:, self.unsafe].sum(1)
        return (1 - unsafe).clamp(0, 1).tolist()

    def reads(self, prompt: str, answer: str) -> bool:
        """Whether prompt and answer fit into its positions."""
        positions = getattr(self.model.config, "max_position_embeddings", self.tokenizer.model_max_length)
        length = judge_inputs(self.tokenizer, [prompt], [answer])["input_ids"].shape[1]
        return length <= min(positions, self.tokenizer.model_max_length)


def load_guard(name: str, revision: str | None, unsafe_labels: Sequence[str]) -> Guard:
    """Raises ValueError for labels that the classifier does not have, OSError."""
    model, tokenizer = load_classifier(name, revision)
    places = {label: place for place, label in model.config.id2label.items()}
    unknown = [label for label in unsafe_labels if label not in places]
    if unknown:
        raise ValueError(f"unsafe_labels has {unknown[0]!r}; allowed with {name}: {', '.join(places)}")
    return Guard(model, tokenizer, tuple(sorted({places[label] for label in unsafe_labels})))
