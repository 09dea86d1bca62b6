import numpy as np
import pytest
import torch
from torch.nn import functional as F
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from tenfold.longcontext import hugging_face
from tenfold.longcontext.hugging_face import UnsupportedArchitecture
from tenfold.longcontext.index import HiddenStateIndex
from tenfold.longcontext.knn_attention import KnnAttention, MemoryBudgetExceeded
from tenfold.longcontext.settings import KnnSettings

ALL = (0, 1, 2)


def full_logits(model, text):
    with torch.no_grad():
        return model(text, use_cache=False).logits


def generated(knn, text, new=24):
    return knn.generate(text, max_new_tokens=new, do_sample=False)


def with_exact_states(model, text, settings, **kwargs):
    """A wrapped model that stores states computed with the whole text in view."""
    whole = KnnAttention(model, KnnSettings(window=64, layers=settings.layers))
    whole.read(text)
    states = [memory.states for memory in whole.memories]
    knn = KnnAttention(model, settings, **kwargs)
    for memory, kept in zip(knn.memories, states, strict=True):
        memory.states = kept
    return knn


def test_without_retrieval_the_wrapped_model_is_the_bare_one(model, text):
    bare = full_logits(model, text)
    knn = KnnAttention(model, KnnSettings(window=64))
    assert torch.equal(full_logits(model, text), bare)
    with torch.no_grad():
        assert torch.equal(knn.window_logits(text, [0])[:, 0], bare)
    knn.remove()
    assert torch.equal(full_logits(model, text), bare)
    assert not hasattr(model.model.layers[0].self_attn, "knn")


def test_with_every_state_at_its_true_place_nothing_is_lost(model, text):
    bare = full_logits(model, text)
    knn = with_exact_states(model, text, KnnSettings(window=16, layers=ALL, positions="true"))
    with torch.no_grad():
        logits = knn.window_logits(text, [4, 24, 48])
    for context, start in enumerate([4, 24, 48]):
        torch.testing.assert_close(logits[:, context], bare[:, start : start + 16], atol=1e-4, rtol=0)


@pytest.mark.parametrize("refresh", ["step", "chunk"])
def test_text_generated_past_the_window_is_that_of_full_attention(model, text, refresh):
    expected = model.generate(text, attention_mask=torch.ones_like(text), max_new_tokens=40, do_sample=False)
    settings = KnnSettings(window=16, layers=ALL, positions="true")
    knn = with_exact_states(model, text, settings, refresh=refresh)
    assert torch.equal(generated(knn, text, 40), expected)
    stored = knn.memories[0].stored
    assert stored == 64 + 39 if refresh == "step" else 64 <= stored < 64 + 39


def test_a_frozen_memory_stores_nothing_new(model, text):
    knn = KnnAttention(model, KnnSettings(window=16, layers=(1,), k=4), refresh="frozen")
    knn.read(text)
    generated(knn, text)
    assert knn.memories[1].stored == 64


@pytest.mark.parametrize("positions", ["true", "squeezed", "free"])
def test_one_step_gives_what_whole_windows_give(model, text, positions, monkeypatch):
    settings = KnnSettings(window=16, layers=(1, 2), k=7, positions=positions, drop_local=2)
    texts = []
    for alone in (True, False):
        if not alone:
            monkeypatch.setattr(hugging_face, "steps_alone", lambda *_: False)
        knn = KnnAttention(model, settings)
        knn.read(text)
        texts.append(generated(knn, text))
    assert torch.equal(*texts)


@pytest.mark.parametrize("kind", ["exact", "hnsw", "ivf"])
def test_an_index_finds_what_search_over_all_states_finds(model, text, kind):
    settings = KnnSettings(window=16, layers=(1, 2), k=5, drop_queries=3, drop_hits=2)
    logits, texts = [], []
    for index in (None, lambda width: HiddenStateIndex(width, kind=kind)):
        knn = KnnAttention(model, settings, index=index)
        knn.read(text)
        with torch.no_grad():
            logits.append(knn.window_logits(text, [0, 8, 40]))
        texts.append(generated(knn, text))
    torch.testing.assert_close(*logits)
    assert torch.equal(*texts)


def dense_answer(model, text, start, settings, layer):
    """Attention of one layer over hits and window, query by query from keys: [n, H * head_dim]."""
    attention = model.model.layers[layer].self_attn
    with torch.no_grad():
        seen = {}
        hook = attention.register_forward_pre_hook(
            lambda _, __, kwargs: seen.update(x=kwargs["hidden_states"]), with_kwargs=True
        )
        full_logits(model, text[:, : settings.window])
        far = seen["x"][0]
        full_logits(model, text[:, start : start + settings.window])
        near = seen["x"][0]
        hook.remove()
        heads = [
            projection(x).view(len(x), -1, 8).transpose(0, 1)
            for projection, x in ((attention.q_proj, near), (attention.k_proj, far), (attention.v_proj, far))
        ]
        query, far_key, far_value = heads[0], *(x.repeat_interleave(2, 0) for x in heads[1:])
        far_key, far_value = far_key[:, :start], far_value[:, :start]
        near_key, near_value = (
            p(near).view(len(near), -1, 8).transpose(0, 1).repeat_interleave(2, 0)
            for p in (attention.k_proj, attention.v_proj)
        )
        cos, sin = model.model.rotary_emb(near, torch.arange(settings.window)[None])

        def turned(x):
            return x * cos + torch.cat([-x[..., 4:], x[..., :4]], -1) * sin

        rows = []
        for i in range(len(near)):
            best = (query[:, i : i + 1] @ far_key.mT)[:, 0].topk(settings.k, dim=-1).indices
            parts = []
            for head in range(4):
                keys = torch.cat([far_key[head, best[head]], turned(near_key)[head, : i + 1]])
                scores = torch.cat(
                    [
                        query[head, i] @ keys[: settings.k].T,
                        turned(query)[head, i] @ keys[settings.k :].T,
                    ]
                )
                values = torch.cat([far_value[head, best[head]], near_value[head, : i + 1]])
                parts.append((scores / 8**0.5).softmax(-1) @ values)
            rows.append(torch.cat(parts))
        return torch.stack(rows)


def test_hits_and_window_share_one_softmax(model, text):
    settings = KnnSettings(window=16, layers=(0,), k=3, positions="free")
    knn = KnnAttention(model, settings)
    knn.read(text[:1])
    seen = {}
    hook = model.model.layers[0].self_attn.o_proj.register_forward_pre_hook(lambda _, x: seen.update(x=x[0]))
    with torch.no_grad():
        knn.window_logits(text[:1], [12])
    hook.remove()
    knn.remove()
    torch.testing.assert_close(
        seen["x"][0], dense_answer(model, text[:1], 12, settings, 0), atol=1e-4, rtol=0
    )


def test_losses_are_those_of_each_window_by_itself(model):
    text = torch.randint(50, (2, 71))
    knn = KnnAttention(model, KnnSettings(window=16))
    losses = knn.losses(text, 4)
    for place in range(1, 71):
        start = 0 if place < 16 else min(((place - 16) // 4 + 1) * 4, 71 - 16)
        logits = full_logits(model, text[:, start:place])[:, -1]
        expected = F.cross_entropy(logits, text[:, place], reduction="none")
        torch.testing.assert_close(losses[:, place - 1], expected, atol=1e-4, rtol=0)


def test_bytes_stored_are_layers_times_width_times_tokens(model, text):
    knn = KnnAttention(model, KnnSettings(window=16, layers=(0, 2)))
    knn.read(text)
    assert knn.nbytes == knn.bytes_for(2 * 64) == 2 * 2 * 64 * 32 * 4


def test_more_hits_than_states_takes_all_of_them(model, text):
    logits = []
    for k in (1000, None):
        knn = KnnAttention(model, KnnSettings(window=16, layers=(1,), k=k))
        knn.read(text)
        with torch.no_grad():
            logits.append(knn.window_logits(text, [48]))
    assert torch.equal(*logits)


def test_the_shared_index_stores_final_states(model, text):
    knn = KnnAttention(model, KnnSettings(window=64, layers=(0, 1), shared=True))
    knn.read(text)
    with torch.no_grad():
        final = model.model(text, use_cache=False).last_hidden_state
    assert torch.equal(knn.memories[0].states, final)
    assert torch.equal(knn.memories[1].states, final)


def test_gradients_reach_the_projections_through_hits(model, text):
    knn = KnnAttention(model, KnnSettings(window=16, layers=(1,), k=4, drop_local=16))
    knn.read(text)
    knn.window_logits(text, [48]).sum().backward()
    assert model.model.layers[1].self_attn.k_proj.weight.grad.abs().sum() > 0


def test_a_text_beyond_the_budget_is_refused_before_it_is_read(model, text):
    knn = KnnAttention(model, KnnSettings(window=16, layers=(0,)), max_bytes=16_000)
    with pytest.raises(MemoryBudgetExceeded, match=r"need 16,384 bytes .* max_bytes is 16,000"):
        knn.read(text)
    assert knn.nbytes == 0


def test_states_that_are_not_finite_are_refused(model, text):
    with torch.no_grad():
        model.model.layers[0].mlp.down_proj.weight.fill_(np.nan)
    with pytest.raises(ValueError, match="states hold nan or inf"):
        KnnAttention(model, KnnSettings(window=16, layers=(1,))).read(text)


def test_padding_is_refused_where_a_memory_is_on(model, text):
    knn = KnnAttention(model, KnnSettings(window=16, layers=(1,)))
    knn.read(text)
    mask = torch.ones(2, 1, 16, 16, dtype=torch.bool)
    mask[:, :, :, 0] = False
    with knn._switched_on(torch.tensor([0]), refresh=None), pytest.raises(ValueError, match="padding"):
        model.model(text[:, :16], attention_mask=mask, use_cache=False)


def test_other_architectures_are_refused_by_name():
    tiny = {"vocab_size": 10, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    tiny |= {"num_attention_heads": 2, "num_key_value_heads": 2}
    sliding = {"use_sliding_window": True, "sliding_window": 4, "max_window_layers": 0}
    dropping = {"attention_dropout": 0.1, "sliding_window": None}
    refused = {
        "decoders with model.layers": GPT2LMHeadModel(
            GPT2Config(n_layer=1, n_embd=16, n_head=2, vocab_size=10, bos_token_id=0, eos_token_id=0)
        ),
        "norms on queries": Qwen3ForCausalLM(Qwen3Config(**tiny, head_dim=8)),
        "sliding window": Qwen2ForCausalLM(Qwen2Config(**tiny | sliding)),
        "attention dropout": MistralForCausalLM(MistralConfig(**tiny, **dropping)),
    }
    for reason, model in refused.items():
        with pytest.raises(UnsupportedArchitecture, match=reason):
            KnnAttention(model, KnnSettings(window=16))


def test_wrong_use_is_refused_with_a_remedy(model, text):
    with pytest.raises(ValueError, match=r"layers names \[5\]"):
        KnnAttention(model, KnnSettings(window=16, layers=(5,)))
    with pytest.raises(ValueError, match="refresh is 'never'"):
        KnnAttention(model, KnnSettings(window=16), refresh="never")
    with pytest.raises(ValueError, match="by 'free' alone"):
        KnnAttention(model, KnnSettings(window=16, search="positioned"), index=HiddenStateIndex)
    knn = KnnAttention(model, KnnSettings(window=16, layers=(1,)))
    with pytest.raises(ValueError, match=r"call read\(tokens\) first"):
        generated(knn, text)
    with pytest.raises(ValueError, match="nothing to store"):
        knn.read(text[:, :0])
    with pytest.raises(ValueError, match="stride is 16"):
        knn.losses(text, 16)
    with pytest.raises(ValueError, match=r"starts are \[60\]"):
        knn.window_logits(text, [60])
    with pytest.raises(ValueError, match="local is 17"):
        knn.generate(text, local=17, max_new_tokens=1)
    with pytest.raises(ValueError, match=r"layers names \[0\]; stored are \[1\]"):
        knn.use(KnnSettings(window=16, layers=(0,)))


@pytest.mark.parametrize(
    "wrong", [{"window": 0}, {"k": 0}, {"positions": "far"}, {"search": "far"}, {"drop_hits": -1}]
)
def test_settings_out_of_range_are_refused(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name} is"):
        KnnSettings(**{"window": 16} | wrong)
    with pytest.raises(ValueError, match="unknown settings of a memory: windows"):
        KnnSettings.from_json({"windows": 16})
