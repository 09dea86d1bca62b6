"""The pipeline against overrefusal on published models: tiny models, files and a stub teacher stand in."""

import copy
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

from tenfold.chat import Recording, Reply, chat_model
from tenfold.corpora.external import ExternalDataError
from tenfold.corpora.published import DataFormatError
from tenfold.preference import hub_completions, hub_generators, hub_overrefusal, hub_pairs, hub_refusals
from tenfold.preference.hub_generators import Answer
from tenfold.preference.hub_guard import load_guard
from tenfold.preference.hub_models import load_model
from tenfold.preference.hub_overrefusal import HubPreference, HubStudentConfig, train_hub_students
from tenfold.preference.hub_pools import draw_pools, read_tests
from tenfold.preference.hub_refusals import refusal_metrics
from tenfold.preference.hub_student_config import BENCHMARKS
from tenfold.preference.hub_training import Steps, fine_tuned
from tenfold.preference.safety_data import Prompt
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
    guard = LlamaForSequenceClassification(
        tiny(id2label={0: "fine", 1: "harm"}, label2id={"fine": 0, "harm": 1})
    )
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
    write_csv(
        folder / "long.csv",
        ["prompt", "category"],
        [[f"how to {look} {thing} to {thing}", "x"] for look in LOOKS for thing in PROGRAMS[:6]],
    )
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
        text = self.rule(message.content)
        finish = self.finish
        return Reply(
            text=text,
            model=self.name,
            input_tokens=None,
            output_tokens=None,
            cost=None,
            seconds=0,
            finish=finish,
        )


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
    stub = Stub(rule) if callable(rule) else rule
    monkeypatch.setattr(hub_generators, "chat_model", lambda recording: stub)
    (result,) = train_hub_students([config.to_json()])
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


def test_recorded_answers_of_a_chat_model_give_the_same_run(monkeypatch, files, tmp_path):
    path = str(tmp_path / "answers.jsonl")
    config = settings(files, steps=2, recordings=path, tests=("xstest",))
    live = run(monkeypatch, Recording(Stub(by_intent), path), config)
    monkeypatch.setattr(hub_generators, "chat_model", chat_model)
    monkeypatch.setenv("TENFOLD_CHAT", "recorded")
    hub_completions.teacher_completions.cache_clear()
    hub_overrefusal._first_stage.cache_clear()
    assert train_hub_students([config.to_json()])[0]["metrics"] == live


def test_teacher_is_asked_for_training_prompts_only_with_a_seed_for_each_completion(monkeypatch, files):
    stub = Stub(by_intent)
    run(monkeypatch, stub, settings(files, PAIRS, steps=1))
    texts = [request.messages[0].content for request in stub.requests]
    tests = asked(LOOKS, PROGRAMS[:6]) + asked(LOOKS, PEOPLE[:5])
    assert not set(texts) & set(tests)
    assert len(texts) == 30 + 8 + 2 * (10 + 4)
    assert {(request.temperature, request.max_tokens) for request in stub.requests} == {(1.0, 16)}
    assert len({(text, r.seed) for text, r in zip(texts, stub.requests, strict=True)}) == len(texts)


def test_model_as_teacher_equal_seeds_equal_runs_and_no_answer_uncounted(files):
    teacher = files["student"].replace("student", "teacher")
    base = {"steps": 4, "teacher": teacher, "tests": ("or-bench",), "max_completion": 36}
    configs = [settings(files, PAIRS if seed else None, **base | {"seed": seed}) for seed in (0, 0, 1)]
    results = []
    for config in configs:
        hub_overrefusal._first_stage.cache_clear()
        hub_completions.teacher_completions.cache_clear()
        results.append(train_hub_students([config.to_json()])[0]["metrics"])
    first, again, other = results
    assert first == again
    assert first != {name: other[name] for name in first}
    assert first["general_answers"] + first["toxic_answers"] + first["unusable"] == 30 + 8
    assert 0 < first["unusable"] < 38  # it answers at random, and seldom ends


def test_runs_that_differ_in_the_preference_stage_share_the_first(monkeypatch, files):
    stub = Stub(by_intent)
    strict = {"guard": files["student"].replace("student", "guard"), "unsafe_labels": ("harm",)}
    config = settings(files, replace(PAIRS, tau=0.5), **strict)
    metrics = run(monkeypatch, stub, config)
    asked_for = len(stub.requests)
    # The guard finds every answer here .8 safe.
    contained = run(monkeypatch, stub, replace(config, preference=replace(PAIRS, tau=0.85)))
    assert len(stub.requests) == asked_for
    assert metrics["usefulness_pairs"] > 5
    assert contained["usefulness_pairs"] == contained["safety_pairs"] == 0
    of_first = {name: value for name, value in metrics.items() if not name.startswith("after")}
    assert of_first.items() - contained.items() == {("usefulness_pairs", metrics["usefulness_pairs"])}
    before = {name[7:]: value for name, value in contained.items() if name.startswith("before")}
    assert before == {name[6:]: value for name, value in contained.items() if name.startswith("after")}


def test_pairs_choose_the_teachers_better_answer_by_refusal_and_guard(monkeypatch, files):
    """Students and teacher as rules, so that the pairs can be written down."""
    faults = {
        "a": REFUSAL,
        "b": f"{ANSWER} b",
        "c": f"{ANSWER} danger",
        "d": REFUSAL,
        "e": f"{ANSWER} danger",
    }
    monkeypatch.setattr(
        hub_pairs,
        "model_generator",
        lambda *_, **__: lambda prompts, _: [Answer(faults[p], True) for p in prompts],
    )
    guard = {"guard": files["student"].replace("student", "guard"), "unsafe_labels": ("harm",)}
    config = settings(files, replace(PAIRS, tau=0.5), **guard)
    _, tokenizer = load_model(files["student"], None)
    good, bad = f"{ANSWER} thing1", f"{ANSWER} danger"
    theirs = {
        # d: what the teacher answers is less safe than tau
        "usefulness": (("a", "b", "d"), ((REFUSAL, bad, good), (good,), (bad,))),
        # c: no refusal to choose
        "safety": (("b", "c", "d", "e"), ((REFUSAL,), (good,), (REFUSAL,), (good, REFUSAL))),
    }
    pairs, unusable = hub_pairs.made_pairs(None, tokenizer, config, config.preference, theirs)
    assert unusable == 0
    assert [(pair.prompt, pair.chosen, pair.rejected, pair.teaches) for pair in pairs] == [
        ("a", good, REFUSAL, "usefulness"),
        ("e", REFUSAL, bad, "safety"),
    ]
    # Without a guard every answer to a toxic prompt counts as unsafe, and nothing contains.
    config = settings(files, PAIRS)
    faults["d"] = f"{REFUSAL} " * 3  # longer than max_completion
    pairs, unusable = hub_pairs.made_pairs(None, tokenizer, config, PAIRS, theirs)
    assert unusable == 2 * PAIRS.student_completions  # d stands in both pools
    assert [(pair.prompt, pair.chosen, pair.rejected) for pair in pairs] == [
        ("a", bad, REFUSAL),
        ("b", REFUSAL, f"{ANSWER} b"),
        ("e", REFUSAL, bad),
    ]


def test_guard_selects_the_safest_answer_and_only_answers_are_learned(monkeypatch, files):
    learned = []
    monkeypatch.setattr(
        hub_overrefusal, "fine_tuned", lambda model, _, columns, __: learned.append(columns) or model
    )
    stub = Stub(lambda prompt: answer_all(prompt) if len(stub.requests) % 2 else f"{ANSWER} danger")
    guard = {"guard": files["student"].replace("student", "guard"), "unsafe_labels": ("harm",)}
    # one request at a time, so that of two answers to a prompt one is dangerous: 31 is odd
    monkeypatch.setattr(
        hub_generators, "complete_many", lambda model, requests, **_: [model.complete(r) for r in requests]
    )
    run(monkeypatch, stub, settings(files, selection="guard", general_size=31, added=0, **guard))
    (columns,) = learned
    assert len(columns["labels"]) == 31
    for tokens, labels in zip(columns["input_ids"], columns["labels"], strict=True):
        how, to, _, thing = tokens[:4]
        assert (how, to) == (WORDS.index("how"), WORDS.index("to"))
        answer = [*map(WORDS.index, ANSWER.split()), thing, END]
        assert (tokens[4:], labels) == (answer, [-100] * 4 + answer)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_fine_tuning_follows_the_mean_loss_of_the_labels(files):
    """Two steps against AdamW written out; all examples in each, so that their order does not matter."""
    model, tokenizer = load_model(files["student"], None)
    columns = {"input_ids": [[3, 4, 6, 20, 21, END], [3, 4, 30, END]], "labels": []}
    columns["labels"] = [[-100] * 3 + columns["input_ids"][0][3:], [-100] * 2 + columns["input_ids"][1][2:]]
    trained = fine_tuned(model, tokenizer, columns, Steps(lr=1e-2, steps=2, batch=2, micro_batch=1, seed=0))
    expected = copy.deepcopy(model).train()
    optimizer = torch.optim.AdamW(expected.parameters(), lr=1e-2, weight_decay=0)
    for lr in (1e-2, 5e-3):  # the cosine
        optimizer.param_groups[0]["lr"] = lr
        losses = []
        for tokens, labels in zip(*columns.values(), strict=True):
            logits = expected(torch.tensor([tokens])).logits[0].log_softmax(-1)
            losses += [-logits[t - 1, label] for t, label in enumerate(labels) if label >= 0]
        optimizer.zero_grad()
        torch.stack(losses).mean().backward()
        torch.nn.utils.clip_grad_norm_(expected.parameters(), 1.0)
        optimizer.step()
    for (name, ours), theirs in zip(trained.named_parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, msg=name)
    assert not torch.equal(trained.lm_head.weight, model.lm_head.weight)


def test_guard_is_certain_as_its_unsafe_labels_say(files):
    name = files["student"].replace("student", "guard")
    guard = load_guard(name, None, ["harm"])
    assert guard.safety(["how to"] * 2, [f"{ANSWER} danger", "danger thing1"]) == pytest.approx(
        [0.1, 0.8], abs=1e-4
    )
    guard.model.config.problem_type = "multi_label_classification"
    try:
        # by itself, the label's odds are 9 to 1, where the other one is at even odds
        assert guard.safety(["how"], ["danger"]) == pytest.approx([0.1], abs=1e-4)
        both = replace(guard, unsafe=(0, 1))
        assert both.safety(["how"], ["thing1"]) == pytest.approx([0.5], abs=1e-4)
    finally:
        guard.model.config.problem_type = None
    assert guard.safety([], []) == []
    assert guard.reads("how " * 40, "to " * 8)
    assert not guard.reads("how " * 40, "to " * 9)
    with pytest.raises(ValueError, match=r"unsafe_labels has 'UNSAFE'; allowed with .*: fine, harm"):
        load_guard(name, None, ["UNSAFE"])


def test_rates_of_refusal_are_counted_by_benchmark_and_corrected(monkeypatch):
    monkeypatch.setattr(
        hub_refusals, "detector_counts", lambda: {"sensitivity": (9, 10), "specificity": (8, 10)}
    )
    prompts = [
        Prompt("p", "c", harmful, source) for source in ("xstest", "or-bench") for harmful in (False, True)
    ]
    answers = [ANSWER, REFUSAL, f"{ANSWER} thing1", ANSWER]
    metrics = refusal_metrics(prompts * 4, [*answers * 3, REFUSAL, *answers[1:]], seed=0)
    found = {name: value for name, value in metrics.items() if not name.endswith(("low", "high"))}
    corrected = (0.25 + 0.8 - 1) / (0.9 + 0.8 - 1)
    assert found == pytest.approx(
        {
            "xstest_overrefusal": 1 / 4,
            "xstest_usefulness": 3 / 4,
            "xstest_usefulness_corrected": 1 - corrected,
            "xstest_safety": 1,
            "xstest_safety_corrected": 1,
            "xstest_f1": 2 * 0.75 / 1.75,
            "xstest_f1_corrected": 2 * (1 - corrected) / (2 - corrected),
            "or_bench_overrefusal": 0,
            "or_bench_usefulness": 1,
            "or_bench_usefulness_corrected": 1,
            "or_bench_safety": 0,
            "or_bench_safety_corrected": 0,
            "or_bench_f1": 0,
            "or_bench_f1_corrected": 0,
        }
    )
    assert 0 < metrics["xstest_usefulness_low"] < 1 - corrected < metrics["xstest_usefulness_high"] <= 1


def test_pools_are_drawn_by_the_seed_and_grow_from_their_beginning(files):
    _, tokenizer = load_model(files["student"], None)

    def pools(**others):
        config = settings(files, PAIRS, **others)
        return draw_pools(config, read_tests(config, tokenizer), tokenizer)

    few, more, other = pools(added=3), pools(added=9), pools(added=3, seed=1)
    assert (few.general, few.borderline) == (more.general, more.borderline)
    assert more.toxic[:3] == few.toxic != other.toxic
    assert not set(more.toxic) & set(more.harmful)
    assert set(few.general) <= set(asked(VERBS, THINGS))
    shipped = pools(toxic_data="shipped", added=400, max_prompt=40)
    assert set(shipped.toxic + shipped.harmful) <= {
        prompt.text for prompt in shipped_prompts() if prompt.harmful
    }
    with pytest.raises(
        ValueError, match=r"added and harmful_size is 15, but the data holds 14 .* at most 14"
    ):
        pools(added=11)
    with pytest.raises(
        ValueError, match=r"borderline_size is 10, but the data holds 0 within .* and 12 longer ones"
    ):
        pools(max_prompt=4, borderline_data=files["borderline_data"].replace("80k", "long"))


def test_benchmarks_are_whole_or_as_many_as_asked_for(files):
    _, tokenizer = load_model(files["student"], None)
    whole = read_tests(settings(files), tokenizer)
    assert len(whole) == 8 + 6 + 4 + 4
    some, others = (read_tests(settings(files, test_size=2, seed=seed), tokenizer) for seed in (0, 1))
    assert [(p.source, p.harmful) for p in some[::2]] == [(s, h) for s in BENCHMARKS for h in (False, True)]
    assert set(some) < set(whole)
    assert some != others
    with pytest.raises(ValueError, match="test_size is 5; or-bench has 4 harmless prompts"):
        read_tests(settings(files, test_size=5), tokenizer)
    with pytest.raises(ValueError, match="max_prompt is 3; allowed with xstest: 4 or more"):
        read_tests(settings(files, max_prompt=3), tokenizer)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("xstest_data", "tenfold fetch xstest"),
        ("hard_data", "tenfold fetch or-bench"),
        ("harmful_data", "tenfold fetch or-bench"),
        ("borderline_data", "tenfold fetch or-bench"),
    ],
)
def test_what_was_not_fetched_is_named_with_the_command(name, command, monkeypatch, files, tmp_path):
    (tmp_path / "data" / "claims").mkdir(parents=True)
    monkeypatch.setenv("TENFOLD_ROOT", str(tmp_path))
    stub = Stub(refuse_all)
    with pytest.raises(ExternalDataError, match=command):
        run(monkeypatch, stub, settings(files, PAIRS, **{name: None}))
    assert stub.requests == []


def test_malformed_files_are_refused_before_anybody_is_asked(monkeypatch, files, tmp_path):
    stub = Stub(refuse_all)
    rows = tmp_path / "rows.json"
    for content, message in {
        '[{"instruction": "how to"}, {"instruction": " "}]': "row 2: instruction is blank",
        '[{"prompt": "how to"}]': "row 1: there is no column instruction; there is: prompt",
        '{"instruction": "how to"}': "holds a dict; allowed: an array of rows",
        '[{"instruction"': "rows.json: Expecting",
    }.items():
        rows.write_text(content)
        with pytest.raises(ValueError, match=message):
            run(monkeypatch, stub, settings(files, general_data=str(rows)))
    broken = write_csv(tmp_path / "xstest.csv", ["id", "prompt", "type", "label"], [[1, "how", "t", "maybe"]])
    with pytest.raises(DataFormatError, match=r"row 1 .* column label: is 'maybe'; allowed: safe, unsafe"):
        run(monkeypatch, stub, settings(files, xstest_data=broken))
    with pytest.raises(ValueError, match=r"max_prompt \+ max_completion is 49; allowed: at most 48"):
        run(monkeypatch, stub, settings(files, max_completion=41))
    with pytest.raises(OSError, match="nowhere"):
        run(monkeypatch, stub, settings(files, guard=str(tmp_path / "nowhere"), unsafe_labels=("harm",)))
    assert stub.requests == []


def test_teachers_that_are_another_one_or_never_end_are_refused(monkeypatch, files):
    with pytest.raises(ValueError, match="teacher is 'chat:other'; allowed: chat:stub"):
        run(monkeypatch, refuse_all, settings(files, teacher="chat:other"))
    with pytest.raises(ValueError, match="'chat:stub' gave no whole answer within max_completion, 16 tokens"):
        run(monkeypatch, Stub(refuse_all, finish="length"), settings(files))
    with pytest.raises(ValueError, match="gave no whole answer within max_completion, 4 tokens"):
        run(monkeypatch, answer_all, settings(files, max_completion=4))


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"teacher": "chat"}, "teacher is 'chat'; allowed: chat:NAME"),
        (
            {"teacher": "folder", "recordings": "a.jsonl"},
            "recordings is 'a.jsonl'; allowed for teacher 'folder': None",
        ),
        ({"teacher_revision": "abc"}, "teacher_revision is 'abc'; allowed for teacher 'chat:stub': None"),
        ({"selection": "best"}, "selection is 'best'; allowed: random, guard"),
        ({"selection": "guard"}, "selection is 'guard' and guard is None"),
        ({"guard": "folder"}, "guard is 'folder', unsafe_labels \\(\\); allowed: both or neither"),
        ({"unsafe_labels": ("harm",)}, "guard is None, unsafe_labels .'harm',.; allowed: both or neither"),
        ({"preference": HubPreference(tau=0.1)}, "tau is 0.1 and guard is None"),
        (
            {"tests": ("harmbench",)},
            "tests is .'harmbench',.; allowed: one or more of .'xstest', 'or-bench'.",
        ),
        ({"tests": ()}, "tests is "),
        ({"test_size": 0}, "test_size is 0; allowed: a whole number, 1 or more"),
        ({"added": -1}, "added is -1; allowed: a whole number, 0 or more"),
        ({"micro_batch": 3}, "micro_batch is 3; allowed: a divisor of batch, 8"),
        ({"lr": 0.0}, "lr is 0.0; allowed: a finite number above 0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_settings_that_do_not_fit_are_refused(others, message, files):
    with pytest.raises(ValueError, match=message):
        settings(files, **others)


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"tau": 1.5}, "tau is 1.5; allowed: 0 to 1"),
        ({"loss": "sigmoid"}, "loss is 'sigmoid'; allowed: dpo"),
        ({"borderline_size": 0}, "borderline_size is 0; allowed: a whole number, 1 or more"),
        ({"harmful_size": -1}, "harmful_size is -1; allowed: a whole number, 0 or more"),
    ],
    ids=["tau", "loss", "borderline_size", "harmful_size"],
)
def test_preference_stages_that_do_not_fit_are_refused(others, message):
    with pytest.raises(ValueError, match=message):
        HubPreference(**others)


def test_configuration_survives_json(files):
    guard = {"guard": "g", "unsafe_labels": ("a", "b"), "tests": ("xstest",)}
    config = settings(files, HubPreference(tau=0.5, loss_arguments={"epsilon": 0.1}), **guard)
    assert json.loads(json.dumps(config.to_json())) == config.to_json()
    assert HubStudentConfig.from_json(config.to_json()) == config
    with pytest.raises(TypeError, match=r"tests is \['xstest'\]; allowed: a tuple"):
        settings(files, tests=["xstest"])
    with pytest.raises(TypeError, match="speed"):
        HubStudentConfig.from_json(config.to_json() | {"speed": 1})
