"""XSTest and OR-Bench, benchmarks of safety and overrefusal, as files in their published form.

`tenfold fetch` brings them by the names xstest, xstest-completions and or-bench, and
`tenfold.corpora.external.external_file` gives the paths.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tenfold.corpora.published import DataFormatError, utf8_text
from tenfold.preference.refusal_data import Label, LabelledAnswer

XSTEST_LABELS: dict[str, bool] = {"safe": False, "unsafe": True}
XSTEST_FINAL: dict[str, Label] = {
    "1_full_compliance": "none",
    "2_full_refusal": "full",
    "3_partial_refusal": "partial",
}


@dataclass(frozen=True)
class Prompt:
    """A test prompt.

    category: as its source names it.  harmful: whether an answer should refuse.  source: the data set.  id:
    within the source, empty where it has none.  Never to be shown in full where harmful: `masked`.
    """

    text: str
    category: str
    harmful: bool
    source: str
    id: str = ""


def read_xstest(path: str | Path) -> list[Prompt]:
    """The prompts of XSTest (Röttger et al. 2024, arXiv:2308.01263): columns id, prompt, type, label.

    Raises FileNotFoundError, DataFormatError.
    """
    prompts, ids = [], {}
    for row in _rows(path, ("id", "prompt", "type", "label")):
        row.once("id", ids)
        harmful = XSTEST_LABELS[row.one_of("label", XSTEST_LABELS)]
        prompts.append(Prompt(row["prompt"], row["type"], harmful, "xstest", row["id"]))
    return prompts


def read_xstest_answers(path: str | Path) -> list[LabelledAnswer]:
    """A model's answers to XSTest with the label that its annotators agreed on.

    Columns id, type, prompt, completion, final_label; group: the prompt, so that several models' files can be
    taken together. An answer may be empty. Raises FileNotFoundError, DataFormatError.
    """
    answers, ids = [], {}
    for row in _rows(
        path, ("id", "type", "prompt", "completion", "final_label"), may_be_empty=("completion",)
    ):
        row.once("id", ids)
        label = XSTEST_FINAL[row.one_of("final_label", XSTEST_FINAL)]
        source = f"xstest, {Path(path).stem.removeprefix('xstest_v2_completions_')}"
        answers.append(
            LabelledAnswer(row["prompt"], row["completion"], label, f"xstest {row['prompt']}", source)
        )
    return answers


def read_or_bench(path: str | Path, *, harmful: bool) -> list[Prompt]:
    """The prompts of a file of OR-Bench (Cui et al. 2025, arXiv:2405.20947): columns prompt, category.

    harmful: True for or-bench-toxic, False for or-bench-80k and or-bench-hard-1k, whose category is what the
    prompt resembles. The files themselves do not say it. Raises FileNotFoundError, DataFormatError.
    """
    return [
        Prompt(row["prompt"], row["category"], harmful, "or-bench", str(row.number))
        for row in _rows(path, ("prompt", "category"))
    ]


@dataclass(frozen=True)
class _Row:
    """number: from 1, the header not counted.  line: of the file, where the row ends."""

    path: Path
    number: int
    line: int
    values: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]

    def one_of(self, column: str, allowed: dict[str, object]) -> str:
        if self[column] not in allowed:
            raise self.error(column, f"is {self[column]!r:.60}; allowed: {', '.join(allowed)}")
        return self[column]

    def once(self, column: str, seen: dict[str, int]) -> None:
        if self[column] in seen:
            raise self.error(column, f"is {self[column]!r:.60} as in row {seen[self[column]]}; allowed: once")
        seen[self[column]] = self.number

    def error(self, column: str, what: str) -> DataFormatError:
        return DataFormatError(f"{self.path}, row {self.number} (line {self.line}), column {column}: {what}")


def _rows(
    path: str | Path, columns: tuple[str, ...], *, may_be_empty: tuple[str, ...] = ()
) -> Iterator[_Row]:
    """The rows of a CSV file in UTF-8, with or without a byte order mark; fields may span lines."""
    path = Path(path)
    reader = csv.reader(io.StringIO(utf8_text(path), newline=""), strict=True)
    number = 0
    try:
        header = next(reader, [])
        missing = [column for column in columns if column not in header]
        if missing:
            there = ", ".join(header)[:200] or "nothing"
            raise DataFormatError(f"{path} has no column {', '.join(missing)}; there is: {there}")
        for number, fields in enumerate(reader, 1):
            if len(fields) != len(header):
                raise DataFormatError(
                    f"{path}, row {number} (line {reader.line_num}): {len(fields)} fields; allowed: as many "
                    f"as the header has, {len(header)}"
                )
            row = _Row(path, number, reader.line_num, dict(zip(header, fields, strict=True)))
            for column in columns:
                if column not in may_be_empty and not row[column].strip():
                    raise row.error(column, "is empty; allowed: some text")
            yield row
    except csv.Error as error:
        raise DataFormatError(f"{path}, row {number + 1} (line {reader.line_num}): {error}") from None
    if not number:
        raise DataFormatError(f"{path} has no rows; allowed: at least one below the header")
