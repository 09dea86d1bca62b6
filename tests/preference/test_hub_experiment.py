"""Training and measuring a published model: tiny models and data sets in a folder stand in for the hub's."""

import gzip
import hashlib
import json
import socket
import sys
import warnings
from itertools import product
from types import SimpleNamespace

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from torch.nn.functional import softmax
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    PreTrainedTokenizerFast,
)

from tenfold.preference import hub_data
from tenfold.preference.hub_answers import judge_logits, sample_answers, token_kl
from tenfold.preference.hub_data import hh_prompt, prompt_tokens, read_data, safe_rlhf_pair
from tenfold.preference.hub_experiment import HubConfig, train_hub_models
from tenfold.preference.hub_models import load_judge, load_model

WORDS = ("<pad>", "<end>", "<unk>", "good", "bad", "tea", "rain", "sea", "cup", "Human", "Assistant", ":")
PAD, END, GOOD, BAD = 0, 1, 3, 4
THINGS = WORDS[5:9]
TEMPLATE = "{% for turn in messages %}{{ turn.role }} : {{ turn.content }} {% endfor %}"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("the run asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def tokenizer():
    words = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="<end>", unk_token="<unk>"
    )


def config(**settings):
    sizes = {"vocab_size": len(WORDS), "hidden_size": 8, "intermediate_size": 16, "num_attention_heads": 2}
    tokens = {"pad_token_id": PAD, "eos_token_id": END, "bos_token_id": None}
    return LlamaConfig(
        **sizes, **tokens, num_hidden_layers=1, max_position_embeddings=32, initializer_range=0.3, **settings
    )


def judge_of_last_word():
    """Scores 1 for a text that ends in "good", -1 for one that ends in "bad", 0 for every other word."""
    judge = LlamaForSequenceClassification(config(num_labels=1))
    with torch.no_grad():
        for parameter in judge.model.layers.parameters():
            parameter.zero_()
        for embedding in (judge.model.embed_tokens.weight, judge.score.weight):
            embedding.zero_()
        judge.model.embed_tokens.weight[:, 1] = 1
        judge.model.embed_tokens.weight[[GOOD, BAD]] = torch.eye(8)[:1] * torch.tensor([[1.0], [-1.0]])
        judge.score.weight[0, 0] = 8**-0.5  # the norm makes a unit vector sqrt(8) long
    return judge


def pair_rows(better):
    """Rows in which the response that ends in "good" is at place `better`."""
    return [
        {
            "prompt": f"{a} {b}",
            f"response_{better}": f"{a} good",
            f"response_{1 - better}": f"{b} bad",
            "better_response_id": better,
        }
        for a, b in product(THINGS, repeat=2)
    ]


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Folders and files of a model, a judge, pairs and prompts, by name."""
    folder = tmp_path_factory.mktemp("hub")
    torch.manual_seed(1)
    for name, model in {"model": LlamaForCausalLM(config()), "judge": judge_of_last_word()}.items():
        model.save_pretrained(folder / name)
        tokenizer().save_pretrained(folder / name)
    transcripts = [
        {"chosen": f"\n\nHuman: {a} {b} {c}\n\nAssistant: no\n\nHuman: {b}\n\nAssistant: yes", "rejected": ""}
        for a, b, c in product(THINGS, repeat=3)
    ]
    write(folder / "pairs.jsonl", pair_rows(0) + pair_rows(1))
    write(folder / "prompts.jsonl.gz", transcripts)
    return SimpleNamespace(
        model=str(folder / "model"),
        judge=str(folder / "judge"),
        pairs_data=str(folder / "pairs.jsonl"),
        prompts_data=str(folder / "prompts.jsonl.gz"),
    )


def write(path, rows):
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def settings(hub, **others):
    return HubConfig(
        **{
            **{"loss": "dpo", "beta": 0.1, "lr": 1e-2, "seed": 0, "pairs": 32, "steps": 20, "batch": 8},
            **{"micro_batch": 4, "max_prompt": 8, "max_completion": 6, "test_prompts": 64},
            **vars(hub),
            **others,
        }
    ).to_json()


def run(hub, **others):
    (result,) = train_hub_models([settings(hub, **others)])
    assert result["curve"] == []
    return result["metrics"]


def test_a_model_trained_towards_what_the_judge_likes_gains(hub):
    metrics = run(hub)
    assert 0.3 < metrics["shifted_gain"] < metrics["shifted_score"] + 1 <= 2
    assert metrics["shifted_win"] > 0.6
    assert metrics["shifted_kl"] > 0.5
    assert metrics["shifted_kl_per_token"] * metrics["shifted_length"] == pytest.approx(metrics["shifted_kl"])
    assert 1 <= metrics["shifted_length"] <= 6
    assert 0 <= metrics["shifted_unended"] < 1
    assert metrics["long_pairs"] == metrics["long_prompts"] == 0


def test_a_model_trained_towards_what_the_judge_dislikes_loses(hub, tmp_path):
    flipped = [row | {"better_response_id": 1 - row["better_response_id"]} for row in pair_rows(0)]
    metrics = run(hub, pairs_data=str(write(tmp_path / "flipped.jsonl", flipped)), pairs=16, steps=40)
    assert metrics["shifted_gain"] < -0.3
    assert metrics["shifted_win"] < 0.4


def test_a_model_that_does_not_move_stays_at_distance_zero(hub):
    metrics = run(hub, lr=1e-12, steps=1)
    assert abs(metrics["shifted_kl"]) < 1e-6
    longer = run(hub, lr=1e-12, steps=3)
    assert longer == metrics | {name: longer[name] for name in ("shifted_kl", "shifted_kl_per_token")}


def test_equal_seeds_give_equal_runs_and_others_different_ones(hub):
    first, again, other = (
        result["metrics"]
        for result in train_hub_models([settings(hub, seed=seed, steps=4) for seed in (0, 0, 1)])
    )
    assert first == again
    assert first != other


def test_smaller_parts_of_a_batch_train_alike(hub):
    whole, parts = (run(hub, micro_batch=size, steps=5) for size in (8, 2))
    assert whole == pytest.approx(parts, abs=1e-4)


@pytest.mark.parametrize("loss", ["ln_dpo", "simpo"])
def test_losses_with_and_without_reference_train(loss, hub):
    arguments = {"gamma": 0.5} if loss == "simpo" else {}
    assert run(hub, loss=loss, beta=2.0, arguments=arguments)["shifted_gain"] > 0.25


def test_drawn_answers_end_with_their_first_end_and_follow_the_models_probabilities(hub):
    model, _ = load_model(hub.model, None)
    prompts = [[5], [5, 6, 7]] * 1500
    answers = sample_answers(model, prompts, ends=[END], longest=3, temperature=1.0, seed=0, batch=500)
    assert all(answer[-1] == END or len(answer) == 3 for answer in answers)
    assert not any(END in answer[:-1] for answer in answers)
    for place, prompt in enumerate(prompts[:2]):
        expected = softmax(model(torch.tensor([prompt])).logits[0, -1].detach(), -1)
        first = torch.tensor([answer[0] for answer in answers[place::2]])
        shares = first.bincount(minlength=len(WORDS)) / len(first)
        # 0.06 is 4.6 standard errors of a share of a half of 1500
        torch.testing.assert_close(shares, expected, atol=0.06, rtol=0)


@pytest.mark.parametrize("chunk", [1, 30, 2**20])
def test_distance_is_the_sum_over_tokens_of_the_exact_divergence(chunk, hub):
    policy, _ = load_model(hub.model, None)
    torch.manual_seed(2)
    reference = LlamaForCausalLM(config()).eval()
    prompts, answers = [[5], [6, 7, 8], [8, 8]], [[3, 4, END], [END], [5, 6, 7, 8]]
    expected = []
    for prompt, answer in zip(prompts, answers, strict=True):
        total = 0.0
        for end in range(len(prompt), len(prompt) + len(answer)):
            context = torch.tensor([[*prompt, *answer][:end]])
            p, q = (
                softmax(model(context).logits[0, -1].detach().double(), -1) for model in (policy, reference)
            )
            total += (p * (p / q).log()).sum().item()
        expected.append(total)
    kl = token_kl(policy, reference, prompts, answers, batch=2, chunk=chunk)
    assert kl.tolist() == pytest.approx(expected, rel=1e-4)
    assert token_kl(policy, policy, prompts, answers, batch=2).tolist() == [0, 0, 0]


def test_judge_scores_each_answer_whatever_is_scored_beside_it(hub):
    judge, words = load_judge(hub.judge, None)
    answers = ["tea good", "bad", "", "bad good bad", "good cup"]
    scores = judge_logits(judge, words, ["rain"] * 4 + ["tea rain sea tea"], answers, batch=3)
    assert scores[:, 0].tolist() == pytest.approx([1, -1, 0, -1, 0], abs=1e-5)


def test_judge_with_a_chat_template_gets_a_dialogue(hub):
    judge, words = load_judge(hub.judge, None)
    words.chat_template = TEMPLATE.replace(" {% endfor", " bad{% endfor")
    try:
        assert judge_logits(judge, words, ["tea"], ["good"], batch=1).item() == pytest.approx(-1, abs=1e-5)
    finally:
        words.chat_template = None


def test_prompt_stands_in_the_chat_template_where_there_is_one():
    words = tokenizer()
    assert prompt_tokens(words, "tea good") == [5, GOOD]
    words.chat_template = "{{ messages[0].content }}{% if add_generation_prompt %} Assistant :{% endif %}"
    assert prompt_tokens(words, "tea good") == [5, GOOD, 10, 11]


@pytest.mark.parametrize("better", [0, 1])
def test_better_response_is_the_chosen_one(better):
    row = {"prompt": "p", "response_0": "zero", "response_1": "one", "better_response_id": better}
    assert safe_rlhf_pair(row) == [("p", "zero", "one"), ("p", "one", "zero")][better]


def test_test_prompt_is_the_first_human_turn():
    chosen = "\n\nHuman: Is it\n\nraining? \n\nAssistant: No.\n\nHuman: Now?\n\nAssistant: Yes."
    assert hh_prompt({"chosen": chosen, "rejected": ""}) == "Is it\n\nraining?"


def test_longer_pairs_and_prompts_are_left_out_and_counted(hub, tmp_path):
    long = [
        {"prompt": "tea " * 9, "response_0": "a", "response_1": "b", "better_response_id": 0},
        {"prompt": "tea", "response_0": "good " * 5, "response_1": "bad", "better_response_id": 0},
        {"prompt": "tea", "response_0": "good", "response_1": "bad " * 6, "better_response_id": 0},
    ]
    data = write(tmp_path / "pairs.jsonl", long + pair_rows(0)[:1])
    # with its end, an answer of 5 words just fits
    assert run(hub, pairs_data=str(data), pairs=2, steps=1, lr=1e-12)["long_pairs"] <= 2
    with pytest.raises(ValueError, match=r"pairs is 3, but the data holds 2 .* and 2 longer ones"):
        run(hub, pairs_data=str(data), pairs=3)
    with pytest.raises(ValueError, match=r"test_prompts is 65, but the data holds 64 .* allowed: at most 64"):
        run(hub, test_prompts=65)


def test_data_of_the_hub_is_asked_for_by_name_split_and_revision(monkeypatch):
    asked = []

    def load(name, **keywords):
        asked.append((name, keywords))
        return pair_rows(0)[:1]

    monkeypatch.setattr(hub_data, "load_dataset", load)
    rows = read_data("group/pairs", safe_rlhf_pair, split="test", revision="abc")
    assert rows == [("tea tea", "tea good", "tea bad")]
    assert asked == [("group/pairs", {"split": "test", "revision": "abc"})]


def test_a_file_is_refused_unless_it_is_the_one_that_was_named(hub, tmp_path):
    data = write(tmp_path / "pairs.jsonl", pair_rows(1))
    digest = hashlib.sha256(data.read_bytes()).hexdigest()
    assert len(read_data(str(data), safe_rlhf_pair, split="train", revision=digest)) == 16
    data.write_bytes(data.read_bytes() + b"\n")
    with pytest.raises(ValueError, match=f"has SHA-256 .*, revision is {digest}"):
        run(hub, pairs_data=str(data), pairs_revision=digest)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"prompt": "a", "response_0": "b"', "row 2: Expecting"),
        ('["a"]', r"row 2: there is no column prompt; there is: \['a'\]"),
        (
            '{"prompt": "a", "response_0": "b"}',
            "row 2: there is no column response_1; there is: prompt, resp",
        ),
        (
            '{"prompt": "a", "response_0": "b", "response_1": null}',
            "row 2: response_1 is None; allowed: text",
        ),
        (
            '{"prompt": "a", "response_0": "b", "response_1": "c", "better_response_id": 2}',
            "row 2: better_response_id is 2; allowed: 0, 1",
        ),
        (
            '{"prompt": "a", "response_0": "b", "response_1": "c", "better_response_id": true}',
            "row 2: better_response_id is True; allowed: 0, 1",
        ),
    ],
    ids=["json", "no object", "column", "text", "id", "boolean"],
)
def test_malformed_pairs_are_refused_by_row(line, message, hub, tmp_path):
    data = write(tmp_path / "pairs.jsonl", pair_rows(0)[:1])
    data.write_text(data.read_text() + line + "\n")
    with pytest.raises(ValueError, match=message):
        run(hub, pairs_data=str(data))


def test_malformed_transcripts_and_absent_files_are_refused(hub, tmp_path):
    data = write(tmp_path / "prompts.jsonl", [{"chosen": "Human: tea"}])
    with pytest.raises(ValueError, match=r"row 1: chosen starts with 'Human: tea'; allowed: '\\n\\nHuman:'"):
        run(hub, prompts_data=str(data))
    with pytest.raises(FileNotFoundError, match=r"absent\.jsonl is no file"):
        run(hub, prompts_data=str(tmp_path / "absent.jsonl"))


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"loss": "sigmoid"}, "loss is 'sigmoid'; allowed: dpo"),
        ({"beta": 0.0}, "beta is 0.0; allowed: a finite number above 0"),
        ({"lr": float("nan")}, "lr is nan; allowed: a finite number above 0"),
        ({"steps": 0}, "steps is 0; allowed: a positive whole number"),
        ({"pairs": 2.0}, "pairs is 2.0; allowed: a positive whole number"),
        ({"micro_batch": 3}, "micro_batch is 3; allowed: a divisor of batch, 8"),
        ({"max_prompt": 27}, r"max_prompt \+ max_completion is 33; allowed: at most 32"),
    ],
    ids=["loss", "beta", "lr", "steps", "pairs", "micro_batch", "positions"],
)
def test_settings_that_do_not_fit_are_refused(others, message, hub):
    with pytest.raises(ValueError, match=message):
        run(hub, **others)


def test_a_judge_of_several_classes_is_refused(hub, tmp_path):
    LlamaForSequenceClassification(config(num_labels=3)).save_pretrained(tmp_path)
    tokenizer().save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="which gives 3 values; allowed: 1"):
        run(hub, judge=str(tmp_path))


def test_weights_that_are_no_safetensors_are_refused(hub, tmp_path):
    config().save_pretrained(tmp_path)
    tokenizer().save_pretrained(tmp_path)
    torch.save(LlamaForCausalLM(config()).state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(OSError, match="safetensors"):
        run(hub, model=str(tmp_path))


def test_a_run_prints_and_warns_no_path_of_the_machine(hub, capfd):
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        run(hub, steps=1)
    printed = capfd.readouterr()
    assert [str(warning.message) for warning in shown] == []
    assert printed.out == ""
    assert ".py" not in printed.err
    assert sys.prefix not in printed.err
