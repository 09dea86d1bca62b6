"""Preference pairs of simulated users: dialogues with the base policy, feedback found in them, checklists."""

import functools
from collections.abc import Sequence

import numpy as np
from transformers import LlamaForCausalLM

from tenfold.feedback.dialogue import Dialogue
from tenfold.feedback.pairs import FeedbackPair, FeedbackPrompt, Generator, Summariser, feedback_pairs
from tenfold.feedback.signals import RuleFinder, Signal
from tenfold.feedback.user_checklists import KeywordSummariser, flipped
from tenfold.feedback.user_config import (
    FAIR,
    FILTERS,
    GENERIC,
    PREJUDICE,
    PREJUDICED_SHARE,
    UserConfig,
)
from tenfold.feedback.user_dialogues import UserDialogue, request_of, user_dialogues
from tenfold.feedback.user_policy import base_policy, expert_answer, sampled
from tenfold.feedback.user_world import in_words, prompt_tokens, shown, unmet


@functools.lru_cache(maxsize=8)
def base_of(seed: int, steps: int, control: float) -> LlamaForCausalLM:
    """The base policy of a seed."""
    return base_policy(seed, steps=steps, control=control)


def spoken(config: UserConfig, *, held_out: bool) -> list[UserDialogue]:
    """Dialogues of users with the base policy: for pairs, or (held out) of other users for tests."""
    n = config.test_dialogues if held_out else config.dialogues
    return _spoken(config.seed, config.base_steps, config.control, config.population, n, held_out)


@functools.lru_cache(maxsize=8)
def _spoken(
    seed: int, base_steps: int, control: float, population: str, n: int, held_out: bool
) -> list[UserDialogue]:
    base = base_of(seed, base_steps, control)

    def answerer(requests: Sequence[tuple[int, ...]], seed: int) -> list[list[int]]:
        return sampled(base, [prompt_tokens(request) for request in requests], seed=seed)

    return user_dialogues(n, answerer, population=population, held_out=held_out, seed=2 * seed + held_out)


@functools.lru_cache(maxsize=4)
def _found(seed: int, base_steps: int, control: float, population: str, n: int) -> tuple[list[Signal], ...]:
    """What the rules find in the dialogues for pairs."""
    finder = RuleFinder()
    return tuple(
        finder.find(entry.dialogue) for entry in _spoken(seed, base_steps, control, population, n, False)
    )


@functools.lru_cache(maxsize=16)
def pairs_of(config: UserConfig) -> tuple[list[FeedbackPair], int, int, int]:
    """Pairs; how many were dropped, had feedback without a checklist, and were there before the choice.

    config: `UserConfig.of_pairs`, so that arms which share pairs share the work.
    """
    if config.data in ("generic", "fair"):
        pairs = _generic_pairs(config)
        return pairs, 0, 0, len(pairs)
    dialogues = spoken(config, held_out=False)
    signals = _signals(config, dialogues)
    made = feedback_pairs(
        [entry.dialogue for entry in dialogues],
        signals,
        version=config.version,
        summarise=_summariser(config, dialogues, signals),
        generator=_generator(config),
        prefers=FILTERS[config.filter],
        use=config.use,
        seed=config.seed,
    )
    order = np.random.default_rng([config.seed, 12]).permutation(len(made.pairs))[: config.most_pairs]
    return [made.pairs[place] for place in sorted(order)], made.dropped, made.empty, len(made.pairs)


def _signals(config: UserConfig, dialogues: Sequence[UserDialogue]) -> list[list[Signal]]:
    if config.extractor == "truth":
        return [_true_signals(entry) for entry in dialogues]
    found = _found(config.seed, config.base_steps, config.control, config.population, config.dialogues)
    if config.flip:
        return flipped(found, config.flip, rng=np.random.default_rng([config.seed, 8]))
    return list(found)


def _true_signals(entry: UserDialogue) -> list[Signal]:
    """One signal for every turn that shows a polarity."""
    names = {"SAT": "praise", "DSAT": "negative feedback"}
    return [
        Signal(place, place - 1, names[polarity], polarity, entry.dialogue.quote(place, 0, 1))
        for place, marks in entry.marked.items()
        for polarity in marks
    ]


def _summariser(
    config: UserConfig, dialogues: Sequence[UserDialogue], signals: Sequence[Sequence[Signal]]
) -> Summariser:
    """Who writes the checklists, by `extractor`."""
    if config.extractor == "prejudiced":
        return KeywordSummariser(fixed=PREJUDICE, fixed_share=PREJUDICED_SHARE, seed=config.seed)
    if config.extractor == "truth":
        return _truthful(dialogues)
    if config.extractor == "shuffled":
        return _shuffled(dialogues, signals, np.random.default_rng([config.seed, 9]))
    return KeywordSummariser()


def _truthful(dialogues: Sequence[UserDialogue]) -> Summariser:
    """The wishes that the answer did not meet; all of a user's wishes where it satisfied."""
    by_id = {entry.dialogue.id: entry for entry in dialogues}

    def summarise(dialogue: Dialogue, about: Sequence[Signal]) -> list[str]:
        entry = by_id[dialogue.id]
        exchange = entry.exchanges[about[0].answer // 2]
        if about[0].polarity == "DSAT":
            return unmet(entry.user, shown(exchange.request, exchange.answer))
        return list(entry.user.wants.values())

    return summarise


def _shuffled(
    dialogues: Sequence[UserDialogue], signals: Sequence[Sequence[Signal]], rng: np.random.Generator
) -> Summariser:
    """The keyword checklists, each handed to another answer with feedback."""
    keyword = KeywordSummariser()
    lists: dict[tuple[str, int], list[str]] = {}
    for entry, row in zip(dialogues, signals, strict=True):
        for answer in sorted({signal.answer for signal in row}):
            lines = keyword(entry.dialogue, [signal for signal in row if signal.answer == answer])
            if lines:
                lists[entry.dialogue.id, answer] = lines
    columns = list(lists.values())
    other = dict(zip(lists, (columns[place] for place in rng.permutation(len(columns))), strict=True))

    def summarise(dialogue: Dialogue, about: Sequence[Signal]) -> list[str]:
        return other.get((dialogue.id, about[0].answer), [])

    return summarise


def _generator(config: UserConfig) -> Generator:
    """Who writes the answers of pairs: the expert, or the base policy."""
    if config.version == "expert":

        def expert(prompts: Sequence[FeedbackPrompt], seed: int) -> list[str]:
            rng = np.random.default_rng(seed)
            return [in_words(expert_answer(request_of(p.history[-1]), p.checklist, rng)) for p in prompts]

        return expert
    base = base_of(config.seed, config.base_steps, config.control)

    def own(prompts: Sequence[FeedbackPrompt], seed: int) -> list[str]:
        tokens = [prompt_tokens(request_of(p.history[-1]), p.checklist) for p in prompts]
        return [in_words(answer) for answer in sampled(base, tokens, seed=seed)]

    return own


def _generic_pairs(config: UserConfig) -> list[FeedbackPair]:
    """For the prompts of the feedback pairs: two answers without checklist, the judge's choice first.

    The second answer of the version "expert" is the original one.
    """
    as_feedback = UserConfig.from_json(config.to_json() | {"data": "wildfeedback"})
    of_feedback, *_ = pairs_of(as_feedback)
    generate = _generator(config)
    prompts = [pair.prompt for pair in of_feedback]
    seeds = np.random.SeedSequence([config.seed, 10]).generate_state(2)
    first = generate(prompts, int(seeds[0])) if prompts else []
    if config.version == "expert":
        second: Sequence[str] = [pair.rejected for pair in of_feedback]
    else:
        second = generate(prompts, int(seeds[1])) if prompts else []
    judge = GENERIC if config.data == "generic" else FAIR
    rng = np.random.default_rng([config.seed, 11])
    pairs = []
    for pair, a, b in zip(of_feedback, first, second, strict=True):
        chosen, rejected = (a, b) if rng.random() < judge(pair.prompt, (), a, b) else (b, a)
        pairs.append(FeedbackPair(pair.prompt, chosen, rejected, pair.dialogue, pair.answer, ()))
    return pairs
