"""Prompts that pinned packages ship, by category, and a way to name one without showing it."""

import hashlib
import json
import re
from functools import cache

import yaml

from tenfold.corpora.packages import package_file
from tenfold.preference.refusal_data import human_labels, pinned_text
from tenfold.preference.safety_data import Prompt

_ADVBENCH = "pyrit/datasets/seed_datasets/local/adv_bench.prompt"
_ADVBENCH_SHA256 = "ccf76355d0d661bcf81f57f70baa1db9299da8aa9352f39b3672cf3da560d3e0"
_WORD = re.compile(r"\w+")


@cache
def shipped_prompts() -> tuple[Prompt, ...]:
    """Harmful and benign prompts that the environment has anyway, equal texts once.

    Harmful: the 520 of AdvBench (Zou et al. 2023, arXiv:2307.15043), which `pyrit` ships with categories that
    a language model gave; the first of them counts.  Benign: the everyday requests among the prompts of
    `human_labels`, which are those with an off-topic answer, and the opening questions of the dialogues of
    `chitchat-dataset`. None of the benign ones looks harmful, so that they say nothing of overrefusal.
    Raises MissingDataPackage, ChangedData.
    """
    seeds = yaml.safe_load(pinned_text("pyrit", _ADVBENCH, _ADVBENCH_SHA256))["seeds"]
    prompts = [Prompt(seed["value"], seed["harm_categories"][0], True, "advbench") for seed in seeds]
    everyday = sorted({answer.prompt for answer in human_labels() if answer.off_topic})
    prompts += [Prompt(text, "everyday request", False, "pyrit") for text in everyday]
    chats = json.loads(package_file("chitchat-dataset", "chitchat_dataset/dataset.json").read_text("utf-8"))
    questions = sorted({chat["prompt"] for chat in chats.values() if chat.get("prompt")})
    prompts += [Prompt(text, "small talk", False, "chitchat-dataset") for text in questions]
    return tuple({prompt.text: prompt for prompt in prompts}.values())


def masked(text: str, *, words: int = 4) -> str:
    """A stand-in for a text that is not to be shown: first letters of its first words, length, SHA-256.

    masked("Write a short poem about the sea.") is "W···· a s···· p··· … (7 words, 2f7d28c4)".
    """
    found = _WORD.findall(text)
    shown = " ".join(word[0] + "·" * (len(word) - 1) for word in found[:words])
    more = " …" if len(found) > words else ""
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{shown}{more} ({len(found)} words, {digest})"
