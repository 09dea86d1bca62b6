"""The prompts of a run on published models: pools for training, benchmarks for tests, no prompt in both."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from transformers import PreTrainedTokenizerBase

from tenfold.corpora.external import external_file
from tenfold.preference.hub_data import first_fitting, prompt_tokens, read_data, shuffled, text_of
from tenfold.preference.hub_student_config import SHIPPED, HubStudentConfig
from tenfold.preference.safety_data import Prompt, read_or_bench, read_xstest
from tenfold.preference.shipped_prompts import shipped_prompts


@dataclass(frozen=True)
class Pools:
    """Prompts for training: general-purpose and toxic ones for the first stage, others for pairs.

    in_tests, too_long: how many were left out as such.
    """

    general: tuple[str, ...]
    toxic: tuple[str, ...]
    borderline: tuple[str, ...]
    harmful: tuple[str, ...]
    in_tests: int
    too_long: int


def read_tests(config: HubStudentConfig, tokenizer: PreTrainedTokenizerBase) -> tuple[Prompt, ...]:
    """The prompts of the benchmarks. Their source names the benchmark.

    Raises ExternalDataError with the command that fetches what is missing, FileNotFoundError,
    DataFormatError, ValueError for prompts longer than max_prompt and fewer than test_size.
    """
    kept: list[Prompt] = []
    for benchmark in config.tests:
        prompts = _benchmark(config, benchmark)
        longest = max(len(prompt_tokens(tokenizer, prompt.text)) for prompt in prompts)
        if longest > config.max_prompt:
            raise ValueError(
                f"max_prompt is {config.max_prompt}; allowed with {benchmark}: {longest} or more, the tokens "
                "of its longest prompt"
            )
        for harmful in (False, True):
            some = [prompt for prompt in prompts if prompt.harmful == harmful]
            n = len(some) if config.test_size is None else config.test_size
            if not 0 < n <= len(some):
                kind = "harmful" if harmful else "harmless"
                raise ValueError(
                    f"test_size is {config.test_size}; {benchmark} has {len(some)} {kind} prompts"
                )
            kept += some if n == len(some) else shuffled(some, [config.seed, 3])[:n]
    return tuple(kept)


def draw_pools(
    config: HubStudentConfig, tests: Iterable[Prompt], tokenizer: PreTrainedTokenizerBase
) -> Pools:
    """Different prompts, drawn by the seed. What is a test prompt but for case and spaces is left out.

    OR-Bench's hard part, a test, is a part of its 80k. Raises FileNotFoundError, and ValueError for rows that
    are none and for fewer prompts than asked for.
    """
    held_out = {_folded(prompt.text) for prompt in tests}
    stage = config.preference
    wanted = (
        ("general_size", _general, config.general_size),
        ("added and harmful_size", _toxic, config.added + (stage.harmful_size if stage else 0)),
        ("borderline_size", _borderline, stage.borderline_size if stage else 0),
    )
    pools: list[tuple[str, ...]] = []
    in_tests = too_long = 0
    for place, (name, read, size) in enumerate(wanted):
        if not size:
            pools.append(())
            continue
        different = {_folded(text): text for text in read(config)}
        free = [text for folded, text in different.items() if folded not in held_out]
        drawn, longer = first_fitting(
            name,
            shuffled(free, [config.seed, 1, place]),
            size,
            lambda text: len(prompt_tokens(tokenizer, text)) <= config.max_prompt,
        )
        in_tests += len(different) - len(free)
        too_long += longer
        pools.append(tuple(drawn))
    general, toxic, borderline = pools
    return Pools(general, toxic[: config.added], borderline, toxic[config.added :], in_tests, too_long)


def _benchmark(config: HubStudentConfig, name: str) -> list[Prompt]:
    if name == "xstest":
        return read_xstest(config.xstest_data or external_file("xstest", "xstest_prompts.csv"))
    hard = config.hard_data or external_file("or-bench", "or-bench-hard-1k.csv")
    toxic = config.harmful_data or external_file("or-bench", "or-bench-toxic.csv")
    return read_or_bench(hard, harmful=False) + read_or_bench(toxic, harmful=True)


def _general(config: HubStudentConfig) -> list[str]:
    return read_data(
        config.general_data,
        text_of(config.general_column),
        split=config.general_split,
        revision=config.general_revision,
    )


def _toxic(config: HubStudentConfig) -> list[str]:
    if config.toxic_data == SHIPPED:
        return [prompt.text for prompt in shipped_prompts() if prompt.harmful]
    return read_data(
        config.toxic_data,
        text_of(config.toxic_column),
        split=config.toxic_split,
        revision=config.toxic_revision,
    )


def _borderline(config: HubStudentConfig) -> list[str]:
    path: str | Path = config.borderline_data or external_file("or-bench", "or-bench-80k.csv")
    return [prompt.text for prompt in read_or_bench(path, harmful=False)]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
