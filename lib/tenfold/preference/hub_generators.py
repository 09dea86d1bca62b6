"""Who answers the prompts of a run on published models: a chat model, or a causal language model."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from tenfold.chat import ChatModel, Message, Request, chat_model, complete_many
from tenfold.preference.hub_answers import sample_answers
from tenfold.preference.hub_data import prompt_tokens
from tenfold.preference.hub_models import check_positions, load_teacher
from tenfold.preference.hub_student_config import CHAT, HubStudentConfig

CUT_OFF = ("length", "content_filter")
"""Why a chat model's answer may have ended before its end."""


class Answer(NamedTuple):
    """ended: False where it was cut off."""

    text: str
    ended: bool


Generator = Callable[[Sequence[str], int], list[Answer]]
"""One answer a prompt, by a seed."""


def teacher_of(config: HubStudentConfig) -> Generator:
    """The teacher, at temperature 1; a chat model is sent every prompt, the harmful ones too.

    Raises ChatError, ChatChoiceError, OSError, and ValueError where the chat model has another name.
    """
    if not config.teacher.startswith(CHAT):
        model, tokenizer = load_teacher(config.teacher, config.teacher_revision)
        return model_generator(model, tokenizer, config, name=config.teacher, temperature=1.0)
    model = chat_model(recording=config.recordings)
    if model.name != config.teacher.removeprefix(CHAT):
        raise ValueError(
            f"teacher is {config.teacher!r}; allowed: {CHAT}{model.name}, the model that TENFOLD_CHAT "
            "chooses, or choose the other one"
        )
    return chat_generator(model, longest=config.max_completion)


def chat_generator(model: ChatModel, *, longest: int) -> Generator:
    """longest: tokens of an answer, as the model counts them."""

    def answers(prompts: Sequence[str], seed: int) -> list[Answer]:
        requests = [
            Request(
                model=model.name,
                messages=(Message(role="user", content=prompt),),
                temperature=1.0,
                max_tokens=longest,
                seed=seed,
            )
            for prompt in prompts
        ]
        replies = complete_many(model, requests, progress=False)
        return [Answer(reply.text.strip(), reply.finish not in CUT_OFF) for reply in replies]

    return answers


def model_generator(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    config: HubStudentConfig,
    *,
    name: str,
    temperature: float,
) -> Generator:
    """Raises ValueError, when it is asked, for prompts too long for the positions of the model, `name`."""
    own = model.generation_config.eos_token_id
    own = own if isinstance(own, list) else [own]
    ends = list(dict.fromkeys([tokenizer.eos_token_id, *(end for end in own if end is not None)]))

    def answers(prompts: Sequence[str], seed: int) -> list[Answer]:
        tokens = [prompt_tokens(tokenizer, prompt) for prompt in prompts]
        check_positions(model, name, max(map(len, tokens), default=0), config.max_completion)
        drawn = sample_answers(
            model,
            tokens,
            ends=ends,
            longest=config.max_completion,
            temperature=temperature,
            seed=seed,
            batch=config.at_once,
        )
        return [
            Answer(tokenizer.decode(answer, skip_special_tokens=True).strip(), answer[-1] in ends)
            for answer in drawn
        ]

    return answers
