"""The preference stage of a run on published models: the student's faults against the teacher's answers."""

from collections.abc import Mapping

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from tenfold.preference.hub_completions import Completions, guard_of, safety_of, usable_completions
from tenfold.preference.hub_data import answer_tokens, prompt_tokens
from tenfold.preference.hub_generators import model_generator
from tenfold.preference.hub_refusals import refuses
from tenfold.preference.hub_student_config import HubPreference, HubStudentConfig
from tenfold.preference.hub_training import Steps, preference_tuned
from tenfold.preference.overgeneration import PreferencePair, preference_pairs

Pair = PreferencePair[str, str]


def made_pairs(
    student: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    config: HubStudentConfig,
    stage: HubPreference,
    theirs: Mapping[str, tuple[tuple[str, ...], Completions]],
) -> tuple[list[Pair], int]:
    """The pairs, and how many of the student's completions are not usable.

    theirs: by what the pairs teach, prompts and the teacher's completions.
    """
    own = model_generator(student, tokenizer, config, name=config.student, temperature=1.0)
    pairs, unusable = [], 0
    for place, (teaches, (prompts, completions)) in enumerate(theirs.items()):
        ours, fewer = usable_completions(
            prompts, own, config, tokenizer, n=stage.student_completions, seed=100 * config.seed + 10 + place
        )
        unusable += fewer
        pairs += preference_pairs(
            prompts,
            ours,
            completions,
            teaches=teaches,
            refuses=lambda _, text: refuses(text),
            safety=safety_of(guard_of(config), prompts, ours, completions),
            containment=stage.tau,
        )
    return pairs, unusable


def pairs_tuned(
    student: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    config: HubStudentConfig,
    stage: HubPreference,
    pairs: list[Pair],
) -> PreTrainedModel:
    """A copy of the student after the preference stage; the student itself where there is no pair."""
    if not pairs:
        return student
    columns = {
        "prompt_ids": [prompt_tokens(tokenizer, pair.prompt) for pair in pairs],
        "chosen_ids": [answer_tokens(tokenizer, pair.chosen) for pair in pairs],
        "rejected_ids": [answer_tokens(tokenizer, pair.rejected) for pair in pairs],
    }
    return preference_tuned(
        student,
        tokenizer,
        columns,
        Steps(stage.lr, stage.steps, config.batch, config.micro_batch, config.seed),
        loss=stage.loss,
        beta=stage.beta,
        loss_arguments=stage.loss_arguments,
    )
