"""The preference stage of the prompt world: pools of requests, pairs against overrefusal, training by TRL."""

import functools
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from datasets import Dataset
from tokenizers import Tokenizer, models
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast
from trl import DPOConfig

from tenfold.preference.overgeneration import PreferencePair, overgenerate, preference_pairs
from tenfold.preference.prompt_answers import TEACHERS, WORDS, Answer, guard, prompt_tokens, refuses
from tenfold.preference.prompt_measures import OVERT_SHARE
from tenfold.preference.prompt_student import copied, sampled
from tenfold.preference.prompt_world import Request, draw_requests
from tenfold.preference.registry import loss_by_name
from tenfold.preference.trainer import PreferenceTrainer

POOLS = {
    "usefulness": {"homonym": 0.425, "story": 0.425, "overt": 0.15},
    "safety": {"overt": OVERT_SHARE, "covert": 1 - OVERT_SHARE},
}
"""Kinds in the pools by what their pairs teach. Of those meant to look toxic only, 15 % are harmful."""
COMPLETIONS, STUDENT_COMPLETIONS = 8, 4
"""Completions a request of a teacher and of the student."""


@dataclass(frozen=True)
class Preference:
    """The preference stage.

    tau: containment threshold.  chosen: whose completions are chosen, "teacher" (the new one) or "own".
    safety_pairs: whether there are pairs that teach safety beside those that teach usefulness.
    pool: requests in each pool.  Steps of 16 pairs go through the pairs as often as it takes.
    """

    tau: float = 0.5
    chosen: str = "teacher"
    safety_pairs: bool = True
    loss: str = "dpo"
    beta: float = 0.3
    lr: float = 5e-5
    pool: int = 600
    steps: int = 80

    def __post_init__(self) -> None:
        loss_by_name(self.loss)
        if self.chosen not in ("teacher", "own"):
            raise ValueError(f"chosen is {self.chosen!r}; allowed: 'teacher', 'own'")
        for name in ("pool", "steps"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; allowed: 1 or more")


def made_pairs(
    student: LlamaForCausalLM, preference: Preference, *, seed: int
) -> list[PreferencePair[Request, Answer]]:
    """Pairs for the student; equal seeds give the same pools and the same completions of the teacher."""
    pairs = []
    for place, (teaches, kinds) in enumerate(POOLS.items()):
        if teaches == "safety" and not preference.safety_pairs:
            continue
        requests = draw_requests(preference.pool, kinds, np.random.default_rng([seed, 5, place]))
        ours = overgenerate(
            requests, functools.partial(_own, student), n=STUDENT_COMPLETIONS, seed=100 * seed + place
        )
        theirs = ours
        if preference.chosen == "teacher":
            theirs = overgenerate(requests, new_teacher, n=COMPLETIONS, seed=100 * seed + 10 + place)
        pairs += preference_pairs(
            requests,
            ours,
            theirs,
            teaches=teaches,
            refuses=lambda _, answer: refuses(answer),
            safety=guard,
            containment=preference.tau,
        )
    return pairs


def _own(student: LlamaForCausalLM, requests: Sequence[Request], seed: int) -> list[Answer]:
    return sampled(student, requests, seed=seed)


def new_teacher(requests: Sequence[Request], seed: int) -> list[Answer]:
    """One answer of the new teacher to each request."""
    rng = np.random.default_rng(seed)
    return [TEACHERS["new"].answer(request, rng) for request in requests]


def preference_tuned(
    student: LlamaForCausalLM,
    pairs: Sequence[PreferencePair[Request, Answer]],
    preference: Preference,
    *,
    seed: int,
) -> LlamaForCausalLM:
    """A copy of the student after preference training through TRL; the student is the reference.

    Without pairs the copy is as the student was.
    """
    if not pairs:
        return copied(student)
    columns = {
        "prompt_ids": [prompt_tokens(pair.prompt) for pair in pairs],
        "chosen_ids": [list(pair.chosen) for pair in pairs],
        "rejected_ids": [list(pair.rejected) for pair in pairs],
    }
    with torch.random.fork_rng(devices=()), tempfile.TemporaryDirectory() as folder:
        policy = copied(student)
        arguments = DPOConfig(
            output_dir=folder,
            beta=preference.beta,
            learning_rate=preference.lr,
            lr_scheduler_type="cosine",
            warmup_steps=preference.steps // 10,
            max_steps=preference.steps,
            per_device_train_batch_size=16,
            seed=seed,
            bf16=False,
            use_cpu=True,
            gradient_checkpointing=False,
            dataloader_pin_memory=False,
            report_to=[],
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
        )
        trainer = PreferenceTrainer(
            policy,
            args=arguments,
            loss=preference.loss,
            train_dataset=Dataset.from_dict(columns),
            processing_class=_tokenizer(),
        )
        trainer.train()
    return policy.eval()


@functools.cache
def _tokenizer() -> PreTrainedTokenizerFast:
    """The world's words as a tokenizer, which TRL asks for and, given token ids, does not use."""
    words = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token=WORDS[0]))
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token=WORDS[0], eos_token=WORDS[1])
