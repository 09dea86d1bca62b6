"""What the users of the simulator think of a policy's answers, by the truth and by judges."""

import functools
from collections.abc import Sequence

import numpy as np
from transformers import LlamaForCausalLM

from tenfold.feedback.checklist import checklist_eval
from tenfold.feedback.pairs import FeedbackPair, FeedbackPrompt
from tenfold.feedback.signals import Finder, RuleFinder
from tenfold.feedback.trained_finder import train_finder
from tenfold.feedback.user_checklists import KeywordSummariser, TrainedSummariser, before_request
from tenfold.feedback.user_config import PREJUDICE, PREJUDICED_SHARE
from tenfold.feedback.user_dialogues import Manners, UserDialogue, request_of, user_dialogues
from tenfold.feedback.user_judges import WordJudge
from tenfold.feedback.user_policy import demonstration
from tenfold.feedback.user_world import FACTS_LINE, in_tokens, in_words, prompt_tokens, shown, utility
from tenfold.preference.assistant_policy import token_kl

VERBOSITIES = (0.0, 0.05, 0.15, 0.3)
"""Points a word of the judges without checklist; in the names of metrics "judged_15" stands for 0.15."""
OWN = 0.15


def kl_metrics(
    policy: LlamaForCausalLM,
    base: LlamaForCausalLM,
    tests: Sequence[UserDialogue],
    answers: Sequence[Sequence[int]],
) -> dict[str, float]:
    """KL of the policy to the base policy on its answers, in nats: "kl" an answer, "kl_per_token"."""
    prompts = [prompt_tokens(e.request) for d in tests for e in d.exchanges]
    kl = token_kl(policy, base, prompts, answers).numpy()
    return {"kl": float(kl.mean()), "kl_per_token": float(kl.sum() / sum(map(len, answers)))}


def answers_metrics(
    tests: Sequence[UserDialogue],
    ours: Sequence[Sequence[int]],
    theirs: Sequence[Sequence[int]],
    *,
    seed: int,
) -> dict[str, float]:
    """Of one answer to each test request, beside another system's answer to the same request.

    "utility", "met" (share of wishes met), "facts" (share of right facts), "tokens", "flourish"
    (share of answers with one).  Of comparisons, ties half: "win" by true utility;
    "judged_00" … "judged_30" by judges without checklist, by their verbosity in hundredths of a point a word.
    For the extractors "keyword", "prejudiced" and "independent", on the answers whose feedback gave a
    checklist: "judged_E" by the judge of verbosity 0.15 with those checklists, "win_E" by the truth,
    "plain_E" by that judge without, "n_E" their number.
    """
    users = [d.user for d in tests for _ in d.exchanges]
    requests = [e.request for d in tests for e in d.exchanges]
    mine = [shown(request, answer) for request, answer in zip(requests, ours, strict=True)]
    other = [shown(request, answer) for request, answer in zip(requests, theirs, strict=True)]
    value = np.array([utility(user, seen) for user, seen in zip(users, mine, strict=True)])
    against = np.array([utility(user, seen) for user, seen in zip(users, other, strict=True)])
    wins = (value > against) + (value == against) / 2
    met = [
        seen.sides.get(attribute) == side
        for user, seen in zip(users, mine, strict=True)
        for attribute, side in user.wants.items()
    ]
    metrics = {
        "utility": value.mean(),
        "met": np.mean(met),
        "facts": np.mean([seen.facts for seen in mine]),
        "tokens": np.mean([len(answer) for answer in ours]),
        "flourish": np.mean([seen.flourish for seen in mine]),
        "win": wins.mean(),
    }
    prompts = [
        FeedbackPrompt(d.dialogue.id, d.dialogue.turns[: 2 * i + 1])
        for d in tests
        for i in range(len(d.exchanges))
    ]
    texts, their_texts = ([in_words(answer) for answer in some] for some in (ours, theirs))
    for verbosity in VERBOSITIES:
        judge = WordJudge(verbosity)
        found = [judge(p, (), a, b) for p, a, b in zip(prompts, texts, their_texts, strict=True)]
        metrics[f"judged_{100 * verbosity:02.0f}"] = np.mean(found)
    for name, lists in _checklists(tuple(tests), seed).items():
        some = [place for place, lines in enumerate(lists) if lines]
        evaluation = checklist_eval(
            *([column[place] for place in some] for column in (prompts, texts, their_texts)),
            WordJudge(OWN),
            checklists=[lists[place] for place in some],
        )
        metrics |= {
            f"judged_{name}": evaluation.guided.mean(),
            f"plain_{name}": evaluation.generic.mean(),
            f"win_{name}": wins[some].mean(),
            f"n_{name}": len(some),
        }
    return {name: float(number) for name, number in metrics.items()}


def pairs_metrics(
    pairs: Sequence[FeedbackPair],
    dropped: int,
    empty: int,
    made: int,
    dialogues: Sequence[UserDialogue],
) -> dict[str, float]:
    """Of the training pairs.

    "pairs"; "made" (before some were drawn), "kept" (share that the filter left), "empty" (answers with
    feedback and without checklist), "pairs_right" (share, ties half, whose chosen answer is truly better for
    its user), "style" (share of chosen answers with a flourish less that of rejected ones), "longer" (words
    of chosen less rejected), "lines" (length of checklists), "named" (share of lines that are wishes).
    """
    users = {entry.dialogue.id: entry.user for entry in dialogues}
    right, style, longer, named, lines = [], [], [], [], []
    for pair in pairs:
        request = request_of(pair.prompt.history[-1])
        user = users[pair.dialogue]
        chosen, rejected = (shown(request, in_tokens(text)) for text in (pair.chosen, pair.rejected))
        better, worse = utility(user, chosen), utility(user, rejected)
        right.append((better > worse) + (better == worse) / 2)
        style.append(int(chosen.flourish) - int(rejected.flourish))
        longer.append(len(pair.chosen.split()) - len(pair.rejected.split()))
        lines.append(len(pair.checklist))
        named += [line == FACTS_LINE or line in user.wants.values() for line in pair.checklist]
    metrics = {"pairs": len(pairs), "made": made, "kept": made / max(made + dropped, 1), "empty": empty}
    for name, values in {
        "pairs_right": right,
        "style": style,
        "longer": longer,
        "lines": lines,
        "named": named,
    }.items():
        metrics[name] = np.mean(values) if values else float("nan")
    return {name: float(number) for name, number in metrics.items()}


@functools.lru_cache(maxsize=4)
def _checklists(tests: tuple[UserDialogue, ...], seed: int) -> dict[str, list[list[str]]]:
    """By extractor, the checklist of each exchange, empty where there is none."""
    extractors = {
        "keyword": (RuleFinder(), KeywordSummariser()),
        "prejudiced": (RuleFinder(), KeywordSummariser(PREJUDICE, PREJUDICED_SHARE, seed)),
        "independent": _independent(),
    }
    found = {}
    for name, (finder, summarise) in extractors.items():
        lists: list[list[str]] = []
        for entry in tests:
            signals = finder.find(entry.dialogue)
            for place in range(len(entry.exchanges)):
                about = [signal for signal in signals if signal.answer == 2 * place + 1]
                lists.append(list(summarise(entry.dialogue, about)) if about else [])
        found[name] = lists
    return found


@functools.cache
def _independent() -> tuple[Finder, "TrainedSummariser"]:
    """A finder and a summariser that learnt from other users' labelled turns, on half of the phrasings."""

    def answerer(requests, seed):
        rng = np.random.default_rng(seed)
        return [demonstration(request, (), control=0.5, rng=rng) for request in requests]

    spoken = user_dialogues(800, answerer, manners=Manners(held_out=False), seed=15549)
    finder = train_finder(
        [entry.dialogue for entry in spoken], [entry.marked for entry in spoken], reads=before_request
    )
    return finder, TrainedSummariser.learnt()
