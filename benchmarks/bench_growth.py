"""How time and memory grow where other benchmarks measure one size, written to results/growth.{json,md}.

CPU time of one thread, by the functions of those benchmarks. All sizes of a row are measured in each round;
the search index, the reading of dialogues and memory once. Attention and training have several sizes on
record: their rows are computed from those files, in the table alone.
"""

import os
import warnings
from collections.abc import Callable
from dataclasses import replace

os.environ["OMP_NUM_THREADS"] = "1"

import bench_attention
import bench_longcontext
import bench_preference_memory
import bench_preference_step
import faiss
import numpy as np
import torch
from bench_feedback import SCORED, TRAINING
from datasets import disable_progress_bars
from growth_report import table
from side_by_side import command_line, conditions, cpu_seconds, growth, growth_table, write

from tenfold.feedback import (
    PatternIndex,
    StatisticalExtractor,
    find_feedback,
    learn_rubric,
    rated_chats,
    remove_personal_data,
    score_many,
)
from tenfold.kernels import PatternWarning, S2Pattern
from tenfold.longcontext.settings import KnnSettings
from tenfold.serp import RuleProposer, SearchIndex, all_tools, compose, estimated_judge, make_queries, render
from tenfold.serp.corpus import all_documents

Rows = dict[str, tuple[str, dict]]  # name to (unit of the sizes, growth)

CONTEXTS, DECODED = (4096, 8192, 16384, 32768), 40  # tokens in the cache, steps
WINDOWS = (2, 3, 4, 6, 8)
PAIRS, STEPS = (4, 8, 16, 32), 15
VOCABULARIES = (16_384, 32_768, 65_536, 131_072)
DOCUMENTS, BUDGETS, PER_CLASS = (2_500, 5_000, 10_000, 20_000), (16, 64, 256, 1024), 5
DIALOGUES = (125, 250, 500, SCORED)


def decoding(rounds: int) -> Rows:
    pattern = S2Pattern(bench_attention.HEADS, bench_attention.BLOCK, bench_attention.LOCAL_BLOCKS, 8)
    fields = [bench_attention.decode_case(pattern, length) for length in CONTEXTS]
    for field in fields:
        for run in field.values():
            run()
    names = {"dense": "a token decoded, dense", "ours": "a token decoded, ours, stride 8"}
    return {
        label: (
            "tokens before it",
            growth(CONTEXTS, [[_mean(field[who], DECODED) for field in fields] for _ in range(rounds)]),
        )
        for who, label in names.items()
    }


def long_context(rounds: int) -> Rows:
    faiss.omp_set_num_threads(1)
    model, window = bench_longcontext.new_model(), bench_longcontext.WINDOW
    tokens = torch.randint(1024, (1, max(WINDOWS) * window), generator=torch.Generator().manual_seed(0))
    retrieving = KnnSettings(window, layers=(bench_longcontext.LAYER,), k=32)
    kinds = {"dense": lambda n: KnnSettings(n * window), "retrieval": lambda _: retrieving}
    sizes, grown = [n * window for n in WINDOWS], {}
    for name, settings in kinds.items():
        rows = [
            [bench_longcontext.timed(model, tokens[:, -n * window :], settings(n), None) for n in WINDOWS]
            for _ in range(rounds)
        ]
        for what, key in (("reading", "read_seconds"), ("a step", "step_seconds")):
            grown[f"{what}, {name}"] = ("tokens", growth(sizes, [[one[key] for one in row] for row in rows]))
    return grown


def preference_step(rounds: int) -> Rows:
    shapes = [replace(bench_preference_step.SHAPES[0], pairs=pairs) for pairs in PAIRS]
    model = bench_preference_step.new_model(shapes[0])
    tokenizer, grown = bench_preference_step.new_tokenizer(shapes[0]), {}
    warmup = bench_preference_step.WARMUP
    data = [bench_preference_step.new_pairs(shape, (warmup + STEPS) * shape.pairs) for shape in shapes]

    def step(who: str, number: int) -> float:
        given = model, tokenizer, data[number]
        return bench_preference_step.timed(who, shapes[number], False, STEPS, given)["cpu_seconds"]

    for who in ("ours", "TRL"):
        seconds = [[step(who, number) for number in range(len(PAIRS))] for _ in range(rounds)]
        grown[f"a step, {who}"] = ("pairs", growth(PAIRS, seconds))
    return grown


def preference_memory(_: int) -> Rows:
    width, grown = bench_preference_memory.WIDTHS[0], {}
    for way in bench_preference_memory.WAYS:
        peaks = [
            bench_preference_memory.measured_apart(way, size, width)["peak_bytes"] for size in VOCABULARIES
        ]
        grown[f"peak memory, {way}"] = ("words", growth(VOCABULARIES, [peaks], of="bytes"))
    return grown


def result_pages(rounds: int) -> Rows:
    documents = list(all_documents())
    order = np.random.default_rng(0).permutation(len(documents))
    taken = [[documents[number] for number in order[:size]] for size in DOCUMENTS]
    seconds = [cpu_seconds(lambda some=some: SearchIndex.build(some).close()) for some in taken]
    index = SearchIndex.build(documents)
    tools, proposer = all_tools(index), RuleProposer()
    tasks = make_queries(index, per_class=PER_CLASS, rng=np.random.default_rng(101))

    def pages(budget: int) -> float:
        def work() -> None:
            for number, task in enumerate(tasks):
                rng, settings = np.random.default_rng(number), {"strategy": "beam", "budget": budget}
                render(compose(task.query, tools, proposer, estimated_judge, rng=rng, **settings).page)

        return cpu_seconds(work) / len(tasks)

    pages(max(BUDGETS))  # what is loaded at first use
    composed = [[pages(budget) for budget in BUDGETS] for _ in range(rounds)]
    index.close()
    return {
        "building an index in memory": ("documents", growth(DOCUMENTS, [seconds])),
        "composing a page": ("calls of the judge", growth(BUDGETS, composed)),
    }


def dialogues(_: int) -> Rows:
    chats = [chat for chat in rated_chats(least_turns=4) if not chat.untouched]
    training, rest = chats[:TRAINING], [chat.dialogue for chat in chats[TRAINING : TRAINING + SCORED]]
    labels, extractor = [1 if chat.rating >= 8 else -1 for chat in training], StatisticalExtractor()
    rubric = learn_rubric([chat.dialogue for chat in training], labels, extractor)
    works: dict[str, Callable[[list], object]] = {
        "scoring by a rubric": lambda some: score_many(some, rubric, extractor, progress=False),
        "finding feedback signals": lambda some: [find_feedback(one) for one in some],
        "removing personal data": lambda some: [
            remove_personal_data(turn.text) for one in some for turn in one.turns
        ],
        "reading into an index": lambda some: PatternIndex(some, longest=3),
    }
    return {
        name: (
            "dialogues",
            growth(DIALOGUES, [[cpu_seconds(lambda n=n, work=work: work(rest[:n])) for n in DIALOGUES]]),
        )
        for name, work in works.items()
    }


def _mean(work: Callable[[], object], repeats: int) -> float:
    return cpu_seconds(lambda: [work() for _ in range(repeats)]) / repeats


PARTS = {
    "decoding": decoding,
    "long context": long_context,
    "preference step": preference_step,
    "preference memory": preference_memory,
    "result pages": result_pages,
    "dialogues": dialogues,
}


def main() -> None:
    arguments = command_line(__doc__, rounds=3)
    before = os.getloadavg()[0]
    torch.set_num_threads(1)
    disable_progress_bars()
    warnings.simplefilter("ignore", PatternWarning)  # 8 heads reach 8 residues: speed does not mind
    parts: dict[str, dict[str, dict]] = {}
    for title, measure in PARTS.items():
        rows = measure(arguments.rounds)
        parts[title] = {name: {"unit": unit, **grown} for name, (unit, grown) in rows.items()}
        print(title, *growth_table(rows), sep="\n", flush=True)
    results = conditions("torch", rounds=arguments.rounds, load_before=before) | {"parts": parts}
    write("growth", results, table(results), arguments.out)


if __name__ == "__main__":
    main()
