"""The harness on a tiny stand-in and items made by rule, against likelihoods worked out token by token."""

import ast
import inspect
import json
from dataclasses import asdict

import datasets
import huggingface_hub
import lm_eval.evaluator
import pytest
import torch
import yaml
from lm_eval.tasks import TaskManager
from transformers import LlamaConfig, LlamaForCausalLM

from tenfold.lm import harness
from tenfold.lm.benchmarks import BENCHMARKS, CHECKPOINTS, NOT_RUN, Benchmark
from tenfold.lm.harness import (
    BenchmarkConfig,
    Item,
    NotAvailable,
    Score,
    evaluate_benchmarks,
    local_task,
    recorded_score,
    run_benchmarks,
)
from tenfold.lm.tokenizer import byte_tokenizer
from tenfold.paths import project_root

NUMBERS = ("one", "two", "three", "four", "five", "six", "seventeen")
ITEMS = [
    Item(f"After {word} comes", (*NUMBERS[place + 1 : place + 3], f"{word} again and again"), place % 3)
    for place, word in enumerate(NUMBERS[:-2])
] + [Item(f"Before {word} comes", tuple(NUMBERS[:4]), place % 4) for place, word in enumerate(NUMBERS[1:])]
EXAMPLES = [Item("After nine comes", ("ten", "nil"), 0), Item("After zero comes", ("two", "one"), 1)]
SHOWN = "After nine comes ten\n\nAfter zero comes one\n\n"


@pytest.fixture(autouse=True)
def _no_list_of_packages(monkeypatch):
    """The harness lists every installed package after each evaluation, which takes seconds."""
    monkeypatch.setattr(lm_eval.evaluator, "add_env_info", lambda results: None)


@pytest.fixture(scope="module")
def stand_in():
    torch.manual_seed(0)
    tokenizer = byte_tokenizer()
    tokenizer.eos_token = tokenizer.convert_ids_to_tokens(0)
    config = LlamaConfig(
        vocab_size=256,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=256,
        initializer_range=0.3,
    )
    return LlamaForCausalLM(config).eval(), tokenizer


def log_likelihood(model, prompt, answer):
    """Sum over the answer's bytes, each given everything before it, one forward pass a byte."""
    text, total = list(prompt.encode()), 0.0
    for byte in answer.encode():
        with torch.no_grad():
            total += model(torch.tensor([text])).logits[0, -1].log_softmax(-1)[byte].item()
        text.append(byte)
    return total


def share_right(model, items, shown, *, per_character):
    right = 0
    for item in items:
        scores = [
            log_likelihood(model, shown + item.question, f" {choice}") / (len(choice) if per_character else 1)
            for choice in item.choices
        ]
        right += scores.index(max(scores)) == item.answer
    return 100 * right / len(items)


def test_scores_are_those_of_likelihoods_worked_out_token_by_token(stand_in):
    model, tokenizer = stand_in
    expected, cases = {}, []
    for shots, shown in ((0, ""), (2, SHOWN)):
        for metric in ("acc", "acc_norm"):
            name = f"{metric}, {shots} shots"
            cases.append(Benchmark(name, local_task("numbers", ITEMS, EXAMPLES), shots, metric, "texts"))
            expected[name] = share_right(model, ITEMS, shown, per_character=metric == "acc_norm")
    scores = evaluate_benchmarks(model, tokenizer, cases, limit=None, batch=4)
    assert {name: score.value for name, score in scores.items()} == pytest.approx(expected)
    assert {score.items for score in scores.values()} == {len(ITEMS)}
    assert len(set(expected.values())) > 2  # shots and metric matter


def test_items_of_a_tag_count_alike_and_the_limit_is_for_each_task(stand_in, tmp_path, monkeypatch):
    model, tokenizer = stand_in
    for name, items in (("first", ITEMS), ("second", ITEMS[:2])):
        data = tmp_path / f"{name}.jsonl"
        data.write_text("".join(json.dumps(asdict(item)) + "\n" for item in items))
        task = local_task(name, ITEMS) | {
            "tag": "both",
            "dataset_path": "json",
            "dataset_kwargs": {"data_files": {"test": str(data)}},
        }
        del task["custom_dataset"]
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(task))
    manager = TaskManager(include_path=str(tmp_path), include_defaults=False)
    monkeypatch.setattr(harness, "_task_manager", lambda *, shipped: manager)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    both = Benchmark("both", "both", 0, "acc", "texts")
    score = evaluate_benchmarks(model, tokenizer, [both], limit=3, batch=4)["both"]
    assert score.items == 3 + 2
    by_hand = share_right(model, [*ITEMS[:3], *ITEMS[:2]], "", per_character=False)
    assert score.value == pytest.approx(by_hand)


def test_a_run_from_a_folder_is_the_evaluation_of_its_model(stand_in, tmp_path, monkeypatch):
    model, tokenizer = stand_in
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    case = Benchmark("MMLU", local_task("numbers", ITEMS, EXAMPLES), 1, "acc", "texts")
    monkeypatch.setitem(BENCHMARKS, "MMLU", case)
    config = BenchmarkConfig(model=str(tmp_path), revision=None, benchmarks=("MMLU",), limit=4, batch=2)
    [result] = run_benchmarks([config.to_json()])
    direct = evaluate_benchmarks(model, tokenizer, [case], limit=4, batch=2)["MMLU"]
    assert recorded_score(result["metrics"], "MMLU") == direct
    assert direct.items == 4


def test_a_score_s_interval_by_hand():
    estimate = Score(80.0, 2.0, 400).estimate(0.95)
    assert (estimate.low, estimate.high) == pytest.approx((76.08, 83.92), abs=0.005)
    assert estimate.n == 400
    assert Score(99.0, 2.0, 30).estimate(0.95).high == 100


def test_the_standard_error_is_that_of_a_mean(stand_in):
    model, tokenizer = stand_in
    case = Benchmark("numbers", local_task("numbers", ITEMS), 0, "acc", "texts")
    score = evaluate_benchmarks(model, tokenizer, [case], limit=None, batch=8)["numbers"]
    p = score.value / 100
    assert score.error == pytest.approx(100 * (p * (1 - p) / (len(ITEMS) - 1)) ** 0.5)
    assert 0 < p < 1


def test_the_tables_name_every_task_of_the_report_once():
    rows = (project_root() / "data/reported/phi3_benchmarks.csv").read_text().splitlines()[1:21]
    assert sorted([*BENCHMARKS, *NOT_RUN]) == sorted(row.split(",")[0] for row in rows)
    shots = {row.split(",")[0]: row.split(",")[1] for row in rows}
    differ = [name for name, benchmark in BENCHMARKS.items() if str(benchmark.shots) != shots[name]]
    assert differ == ["TruthfulQA"]
    assert all(len(checkpoint.revision) == 40 for checkpoint in CHECKPOINTS.values())


def test_the_harness_has_the_tasks_and_says_which_it_lacks(stand_in):
    known = harness._task_manager(shipped=True).all_tasks
    assert [b.task for b in BENCHMARKS.values() if b.task not in known] == []
    unknown = Benchmark("Trivia", "no_such_task", 0, "acc", "texts")
    with pytest.raises(ValueError, match=r"task of Trivia is 'no_such_task'; allowed: .*local_task"):
        evaluate_benchmarks(*stand_in, [unknown], limit=1, batch=1)


def test_data_that_cannot_be_had_are_named_with_the_remedy(stand_in, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    task = local_task("far", ITEMS) | {"dataset_path": "nobody/nothing"}
    del task["custom_dataset"]
    with pytest.raises(NotAvailable, match=r"the data of Far.*cannot be had: .*HF_HOME"):
        evaluate_benchmarks(*stand_in, [Benchmark("Far", task, 0, "acc", "texts")], limit=1, batch=1)


def test_a_model_that_cannot_be_had_is_named_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    for model in (str(tmp_path / "none"), "nobody/nothing"):
        config = BenchmarkConfig(model=model, revision=None, benchmarks=("MMLU",)).to_json()
        with pytest.raises(NotAvailable, match=r"cannot be had: .*give the folder of a model, or a hub id"):
            run_benchmarks([config])


def test_the_harness_is_imported_when_it_is_used():
    at_import = [
        name
        for statement in ast.parse(inspect.getsource(harness)).body
        if isinstance(statement, ast.Import | ast.ImportFrom)
        for name in (getattr(statement, "module", None), *(alias.name for alias in statement.names))
    ]
    assert "transformers" in at_import
    assert not [name for name in at_import if name and name.startswith(("lm_eval", "datasets"))]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: BenchmarkConfig("m", None, benchmarks=("MMLU", "Sums")),
            "benchmarks has 'Sums'; allowed: MMLU",
        ),
        (lambda: BenchmarkConfig("m", None, benchmarks=()), "benchmarks has 'no name'"),
        (lambda: BenchmarkConfig("m", None, limit=0), "limit is 0; allowed: a positive whole number"),
        (lambda: BenchmarkConfig("m", None, batch=True), "batch is True"),
        (lambda: Item("q", ("a", "b"), 2), "answer is 2 in 'q'; allowed: 0 to 1"),
    ],
)
def test_impossible_requests_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
