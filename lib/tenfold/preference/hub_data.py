"""Preference pairs and test prompts of published data sets, or of files in their form; text and tokens."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from datasets import load_dataset
from transformers import PreTrainedTokenizerBase

FILES = (".jsonl", ".jsonl.gz", ".json")
HUMAN, ASSISTANT = "\n\nHuman:", "\n\nAssistant:"
Parsed = TypeVar("Parsed")


def safe_rlhf_pair(row: dict[str, Any]) -> tuple[str, str, str]:
    """Prompt, better and worse answer of a row of PKU-SafeRLHF.

    row: prompt, response_0, response_1, better_response_id, which is 0 or 1. Raises ValueError.
    """
    prompt, *answers = (_text(row, name) for name in ("prompt", "response_0", "response_1"))
    better = _column(row, "better_response_id")
    if type(better) is not int or better not in (0, 1):
        raise ValueError(f"better_response_id is {better!r}; allowed: 0, 1")
    return prompt, answers[better], answers[1 - better]


def hh_prompt(row: dict[str, Any]) -> str:
    """The first human turn of the chosen transcript of a row of hh-rlhf. Raises ValueError."""
    transcript = _text(row, "chosen")
    if not transcript.startswith(HUMAN) or ASSISTANT not in transcript:
        raise ValueError(f"chosen starts with {transcript[:20]!r}; allowed: {HUMAN!r}, later {ASSISTANT!r}")
    return transcript.removeprefix(HUMAN).split(ASSISTANT)[0].strip()


def text_of(column: str) -> Callable[[dict[str, Any]], str]:
    """What reads the text in a column of a row, which must not be blank. Raises ValueError."""

    def read(row: dict[str, Any]) -> str:
        text = _text(row, column).strip()
        if not text:
            raise ValueError(f"{column} is blank; allowed: some text")
        return text

    return read


def read_data(
    data: str, parse: Callable[[dict[str, Any]], Parsed], *, split: str, revision: str | None
) -> list[Parsed]:
    """parse of every row of a data set of the hub, or of a file that ends as one of `FILES`.

    split: of a data set of the hub; a file is read whole.  revision: of a data set of the hub its commit, tag
    or branch, of a file its SHA-256, which must agree; None: what there is. Raises FileNotFoundError, and
    ValueError naming the data and the row, counted from 1.
    """
    if data.endswith(FILES):
        rows: Iterable[Any] = _file_rows(Path(data), revision)
    else:
        rows = load_dataset(data, split=split, revision=revision)
    parsed = []
    for number, row in enumerate(rows, 1):
        try:
            parsed.append(parse(json.loads(row) if isinstance(row, bytes) else row))
        except ValueError as error:
            raise ValueError(f"{data}, row {number}: {error}") from error
    return parsed


def prompt_tokens(tokenizer: PreTrainedTokenizerBase, prompt: str) -> list[int]:
    """A prompt as a user's turn before an answer, by the chat template; as it is where there is none.

    Raises ValueError for a prompt without tokens.
    """
    if tokenizer.chat_template is None:
        tokens = tokenizer(prompt)["input_ids"]
    else:
        turns = [{"role": "user", "content": prompt}]
        tokens = tokenizer.apply_chat_template(turns, add_generation_prompt=True)["input_ids"]
    if not tokens:
        raise ValueError(f"prompt {prompt!r} has no tokens; allowed: at least one, which the answer follows")
    return tokens


def answer_tokens(tokenizer: PreTrainedTokenizerBase, answer: str) -> list[int]:
    """An answer with the token that ends it."""
    return [*tokenizer(answer, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]


def first_fitting(
    name: str, tokens: Iterable[Parsed], n: int, fits: Callable[[Parsed], bool]
) -> tuple[list[Parsed], int]:
    """The first n of tokens that fit, and how many before them do not. Raises ValueError for fewer."""
    fitting: list[Parsed] = []
    too_long = 0
    for some in tokens:
        if fits(some):
            fitting.append(some)
        else:
            too_long += 1
        if len(fitting) == n:
            return fitting, too_long
    raise ValueError(
        f"{name} is {n}, but the data holds {len(fitting)} within max_prompt and max_completion, and "
        f"{too_long} longer ones; allowed: at most {len(fitting)}"
    )


def shuffled(items: list[Parsed], seed: list[int]) -> list[Parsed]:
    """The items in an order drawn from the seed."""
    return [items[place] for place in np.random.default_rng(seed).permutation(len(items))]


def _file_rows(path: Path, sha256: str | None) -> list[Any]:
    """Lines, or what the array of a .json file holds."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is no file; allowed: a file ending in {', '.join(FILES)}")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if sha256 is not None and digest != sha256:
        raise ValueError(f"{path} has SHA-256 {digest}, revision is {sha256}; name the file that is meant")
    if path.suffix != ".json":
        return (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines()
    try:
        rows = json.loads(content)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    if not isinstance(rows, list):
        raise ValueError(f"{path} holds a {type(rows).__name__}; allowed: an array of rows")
    return rows


def _column(row: dict[str, Any], name: str) -> Any:
    if not isinstance(row, dict) or name not in row:
        there = ", ".join(row) if isinstance(row, dict) else repr(row)[:40]
        raise ValueError(f"there is no column {name}; there is: {there}")
    return row[name]


def _text(row: dict[str, Any], name: str) -> str:
    value = _column(row, name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is {value!r}; allowed: text")
    return value
