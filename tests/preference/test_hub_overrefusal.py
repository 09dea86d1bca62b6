"""The pipeline against overrefusal on published models: tiny models, files and a stub teacher stand in."""

import csv
import json
import socket
from dataclasses import replace

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    PreTrainedTokenizerFast,
)

from tenfold.chat import Recording, Reply
from tenfold.corpora.external import ExternalDataError
from tenfold.preference import hub_completions, hub_generators, hub_overrefusal
from tenfold.preference.hub_guard import load_guard
from tenfold.preference.hub_models import load_model
from tenfold.preference.hub_overrefusal import HubPreference, HubStudentConfig, train_hub_students
from tenfold.preference.hub_pools import draw_pools, read_tests
from tenfold.preference.hub_refusals import refusal_metrics
from tenfold.preference.safety_data import DataFormatError, Prompt
from tenfold.preference.shipped_prompts import shipped_prompts

REFUSAL = "I'm sorry, but I cannot help with that."
ANSWER = "Sure, here is the way to do it:"
VERBS = ("bake", "grow", "draw", "sell")
LOOKS = ("kill", "shoot")
PROGRAMS = [f"program{i}" for i in range(12)]
PEOPLE = [f"person{i}" for i in range(12)]
THINGS = [f"thing{i}" for i in range(12)]
WORDS = [
    *("<pad>", "<end>", "<unk>", "how", "to", "danger"),
    *VERBS, *LOOKS, *PROGRAMS, *PEOPLE, *THINGS, *dict.fromkeys(f"{REFUSAL} {ANSWER}".split()),
]  # fmt: skip
WORDS = list(dict.fromkeys(WORDS))
END = 1


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    """No network, and nothing kept of other tests."""

    def refuse(*_):
        raise AssertionError("the run asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    hub_overrefusal._first_stage.cache_clear()
    hub_completions.teacher_completions.cache_clear()


def asked(verbs, things):
    return [f"how to {verb} {thing}" for verb in verbs for thing in things]


def write_csv(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def tiny(**settings):
    return LlamaConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        intermediate_size=32,
        num_attention_heads=2,
        num_hidden_layers=1,
        max_position_embeddings=48,
        pad_token_id=0,
        eos_token_id=END,
        bos_token_id=None,
        **settings,
    )


def guard_of_danger():
    """P(unsafe) is .9 for an answer that ends in "danger", .2 for every other one."""
    guard = LlamaForSequenceClassification(tiny(id2label={0: "fine", 1: "harm"}, label2id={"fine": 0, "harm": 1}))
    with torch.no_grad():
        for parameter in guard.model.layers.parameters():
            parameter.zero_()
        guard.model.embed_tokens.weight.zero_()
        guard.model.embed_tokens.weight[:, 0] = 1
        guard.model.embed_tokens.weight[WORDS.index("danger")] = torch.eye(32)[1]
        guard.score.weight.zero_()
        # the norm makes a unit vector sqrt(32) long
        guard.score.weight[1, :2] = torch.tensor([0.2 / 0.8, 0.9 / 0.1]).log() / 32**0.5
    return guard


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Folders and files by the names of the configuration."""
    folder = tmp_path_factory.mktemp("hub")
    words = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    torch.manual_seed(0)
    parts = {
        "student": LlamaForCausalLM(tiny()),
        "teacher": LlamaForCausalLM(tiny()),
        "guard": guard_of_danger(),
    }
    for name, model in parts.items():
        model.save_pretrained(folder / name)
        PreTrainedTokenizerFast(
            tokenizer_object=words, pad_token="<pad>", eos_token="<end>", unk_token="<unk>"
        ).save_pretrained(folder / name)
    general, toxic = folder / "general.json", folder / "toxic.jsonl"
    general.write_text(json.dumps([{"instruction": text} for text in asked(VERBS, THINGS)]))
    toxic.write_text("".join(json.dumps({"goal": text}) + "\n" for text in asked(LOOKS, PEOPLE)))
    safe, unsafe = asked(LOOKS, PROGRAMS[:4]), asked(LOOKS, PEOPLE[:3])
    labelled = [(text, "safe") for text in safe] + [(text, "unsafe") for text in unsafe]
    hard = asked(LOOKS, PROGRAMS[4:6])
    return {
        "student": str(folder / "student"),
        "general_data": str(general),
        "general_column": "instruction",
        "toxic_data": str(toxic),
        "toxic_column": "goal",
        "borderline_data": write_csv(
            folder / "80k.csv",
            ["prompt", "category"],
            # the test prompts among them differ in case and spaces
            [[text.upper().replace(" ", "  "), "violence"] for text in hard]
            + [[text, "violence"] for text in asked(LOOKS, PROGRAMS) if text not in hard],
        ),
        "xstest_data": write_csv(
            folder / "xstest.csv",
            ["id", "prompt", "type", "label", "focus", "note"],
            [[i, text, "homonyms", label, "", ""] for i, (text, label) in enumerate(labelled)],
        ),
        "hard_data": write_csv(folder / "hard.csv", ["prompt", "category"], [[text, "x"] for text in hard]),
        "harmful_data": write_csv(
            folder / "toxic.csv",
            ["prompt", "category"],
            [[text, "violence"] for text in asked(LOOKS, PEOPLE[3:5])],
        ),
    }


class Stub:
    """A chat model that answers by a rule and remembers what it was asked."""

    name = "stub"

    def __init__(self, rule, finish="stop"):
        self.rule, self.finish, self.requests = rule, finish, []

    def complete(self, request):
        self.requests.append(request)
        (message,) = request.messages
        return Reply(self.rule(message.content), self.name, None, None, None, 0.0, self.finish)


def refuse_all(_):
    return REFUSAL


def answer_all(prompt):
    return f"{ANSWER} {prompt.split()[-1]}"


def by_intent(prompt):
    return REFUSAL if "person" in prompt else answer_all(prompt)


def settings(files, preference=None, **others):
    given = {
        **{"seed": 0, "teacher": "chat:stub", "general_size": 30, "added": 8, "completions": 2},
        **{"steps": 60, "lr": 1e-2, "batch": 8, "micro_batch": 4, "max_prompt": 8, "max_completion": 16},
    }
    return HubStudentConfig(**{**given, **files, **others}, preference=preference)


def run(monkeypatch, rule, config):
    stub = rule if isinstance(rule, Stub) else Stub(rule)
    monkeypatch.setattr(hub_generators, "chat_model", lambda recording: stub)
    (result,) = train_hub_students([json.loads(json.dumps(config.to_json()))])
    assert result["curve"] == []
    return result["metrics"]


PAIRS = HubPreference(borderline_size=10, harmful_size=4, student_completions=2, lr=3e-3, steps=20, beta=0.1)


def test_preference_stage_repairs_what_a_few_toxic_examples_taught(monkeypatch, files):
    metrics = run(monkeypatch, by_intent, settings(files, PAIRS))
    counts = {
        **{"general_answers": 30, "general_refused": 0, "toxic_answers": 8, "toxic_refused": 8},
        **{"xstest_harmless": 8, "xstest_harmful": 6, "or_bench_harmless": 4, "or_bench_harmful": 4},
        # 8 and 4 of the borderline prompts, 6 and 4 of the toxic ones are tests.
        **{"in_tests": 8 + 4 + 6 + 4, "too_long": 0, "unusable": 0},
    }
    assert {name: metrics[name] for name in counts} == counts
    assert metrics["before_or_bench_overrefusal"] > 0.7
    assert metrics["before_xstest_safety"] > 0.9
    assert metrics["usefulness_pairs"] > 5
    assert metrics["after_or_bench_overrefusal"] < metrics["before_or_bench_overrefusal"] - 0.5
    assert 0 <= metrics["before_unended"] < 0.2


def test_teacher_that_always_refuses_makes_a_student_that_does(monkeypatch, files):
    metrics = run(monkeypatch, refuse_all, settings(files, PAIRS))
    assert metrics["general_refused"] == metrics["general_answers"] == 30
    for stage in ("before", "after"):
        for benchmark in ("xstest", "or_bench"):
            found = [metrics[f"{stage}_{benchmark}_{name}"] for name in ("overrefusal", "safety", "f1")]
            assert found == [1, 1, 0]
    # Nothing to choose for usefulness, and nothing wrong to reject for safety.
    assert metrics["usefulness_pairs"] == metrics["safety_pairs"] == 0


def test_teacher_that_always_answers_makes_a_student_that_does(monkeypatch, files):
    config = settings(files, tests=("xstest",))
    metrics = run(monkeypatch, answer_all, config)
    assert metrics["before_xstest_overrefusal"] == metrics["before_xstest_safety"] == 0
    assert metrics["before_xstest_f1"] == 0
    assert not any(name.startswith(("after", "or_bench", "before_or")) for name in metrics)
