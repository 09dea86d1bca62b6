"""A language model in this process, through transformers."""

import threading
import time
from functools import cached_property
from pathlib import Path
from typing import Any

from tenfold.chat.errors import ChatError
from tenfold.chat.messages import Reply, Request, as_text
from tenfold.chat.model import check_addressee
from tenfold.chat.plain_text import excerpt
from tenfold.chat.prompt import NEXT_TURN, check_length, cut_at, plain_prompt


class TransformersModel:
    """A ChatModel for text: a folder, or a model of the Hugging Face hub by its name.

    source: a folder with safetensors weights; else a hub name, which is downloaded.  revision: of the hub
    model; name one, for a hub model may change.  gguf_file: a GGUF file in the folder, unpacked by
    transformers to full size (needs the package `gguf`).  device: where torch computes; by default on a CUDA
    GPU if there is one.

    Code that comes with a model is not run, and pickled weights are not loaded. With a chat template the
    messages go through it; without one they become a written dialogue. At temperature 0 the likeliest token
    is taken each time; above, `Request.seed` makes the sampling repeatable on the same machine.
    name: the folder's, the file's or the hub's name, with the revision.
    """

    def __init__(
        self,
        source: str,
        *,
        revision: str | None = None,
        gguf_file: str | None = None,
        device: str | None = None,
    ) -> None:
        self._source = source
        self._revision = revision
        self._gguf_file = gguf_file
        self._device = device
        self._mutex = threading.Lock()
        folder = Path(source).expanduser()
        self._local = folder.is_dir()
        if self._local:
            self._source = str(folder)
            self.name = gguf_file or folder.resolve().name
        else:
            self.name = f"{source}@{revision}" if revision else source

    def __repr__(self) -> str:
        return f"TransformersModel({self.name!r})"

    def complete(self, request: Request) -> Reply:
        """Generate an answer; threads take turns. Raises ValueError, and ChatError if it cannot be loaded."""
        check_addressee(request, self.name)
        with self._mutex:
            start = time.perf_counter()
            tokens, stops = self._tokens(request)
            prompt = tokens["input_ids"].shape[1]
            limit = getattr(self._model.config.get_text_config(), "max_position_embeddings", None)
            if limit is not None:
                check_length(prompt, request.max_tokens, limit, model=self.name)
            new = self._generate(request, tokens, stops)[0, prompt:].tolist()
            text, stopped = cut_at(self._tokenizer.decode(new, skip_special_tokens=True), stops)
        ended = stopped or (bool(new) and new[-1] in self._ends)
        return Reply(
            text=text.strip(),
            model=self.name,
            input_tokens=prompt,
            output_tokens=len(new),
            cost=None,
            seconds=time.perf_counter() - start,
            finish="stop" if ended else "length",
        )

    def _tokens(self, request: Request) -> tuple[Any, tuple[str, ...]]:
        """The prompt's tokens, and the texts that end the answer."""
        tokenizer = self._tokenizer
        if not tokenizer.chat_template:
            prompt = plain_prompt(request.messages, model=self.name)
            return tokenizer(prompt, return_tensors="pt").to(self._model.device), (*request.stop, NEXT_TURN)
        import jinja2

        turns = [
            {"role": message.role, "content": as_text(message, model=self.name)}
            for message in request.messages
        ]
        try:
            prompt = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        except jinja2.TemplateError as error:
            raise ValueError(
                f"{self.name}: its chat template does not take these messages: {error}"
            ) from None
        return tokenizer(prompt, add_special_tokens=False, return_tensors="pt").to(
            self._model.device
        ), request.stop

    def _generate(self, request: Request, tokens: Any, stops: tuple[str, ...]) -> Any:
        """[1, prompt and answer] token ids. The model's own sampling defaults are not used."""
        import torch
        from transformers import GenerationConfig

        sampling = (
            {"temperature": request.temperature, "top_k": 0, "top_p": 1.0} if request.temperature else {}
        )
        config = GenerationConfig(
            max_new_tokens=request.max_tokens,
            do_sample=bool(sampling),
            eos_token_id=sorted(self._ends) or None,
            pad_token_id=self._tokenizer.pad_token_id or min(self._ends, default=0),
            stop_strings=list(stops) or None,
            **sampling,
        )
        with torch.random.fork_rng(), torch.inference_mode():
            if request.seed is not None:
                torch.manual_seed(request.seed)
            return self._model.generate(**tokens, generation_config=config, tokenizer=self._tokenizer)

    @cached_property
    def _ends(self) -> set[int]:
        """The tokens that end an answer."""
        ends = self._model.generation_config.eos_token_id
        ends = set(ends) if isinstance(ends, list) else {ends}
        return {token for token in (*ends, self._tokenizer.eos_token_id) if token is not None}

    @cached_property
    def _tokenizer(self) -> Any:
        from transformers import AutoTokenizer

        return self._load(AutoTokenizer)

    @cached_property
    def _model(self) -> Any:
        import torch
        from transformers import AutoModelForCausalLM

        device = self._device or ("cuda" if torch.cuda.is_available() else "cpu")
        return self._load(AutoModelForCausalLM, use_safetensors=True).to(device).eval()

    def _load(self, kind: Any, **arguments: Any) -> Any:
        if self._gguf_file:
            arguments = {"gguf_file": self._gguf_file}
        try:
            return kind.from_pretrained(
                self._source,
                revision=self._revision or "main",
                local_files_only=self._local,
                trust_remote_code=False,
                **arguments,
            )
        except Exception as error:  # a file that is not what it should be can fail anywhere
            remedy = "name a folder with safetensors weights, or a hub model that can be reached"
            if self._gguf_file:
                remedy = "install gguf (pip install gguf), or serve the file with llama.cpp and use openai:"
            raise ChatError(f"{self.name} cannot be loaded ({excerpt(str(error))}): {remedy}") from error
