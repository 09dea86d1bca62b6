"""Conversion to Hugging Face models, whose own forward pass is the independent answer for the decoder."""

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel, LlamaForCausalLM, Qwen3ForCausalLM

from tenfold.lm import DecoderConfig, decoder_logits
from tenfold.lm.hugging_face import UnsupportedModel, from_hugging_face, load_hugging_face, to_hugging_face

SHAPES = {
    "qwen3, one layer": DecoderConfig(24),
    "qwen3, three layers": DecoderConfig(32, layers=3, heads=4, d_ff=40, vocab=300),
    "llama, two layers": DecoderConfig(24, layers=2, heads=3, qk_norm=False),
}


@pytest.fixture(params=SHAPES.values(), ids=SHAPES.keys())
def config(request):
    return request.param


def random_parameters(config: DecoderConfig) -> torch.Tensor:
    """Gains and projections all away from their initial values."""
    return torch.randn(config.n_parameters, generator=torch.Generator().manual_seed(1)) * 0.3


@pytest.mark.parametrize("time", [1, 63, 100])
def test_logits_are_those_of_the_hugging_face_model(config, time):
    parameters = random_parameters(config)
    tokens = torch.randint(config.vocab, (2, time), generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        theirs = to_hugging_face(parameters, config)(tokens).logits
    torch.testing.assert_close(
        decoder_logits(parameters[None], tokens[None], config)[0], theirs, atol=1e-5, rtol=0
    )


def test_model_with_norms_on_queries_and_keys_is_qwen3_and_without_is_llama():
    classes = {qk_norm: DecoderConfig(16, qk_norm=qk_norm) for qk_norm in (True, False)}
    models = {qk_norm: to_hugging_face(random_parameters(c), c) for qk_norm, c in classes.items()}
    assert isinstance(models[True], Qwen3ForCausalLM)
    assert isinstance(models[False], LlamaForCausalLM)


def test_round_trip_through_a_folder_keeps_every_bit(config, tmp_path):
    parameters = random_parameters(config)
    to_hugging_face(parameters[None], config).save_pretrained(tmp_path)
    loaded, loaded_config = load_hugging_face(tmp_path)
    assert torch.equal(loaded, parameters)
    assert loaded_config == config


def test_folder_holds_safetensors_and_json_only(tmp_path):
    config = DecoderConfig(16)
    to_hugging_face(random_parameters(config), config).save_pretrained(tmp_path)
    assert {file.suffix for file in tmp_path.iterdir()} == {".safetensors", ".json"}


def test_generation_follows_the_own_greedy_choice(config):
    parameters = random_parameters(config)
    own = torch.tensor([[72, 101, 108]])
    generated = to_hugging_face(parameters, config).generate(
        own, attention_mask=torch.ones_like(own), max_new_tokens=12, do_sample=False
    )
    for _ in range(12):
        logits = decoder_logits(parameters[None], own[None], config)[0, 0, -1]
        own = torch.cat([own, logits.argmax()[None, None]], 1)
    assert torch.equal(generated, own)


def test_conversion_leaves_the_random_stream_alone():
    config = DecoderConfig(16)
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    to_hugging_face(random_parameters(config), config)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize(
    ("parameters", "shown"),
    [
        (torch.zeros(2, DecoderConfig(16).n_parameters), r"\[2, "),
        (torch.zeros(7), r"\[7\]"),
        (torch.zeros(DecoderConfig(16).n_parameters, dtype=torch.float64), "float64"),
    ],
    ids=["two models", "wrong length", "double precision"],
)
def test_parameters_of_another_form_are_refused(parameters, shown):
    with pytest.raises(ValueError, match=shown):
        to_hugging_face(parameters, DecoderConfig(16))


def test_another_architecture_is_refused():
    model = GPT2LMHeadModel(GPT2Config(n_embd=8, n_layer=1, n_head=1, vocab_size=16))
    with pytest.raises(UnsupportedModel, match=r"GPT2LMHeadModel; allowed: Qwen3ForCausalLM"):
        from_hugging_face(model)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("num_key_value_heads", 1),
        ("hidden_act", "gelu"),
        ("rms_norm_eps", 1e-5),
        ("rope_parameters", {"rope_type": "default", "rope_theta": 500_000.0}),
        ("tie_word_embeddings", True),
        ("attention_bias", True),
    ],
)
def test_a_setting_outside_the_form_is_refused_by_name(setting, value):
    model = to_hugging_face(random_parameters(SHAPES["llama, two layers"]), SHAPES["llama, two layers"])
    settings = model.config.to_dict() | {setting: value}
    with pytest.raises(UnsupportedModel, match=f"{setting}=.*allowed"):
        from_hugging_face(LlamaForCausalLM(type(model.config)(**settings)))


def test_embeddings_that_are_not_one_matrix_are_refused():
    config = DecoderConfig(16)
    model = to_hugging_face(random_parameters(config), config)
    with torch.no_grad():
        model.lm_head.weight[3, 5] *= 1.001
    with pytest.raises(UnsupportedModel, match="input embedding"):
        from_hugging_face(model)


@pytest.fixture
def saved(tmp_path):
    config = DecoderConfig(16)
    to_hugging_face(random_parameters(config), config).save_pretrained(tmp_path)
    return tmp_path


def test_a_file_with_a_weight_missing_is_refused(saved):
    weights = load_file(saved / "model.safetensors")
    del weights["model.layers.0.mlp.up_proj.weight"]
    save_file(weights, saved / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UnsupportedModel, match=r"missing keys: model\.layers\.0\.mlp\.up_proj"):
        load_hugging_face(saved)


def test_a_file_with_a_weight_too_many_is_refused(saved):
    weights = load_file(saved / "model.safetensors") | {"model.layers.0.adapter.weight": torch.zeros(2)}
    save_file(weights, saved / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UnsupportedModel, match=r"unexpected keys: model\.layers\.0\.adapter"):
        load_hugging_face(saved)


def test_pickled_weights_are_not_read(saved):
    torch.save(load_file(saved / "model.safetensors"), saved / "pytorch_model.bin")
    (saved / "model.safetensors").unlink()
    with pytest.raises(OSError, match="safetensors"):
        load_hugging_face(saved)


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"holds no config\.json"):
        load_hugging_face(tmp_path)
