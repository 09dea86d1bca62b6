import json
import shutil

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tenfold.chat import ChatError, Message, Request, TransformersModel
from tenfold.chat.prompt import cut_at, plain_prompt

TURNS = (Message("user", "ab"), Message("assistant", "c"), Message("user", ("d", "e")))


@pytest.fixture
def plain(tiny_models) -> TransformersModel:
    return TransformersModel(str(tiny_models["plain"]))


def by_hand(folder, prompt: str, count: int) -> str:
    """The likeliest next character, `count` times, computed without `generate`; stops at <end>."""
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    tokens = tokenizer(prompt)["input_ids"]
    length = len(tokens)
    with torch.inference_mode():
        while len(tokens) < length + count and (len(tokens) == length or tokens[-1] != 0):
            tokens.append(int(model(torch.tensor([tokens])).logits[0, -1].argmax()))
    return "".join(tokenizer.convert_ids_to_tokens([token for token in tokens[length:] if token]))


@pytest.mark.parametrize(
    ("variant", "prompt"),
    [
        ("plain", "User: ab\nAssistant: c\nUser: d\ne\nAssistant:"),
        ("templated", "[user] ab [assistant] c [user] d\ne [assistant]"),
    ],
)
def test_it_says_what_the_model_finds_likeliest_after_the_prompt(tiny_models, variant, prompt):
    model = TransformersModel(str(tiny_models[variant]))
    reply = model.complete(Request(model.name, TURNS, max_tokens=20))
    assert reply.text == by_hand(tiny_models[variant], prompt, 20).strip()
    assert reply.text
    assert reply.input_tokens == len(prompt)


def test_a_seed_repeats_a_sample_and_leaves_other_random_numbers_alone(plain):
    def say(seed: int) -> str:
        return plain.complete(Request(plain.name, TURNS, temperature=2, seed=seed, max_tokens=30)).text

    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    samples = [say(seed) for seed in (1, 2, 1)]
    assert torch.equal(torch.rand(1), expected)
    assert samples[0] == samples[2] != samples[1]


def test_a_stop_text_ends_the_answer_and_is_not_part_of_it(plain):
    whole = plain.complete(Request(plain.name, TURNS, max_tokens=20)).text
    stop = whole[3:5]
    reply = plain.complete(Request(plain.name, TURNS, max_tokens=20, stop=(stop,)))
    assert reply.text == whole[: whole.index(stop)].strip()
    assert reply.finish == "stop"
    assert reply.output_tokens < 20


def test_messages_that_do_not_fit_are_refused_with_the_numbers(plain):
    request = Request(plain.name, (Message("user", "x" * 200),), max_tokens=100)
    with pytest.raises(
        ValueError, match=r"tiny-plain holds 256 tokens, and the prompt has 217 with max_tokens 100"
    ):
        plain.complete(request)


def test_a_template_that_takes_no_system_message_says_so(tiny_models):
    model = TransformersModel(str(tiny_models["templated"]))
    turns = (Message("system", "be kind"), Message("user", "hi"))
    with pytest.raises(ValueError, match="its chat template does not take these messages: no system role"):
        model.complete(Request(model.name, turns))


def test_pickled_weights_are_not_loaded(tiny_models, tmp_path):
    folder = tmp_path / "pickled"
    shutil.copytree(tiny_models["plain"], folder)
    weights = AutoModelForCausalLM.from_pretrained(folder).state_dict()
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    model = TransformersModel(str(folder))
    with pytest.raises(ChatError, match=r"pickled cannot be loaded .*name a folder with safetensors weights"):
        model.complete(Request(model.name, TURNS))


def test_code_that_comes_with_a_model_is_not_run(tiny_models, tmp_path):
    folder = tmp_path / "coded"
    shutil.copytree(tiny_models["plain"], folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {
        "model_type": "own",
        "auto_map": {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(
        f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Config: pass\nclass Model: pass\n"
    )
    model = TransformersModel(str(folder))
    with pytest.raises(ChatError, match=r"coded cannot be loaded"):
        model.complete(Request(model.name, TURNS))
    assert not (tmp_path / "ran").exists()


def test_a_gguf_file_without_its_reader_says_what_to_install(tmp_path):
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    model = TransformersModel(str(tmp_path), gguf_file="small.gguf")
    with pytest.raises(ChatError, match=r"small\.gguf cannot be loaded .*pip install gguf"):
        model.complete(Request(model.name, TURNS))


def test_a_prompt_without_a_template_is_a_written_dialogue():
    turns = (Message("system", "Be kind."), *TURNS)
    assert plain_prompt(turns, model="m") == "Be kind.\nUser: ab\nAssistant: c\nUser: d\ne\nAssistant:"


@pytest.mark.parametrize(
    ("text", "stops", "expected"),
    [
        ("abc", (), ("abc", False)),
        ("abc", ("x",), ("abc", False)),
        ("abcabc", ("ca", "b"), ("a", True)),
        ("", ("a",), ("", False)),
    ],
)
def test_a_text_is_cut_at_the_first_stop(text, stops, expected):
    assert cut_at(text, stops) == expected
