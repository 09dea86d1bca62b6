"""Hugging Face decoders with attn_implementation="s2" against their eager attention under a dense mask."""

import pytest
import torch
from transformers import (
    AttentionInterface,
    AutoModelForCausalLM,
    LlamaConfig,
    Phi3Config,
    PreTrainedModel,
    Qwen3Config,
)
from transformers.masking_utils import AttentionMaskInterface, eager_mask
from transformers.models.llama.modeling_llama import eager_attention_forward

from tenfold.kernels import PatternWarning
from tenfold.kernels.hugging_face import S2ModelCache, layer_pattern, set_s2

ARCHITECTURES = {"llama": LlamaConfig, "qwen3": Qwen3Config, "phi3": Phi3Config}
TIME = 90


def eager_under_the_rule(module, query, key, value, attention_mask, **options):
    """Their eager attention, with the pattern of the layer as one more dense mask."""
    block_mask = layer_pattern(module.config, module.layer_idx).block_mask(-(-key.shape[2] // 16))
    mask = block_mask.repeat_interleave(16, 1).repeat_interleave(16, 2)
    hidden = ~mask[:, : key.shape[2], : key.shape[2]][:, -query.shape[2] :]
    return eager_attention_forward(
        module, query, key, value, attention_mask.masked_fill(hidden, float("-inf")), **options
    )


AttentionInterface.register("eager under the rule", eager_under_the_rule)
AttentionMaskInterface.register("eager under the rule", eager_mask)


def decoder(architecture: str, *, attention: str = "s2", dense_layers=(1,), **options) -> PreTrainedModel:
    settings = {
        "vocab_size": 50,
        "hidden_size": 32,
        "intermediate_size": 40,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 512,
        "initializer_range": 0.5,  # far from uniform attention, so that a wrong mask shows
        "bos_token_id": None,
        "eos_token_id": None,
        "pad_token_id": 0,
    }
    config = ARCHITECTURES[architecture](**settings | options)
    set_s2(config, block=16, local_blocks=1, stride=4, dense_layers=dense_layers)
    torch.manual_seed(3)
    return AutoModelForCausalLM.from_config(config, attn_implementation=attention)


def tokens(time: int = TIME, *, batch: int = 2) -> torch.Tensor:
    return torch.randint(1, 50, (batch, time), generator=torch.Generator().manual_seed(time))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_logits_and_gradients_are_those_of_eager_attention_under_the_dense_mask(architecture):
    found = []
    for attention in ("s2", "eager under the rule"):
        model = decoder(architecture, attention=attention).train()
        output = model(tokens(), labels=tokens())
        output.loss.backward()
        found.append([output.logits.detach(), *(p.grad for p in model.parameters())])
    for mine, theirs in zip(*found, strict=True):
        torch.testing.assert_close(mine, theirs, atol=2e-4, rtol=2e-4)


def test_the_pattern_changes_the_logits_and_all_layers_dense_are_plain_attention():
    sparse, dense = (
        decoder("llama", dense_layers=layers).eval() for layers in ((), lambda layer: layer >= 0)
    )
    plain = decoder("llama", attention="sdpa").eval()
    with torch.no_grad():
        logits = [model(tokens()).logits for model in (sparse, dense, plain)]
    torch.testing.assert_close(logits[1], logits[2], atol=1e-4, rtol=1e-4)
    assert (logits[0] - logits[2])[:, -1].abs().max() > 0.1


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@torch.no_grad()
def test_generate_gives_the_same_logits_with_the_live_cache_the_ordinary_one_and_none(architecture):
    model = decoder(architecture).eval()
    ways = {
        "live": {"past_key_values": S2ModelCache(model.config)},
        "ordinary": {},
        "none": {"use_cache": False},
    }
    options = {
        "max_new_tokens": 40,
        "do_sample": False,
        "output_logits": True,
        "return_dict_in_generate": True,
    }
    found = {way: model.generate(tokens(40), **options, **extra) for way, extra in ways.items()}
    for way in ("live", "ordinary"):
        assert torch.equal(found[way].sequences, found["none"].sequences)
        for mine, whole in zip(found[way].logits, found["none"].logits, strict=True):
            torch.testing.assert_close(mine, whole, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_a_prompt_fed_in_chunks_leaves_the_same_next_logits():
    model = decoder("qwen3").eval()
    cache = S2ModelCache(model.config)
    for chunk in tokens().split(23, 1):
        logits = model(chunk, past_key_values=cache).logits[:, -1]
    torch.testing.assert_close(logits, model(tokens()).logits[:, -1], atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_the_live_cache_holds_what_the_patterns_say_and_less_than_the_ordinary_cache():
    model = decoder("llama").eval()
    cache = S2ModelCache(model.config)
    model(tokens(400), past_key_values=cache)
    blocks = [layer_pattern(model.config, n).live_kv_blocks(400) for n in range(3)]
    assert [b.tolist() for b in blocks] == [[13, 13], [25, 25], [13, 13]]
    assert cache.live_bytes == sum(int(b.sum()) for b in blocks) * 16 * 2 * 2 * 8 * 4
    ordinary = model(tokens(400)).past_key_values
    ordinary_bytes = sum(x.numel() * 4 for layer in ordinary.layers for x in (layer.keys, layer.values))
    assert cache.live_bytes / ordinary_bytes == (13 + 25 + 13) / 75


@torch.no_grad()
def test_padding_on_the_right_changes_no_logit_of_the_text():
    model = decoder("llama").eval()
    mask = torch.ones(2, TIME, dtype=torch.int64)
    mask[0, 50:] = 0
    logits = model(tokens(), attention_mask=mask).logits
    torch.testing.assert_close(logits[:1, :50], model(tokens()[:1, :50]).logits, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(logits[1:], model(tokens()[1:]).logits, atol=1e-4, rtol=1e-4)


def test_the_pattern_is_saved_and_loaded_with_the_model(tmp_path):
    model = decoder("llama").eval()
    model.save_pretrained(tmp_path)
    again = AutoModelForCausalLM.from_pretrained(tmp_path, attn_implementation="s2").eval()
    assert [layer_pattern(again.config, n).density(400) == 1 for n in range(3)] == [False, True, False]
    with torch.no_grad():
        torch.testing.assert_close(again(tokens()).logits, model(tokens()).logits)


def left_padding(model):
    mask = torch.ones(2, TIME, dtype=torch.int64)
    mask[0, :5] = 0
    return model(tokens(), attention_mask=mask)


def packed(model):
    return model(tokens(), position_ids=torch.arange(TIME).remainder(45).expand(2, -1))


def padded_generation(model):
    mask = torch.ones(2, TIME, dtype=torch.int64)
    mask[0, 50:] = 0
    return model(tokens(), attention_mask=mask, past_key_values=S2ModelCache(model.config))


def four_axes(model):
    return model(tokens(), attention_mask=torch.zeros(2, 1, TIME, TIME))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (left_padding, "padding that is not on the right"),
        (packed, "packed sequences"),
        (padded_generation, "texts of one length"),
        (four_axes, "attention_mask has shape"),
        (lambda model: model(tokens(), output_attentions=True), "output_attentions"),
        (lambda model: model(tokens(), softcap=30.0), "softcap is 30.0"),
        (lambda model: model(tokens(), cu_seq_lens_q=[0, 45, 90]), "cu_seq_lens_q"),
        (lambda model: model(tokens(), is_causal=False), "is_causal is False"),
    ],
    ids=[
        "left padding",
        "packed",
        "padded cache",
        "4d mask",
        "weights",
        "soft-capping",
        "lengths",
        "direction",
    ],
)
def test_what_s2_cannot_do_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(decoder("llama").eval())


def test_attention_dropout_is_refused_in_training_only():
    model = decoder("llama", attention_dropout=0.1)
    model.eval()(tokens())
    with pytest.raises(ValueError, match="attention dropout is"):
        model.train()(tokens())


def test_a_sliding_window_is_refused():
    with pytest.raises(ValueError, match="sliding_window is 8"):
        decoder("phi3", sliding_window=8).eval()(tokens())


def test_the_live_cache_refuses_a_model_with_other_attention():
    model = decoder("llama", attention="sdpa").eval()
    cache = S2ModelCache(model.config)
    model(tokens(), past_key_values=cache)
    with pytest.raises(RuntimeError, match="attn_implementation='s2' only"):
        model(tokens(), past_key_values=cache)


def test_a_config_without_pattern_and_wrong_layers_are_refused():
    config = LlamaConfig(num_hidden_layers=2, num_attention_heads=4, hidden_size=32, vocab_size=50)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="s2")
    with pytest.raises(ValueError, match="set_s2"):
        model(tokens())
    with pytest.raises(ValueError, match=r"dense_layers names \[2\]; the model has layers 0 to 1"):
        set_s2(config, block=16, local_blocks=1, stride=4, dense_layers=[2])


def test_an_incomplete_pattern_warns_when_it_is_set():
    config = LlamaConfig(num_hidden_layers=2, num_attention_heads=4, hidden_size=32, vocab_size=50)
    with pytest.warns(PatternWarning, match="incomplete"):
        set_s2(config, block=16, local_blocks=1, stride=8)
