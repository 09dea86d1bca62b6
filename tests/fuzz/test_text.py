"""Any text in catalogs, dialogues, model answers and pages."""

import json
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from tenfold.book.page.ledger import ledger_html
from tenfold.book.page.table import table_html
from tenfold.book.page.verdicts import verdicts_html
from tenfold.chat import Message, Reply, StructuredOutputError, ask
from tenfold.claims import Estimate, Ledger, NotTestable, judge
from tenfold.corpora.catalogs import clean_message, split_parallel
from tenfold.feedback import Dialogue, Turn, find_feedback
from tenfold.feedback.dialogue import check_quotes, find_quote

hostile = st.sampled_from(
    [
        "</td><script>alert(1)</script>",
        '"><img src=x onerror=y>',
        "{{ 7 * 7 }}",
        "{% include x %}",
        "&lt;",
        "]]>",
    ]
)
text = st.text(max_size=60) | hostile


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.lists(text, min_size=3, max_size=3), max_size=6))
def test_catalogs_of_any_messages_are_split_without_overlap(messages):
    languages = ("de", "fr", "ru")
    catalogs = {
        name: {key: clean_message(texts[n]) for key, texts in messages.items()}
        for n, name in enumerate(languages)
    }
    corpus = split_parallel({name: dict(texts) for name, texts in catalogs.items()})
    tested = {line for name in languages for line in corpus.test[name].decode().split("\n")}
    for name in languages:
        lines = corpus.train[name].decode().split("\n")
        assert not {line for line in lines if line} & tested


@given(text)
def test_a_cleaned_message_holds_no_tag_and_no_placeholder(message):
    cleaned = clean_message(message)
    assert cleaned == " ".join(cleaned.split())
    assert "_" not in cleaned
    assert "<script>" not in cleaned


phrases = st.sampled_from(
    ["thanks!", "that is wrong", "ok", "no, I meant the other one", "why do you repeat this"]
)
turns = st.lists(st.tuples(st.sampled_from(["user", "assistant"]), text | phrases), max_size=8)


@given(turns)
def test_signals_of_any_dialogue_quote_what_the_user_said_there(said):
    dialogue = Dialogue("d", tuple(Turn(role, words) for role, words in said))
    signals = find_feedback(dialogue)
    check_quotes(dialogue, tuple(signal.quote for signal in signals))
    assert all(said[signal.turn][0] == "user" for signal in signals)
    assert all(said[signal.answer][0] == "assistant" and signal.answer < signal.turn for signal in signals)


@given(turns, text)
def test_a_quotation_is_found_exactly_where_somebody_said_it(said, wanted):
    dialogue = Dialogue("d", tuple(Turn(role, words) for role, words in said))
    quote = find_quote(dialogue, wanted)
    users = [words for role, words in said if role == "user"]
    assert (quote is not None) == (bool(wanted.strip()) and any(wanted.strip() in words for words in users))
    if quote:
        assert said[quote.turn][1][quote.start : quote.end] == wanted.strip()


class Rating(BaseModel):
    model_config = ConfigDict(extra="forbid")
    stars: int = Field(ge=1, le=10)
    word: str = ""


class Script:
    """Gives these answers in their order."""

    name = "script"

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    def complete(self, request):
        return Reply(self.answers.pop(0), "s", 1, 1, None, 0.0, "stop")


answer = (
    text
    | st.builds('{{"stars": {}, "word": "{}"}}'.format, st.integers(-2, 12), st.text('ab{}\\"', max_size=6))
    | st.sampled_from(
        ["[" * 5_000, '{"stars":' * 2_000, "9" * 5_000, '{"stars": NaN}', '{"stars": 1e400}', "<think>{"]
    )
)


@given(answer, answer, text)
def test_any_two_answers_of_a_model_give_an_instance_or_a_named_error(attempt, first, second, prose):
    model = Script(f"{prose}{first}", f"{prose}{second}")

    def asked():
        return ask(model, (Message("user", "How many?"),), Rating)

    rating = attempt(asked, StructuredOutputError, "script gave no usable Rating in two answers")
    assert rating is None or 1 <= rating.stars <= 10


class Tags(HTMLParser):
    """The elements of a piece of HTML, with the attributes that could run or load anything."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        risky = [name for name, _ in attrs if name.startswith("on") or name in ("src", "href", "srcdoc")]
        self.seen.append(f"{tag} {' '.join(risky)}")


def ledger(words: str) -> Ledger:
    claim = {
        "id": "C1",
        "text": words,
        "where": words,
        "reported": {"value": 0.3, "unit": words, "mark": "read", "source": words},
        "prediction": words,
        "criterion": {"type": "excludes", "value": 0.0, "side": "above", "level": 0.9},
        "evidence": "simulator",
        "profiles": ["laptop"],
        "registered": "2026-01-02",
    }
    paper = {"title": words, "authors": [words], "arxiv": "2401.00001", "version": "v1", "licence": words}
    return Ledger.model_validate_json(json.dumps({"chapter": "demo", "paper": paper, "claims": [claim]}))


@given(text.filter(str.strip))
def test_any_words_in_a_ledger_make_the_same_elements(words):
    made, plain = ledger(words), ledger("plain")
    assert Tags(ledger_html(made)).seen == Tags(ledger_html(plain)).seen
    for evidence in (Estimate(0.5, 0.4, 0.6, 0.9), NotTestable(words)):
        pages = [verdicts_html(judge(x, {"C1": evidence}, profile="laptop")) for x in (made, plain)]
        assert Tags(pages[0]).seen == Tags(pages[1]).seen


@given(st.lists(text, min_size=2, max_size=2), text)
def test_any_words_in_a_table_make_the_same_elements(cells, caption):
    html = table_html(pd.DataFrame({cells[0]: [cells[1]]}, index=[cells[1]]), f"x{caption}")
    plain = table_html(pd.DataFrame({"a": ["b"]}, index=["b"]), "x")
    assert Tags(html).seen == Tags(plain).seen


def test_a_script_in_a_page_would_be_seen():
    assert Tags("<p onclick='x'><script src='y'>").seen == ["p onclick", "script src"]
    with pytest.raises(ValueError, match="text"):
        ledger("")
