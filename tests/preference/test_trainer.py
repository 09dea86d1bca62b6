"""Training a tiny model through TRL; TRL's own DPOTrainer is the independent answer."""

import copy
import socket
import subprocess
import sys
from math import log

import pytest
import torch
from datasets import Dataset
from transformers import LlamaConfig, LlamaForCausalLM, MixtralConfig, MixtralForCausalLM
from trl import DPOConfig, DPOTrainer

from tenfold.lm import DecoderConfig
from tenfold.lm.hugging_face import to_hugging_face
from tenfold.lm.tokenizer import byte_tokenizer
from tenfold.preference import LOSSES, REFERENCE_FREE, ln_dpo, model_completion_logprobs, simpo
from tenfold.preference.trainer import PreferenceTrainer

ARGUMENTS = {"simpo": {"gamma": 0.5}, "rdpo": {"alpha": 0.05}, "robust_dpo": {"eps": 0.1}}
BETAS = {"ln_dpo": 5.0, "simpo": 5.0}
END = "~"
WORDS = ("tea", "a cup of tea", "rain", "the sea", "no", "perhaps")
PAIRS = [
    {"prompt": f"{a}, ", "chosen": f"{b} {a}.", "rejected": "!" * (1 + len(a))}
    for a in WORDS
    for b in WORDS
    if a != b
]


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("training asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="module")
def model():
    config = DecoderConfig(16, layers=2, heads=2)
    parameters = torch.randn(config.n_parameters, generator=torch.Generator().manual_seed(1)) * 0.1
    return to_hugging_face(parameters, config)


@pytest.fixture(scope="module")
def tokenizer():
    tokenizer = byte_tokenizer()
    tokenizer.eos_token = tokenizer.pad_token = END
    return tokenizer


@pytest.fixture
def train(model, tokenizer, tmp_path):
    """Train a copy of the model; returns the trainer and what it logged at every step."""

    def run(trainer=PreferenceTrainer, *, start=model, settings=None, data=PAIRS, **keywords):
        args = DPOConfig(
            str(tmp_path),
            **{
                "max_steps": 6,
                "per_device_train_batch_size": 4,
                "learning_rate": 3e-3,
                "logging_steps": 1,
                "report_to": [],
                "save_strategy": "no",
                "use_cpu": True,
                "bf16": False,
                "gradient_checkpointing": False,
                "disable_tqdm": True,
                "dataloader_pin_memory": False,
            }
            | (settings or {}),
        )
        built = trainer(
            copy.deepcopy(start),
            args=args,
            train_dataset=Dataset.from_list(data),
            processing_class=tokenizer,
            **keywords,
        )
        built.train()
        return built, [row for row in built.state.log_history if "logps/chosen" in row]

    return run


def tokens_of(pairs, tokenizer):
    """The pairs as token ids, ended as TRL ends them."""
    ids = {name: [tokenizer(pair[name])["input_ids"] for pair in pairs] for name in pairs[0]}
    return [
        {"prompt_ids": prompt, "chosen_ids": [*chosen, ord(END)], "rejected_ids": [*rejected, ord(END)]}
        for prompt, chosen, rejected in zip(ids["prompt"], ids["chosen"], ids["rejected"], strict=True)
    ]


def losses(history):
    return [row["loss"] for row in history]


@pytest.mark.parametrize("name", LOSSES)
def test_training_raises_the_margin_between_chosen_and_rejected(name, train):
    trainer, history = train(
        loss=name, loss_arguments=ARGUMENTS.get(name), settings={"beta": BETAS.get(name, 0.5)}
    )
    margins = [row["logps/chosen"] / row["lengths/chosen"] for row in history]
    worse = [row["logps/rejected"] / row["lengths/rejected"] for row in history]
    assert margins[-1] - worse[-1] > margins[0] - worse[0]
    assert (trainer.ref_model is None) == (name in REFERENCE_FREE)


def test_fifty_steps_of_dpo_are_those_of_trl(train, model):
    steps = {"max_steps": 50, "beta": 0.3}
    ours, our_history = train(loss="dpo", settings=steps)
    theirs, their_history = train(DPOTrainer, ref_model=copy.deepcopy(model), settings=steps)
    assert len(our_history) == 50
    assert losses(our_history) == pytest.approx(losses(their_history), abs=1e-4)
    assert losses(our_history)[-1] < 0.9 * losses(our_history)[0]
    for name in ("logps/chosen", "logps/rejected", "rewards/margins", "rewards/accuracies"):
        assert [row[name] for row in our_history] == pytest.approx(
            [row[name] for row in their_history], abs=1e-3
        )
    for a, b in zip(ours.model.parameters(), theirs.model.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=0)


def test_equal_seeds_give_equal_runs_and_others_another_order(train):
    runs = [losses(train(loss="ipo", settings={"seed": seed})[1]) for seed in (1, 1, 2)]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_a_function_trains_as_its_name_does(train):
    by_name, by_function = (
        losses(train(loss=loss, settings={"beta": 5.0})[1]) for loss in ("ln_dpo", ln_dpo)
    )
    assert by_name == by_function


def test_a_loss_of_ones_own_gets_the_pairs_of_the_batch(train):
    seen = []

    def own(policy, reference, lengths, *, beta, shift):
        seen.append((policy.shape, reference, lengths.tolist(), beta, shift))
        return (shift - beta * policy[0] / lengths[0]).relu()

    train(
        loss=own,
        loss_arguments={"shift": 2.0},
        reference_free=True,
        data=PAIRS[:1],
        settings={"max_steps": 1, "beta": 0.7, "per_device_train_batch_size": 1},
    )
    # "a cup of tea tea." and "!!!!", each with the token that ends it
    assert seen[-1] == ((2, 1), None, [[18], [5]], 0.7, 2.0)


def test_published_form_of_a_function_of_this_package_is_known(train):
    trainer, _ = train(loss=simpo, loss_arguments={"gamma": 0.5}, settings={"max_steps": 1})
    assert trainer.reference_free
    trainer, _ = train(
        loss="simpo", loss_arguments={"gamma": 0.5}, reference_free=False, settings={"max_steps": 1}
    )
    assert trainer.ref_model is not None


def test_precomputed_reference_log_probabilities_change_nothing(train):
    shared = train(loss="dpo")[1]
    precomputed_trainer, precomputed = train(loss="dpo", settings={"precompute_ref_log_probs": True})
    assert precomputed_trainer.ref_model is None
    assert losses(precomputed) == pytest.approx(losses(shared), abs=1e-5)


def test_token_ids_train_as_their_text_does(train, tokenizer):
    as_text = train(loss="dpo")[1]
    as_tokens = train(loss="dpo", data=tokens_of(PAIRS, tokenizer))[1]
    assert losses(as_tokens) == losses(as_text)


def test_log_probabilities_brought_along_are_the_reference(train, model, tokenizer):
    data = tokens_of(PAIRS, tokenizer)
    for pair in data:
        for side in ("chosen", "rejected"):
            text = torch.tensor([pair["prompt_ids"] + pair[f"{side}_ids"]])
            mask = torch.arange(text.shape[1])[None] >= len(pair["prompt_ids"])
            with torch.no_grad():
                pair[f"ref_{side}_logps"] = model_completion_logprobs(model, text, mask).item()
    settings = {"precompute_ref_log_probs": True}
    own = train(loss="dpo", data=tokens_of(PAIRS, tokenizer))[1]
    assert losses(train(loss="dpo", data=data, settings=settings)[1]) == pytest.approx(losses(own), abs=1e-5)
    easier = [pair | {"ref_rejected_logps": pair["ref_rejected_logps"] + 20} for pair in data]
    # The first loss, where policy and the model's own reference are equal: -log sigmoid(0.1 (0 + 20)).
    first = losses(train(loss="dpo", data=easier, settings=settings)[1])[0]
    assert first == pytest.approx(log(1 + 2.718281828**-2), abs=1e-4)


def test_only_completions_are_scored(train, model, tokenizer):
    pair = tokens_of(PAIRS, tokenizer)[0]
    _, (row,) = train(
        loss="dpo",
        data=[pair],
        settings={"max_steps": 1, "per_device_train_batch_size": 1, "learning_rate": 0.0},
    )
    for side in ("chosen", "rejected"):
        text = torch.tensor([pair["prompt_ids"] + pair[f"{side}_ids"]])
        mask = torch.arange(text.shape[1])[None] >= len(pair["prompt_ids"])
        with torch.no_grad():
            expected = model_completion_logprobs(model, text, mask).item()
        assert row[f"logps/{side}"] == pytest.approx(expected, rel=1e-5)
        assert row[f"lengths/{side}"] == len(pair[f"{side}_ids"])


def test_empty_completions_are_refused(train, tokenizer):
    data = [pair | {"rejected_ids": []} for pair in tokens_of(PAIRS, tokenizer)]
    with pytest.raises(ValueError, match=r"lengths is 0 at \[1, 0\]"):
        train(loss="dpo", data=data)


@pytest.mark.parametrize(
    ("keywords", "settings", "error", "shown"),
    [
        ({"loss": "sigmoid"}, {}, ValueError, "loss is 'sigmoid'; allowed: dpo"),
        ({"loss": "simpo"}, {}, TypeError, "gamma"),
        ({"loss": "rdpo", "loss_arguments": {"alpha": -1.0}}, {}, ValueError, "alpha is -1.0"),
        ({"loss": "dpo"}, {"beta": 0.0}, ValueError, "beta is 0.0"),
        ({"loss": "ipo"}, {"loss_type": "ipo"}, ValueError, r"args.loss_type is \['ipo'\]; .* choose loss"),
        ({"loss": "dpo"}, {"label_smoothing": 0.1}, ValueError, "args.label_smoothing is 0.1"),
        ({"loss": "orpo", "reference_free": False}, {}, ValueError, "reference is given"),
    ],
    ids=["name", "missing argument", "argument", "beta", "loss_type", "label_smoothing", "reference"],
)
def test_settings_that_do_not_fit_are_refused_before_training(train, keywords, settings, error, shown):
    with pytest.raises(error, match=shown):
        train(settings=settings, **keywords)


def test_a_reference_model_for_a_loss_without_reference_is_refused(train, model):
    with pytest.raises(ValueError, match="ref_model is given to a loss without reference"):
        train(loss="cpo", ref_model=model)


def small(config_class, model_class, **settings):
    sizes = {"vocab_size": 256, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1}
    return model_class(config_class(**sizes, num_attention_heads=1, num_key_value_heads=1, **settings))


def test_a_model_whose_logits_are_not_its_output_embedding_is_refused(train):
    capped = small(LlamaConfig, LlamaForCausalLM, final_logit_softcapping=30.0)
    with pytest.raises(ValueError, match="changes its logits by final_logit_softcapping"):
        train(start=capped, loss="dpo")


def test_a_router_loss_is_refused_and_goes_when_switched_off(train):
    mixture = small(MixtralConfig, MixtralForCausalLM, num_local_experts=2)
    with pytest.raises(ValueError, match=r"set args\.router_aux_loss_coef=0\.0"):
        train(start=mixture, loss="dpo")
    _, history = train(start=mixture, loss="dpo", settings={"router_aux_loss_coef": 0.0, "max_steps": 1})
    assert history[0]["loss"] == pytest.approx(log(2), abs=1e-4)


def test_metrics_of_logits_are_refused(train):
    evaluation = Dataset.from_list(PAIRS[:4])
    trainer, _ = train(loss="dpo", eval_dataset=evaluation, settings={"max_steps": 1})
    assert trainer.evaluate()["eval_rewards/accuracies"] >= 0
    trainer, _ = train(
        loss="dpo", eval_dataset=evaluation, compute_metrics=lambda _: {}, settings={"max_steps": 1}
    )
    with pytest.raises(ValueError, match="compute_metrics is given"):
        trainer.evaluate()


def test_losses_need_neither_trl_nor_datasets():
    program = (
        "import sys, tenfold.preference; assert not {'trl', 'datasets', 'transformers'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=300)
