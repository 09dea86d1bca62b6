import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

SETTINGS = {
    "vocab_size": 50,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "initializer_range": 0.3,
    "bos_token_id": None,
    "eos_token_id": None,
    "pad_token_id": 0,
}


@pytest.fixture(params=["grouped queries", "grouped queries and biases"])
def model(request):
    """A small random decoder whose logits depend strongly on far tokens."""
    torch.manual_seed(0)
    if request.param == "grouped queries":
        return LlamaForCausalLM(LlamaConfig(**SETTINGS)).eval()
    made = Qwen2ForCausalLM(Qwen2Config(**SETTINGS)).eval()
    with torch.no_grad():
        for layer in made.model.layers:
            layer.self_attn.k_proj.bias.normal_()
    return made


@pytest.fixture
def text():
    """Two texts of 64 tokens, without the padding token, whose embedding is zero and ties all scores."""
    return torch.randint(1, 50, (2, 64), generator=torch.Generator().manual_seed(1))
