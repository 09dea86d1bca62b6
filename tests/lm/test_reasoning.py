"""Questions made by rule: their answers worked out anew, their mirrors, and what is held out."""

import re
from collections import Counter

from tenfold.lm.reasoning import NUMBERS, questions, training_statements


def right_answer(prompt: str) -> str:
    """The answer that the prompt implies, read from its words."""
    if found := re.fullmatch(
        r"(\w+) is older than (\w+)\. (\w+) is older than (\w+)\. the (\w+) is ", prompt
    ):
        oldest, middle, again, youngest, asked = found.groups()
        assert middle == again
        return oldest if asked == "oldest" else youngest
    if found := re.fullmatch(r"(\w+) plus (\w+) is ", prompt):
        return NUMBERS[sum(NUMBERS.index(word) for word in found.groups())]
    if found := re.match(r"the \w+ is in the (\w+) or in the (\w+)\. it is not in the (\w+)\.", prompt):
        first, second, left_out = found.groups()
        return second if left_out == first else first
    found = re.fullmatch(r"if the (\w+) is new, the (\w+) is (\w+)\. the \1 is new\. the \2 is ", prompt)
    return found[3]


def test_every_answer_follows_from_its_prompt():
    for question in questions():
        assert question.right == right_answer(question.prompt) + "."
        assert question.wrong != question.right


def test_every_statement_is_true():
    for statement in training_statements():
        prompt, answer = statement.rsplit(" ", 1)
        assert answer == right_answer(prompt + " ") + "."


def test_mirrors_swap_the_answers_so_that_no_answer_is_right_more_often():
    asked = questions()
    for first, second in zip(asked[::2], asked[1::2], strict=True):
        assert (first.right, first.wrong) == (second.wrong, second.right)
    assert Counter(q.right for q in asked) == Counter(q.wrong for q in asked)


def test_no_question_is_among_the_statements():
    statements = set(training_statements())
    assert statements.isdisjoint(question.prompt + question.right for question in questions())
    assert len(statements) > 2 * len(questions())


def test_no_pair_of_places_is_asked_for_that_is_told():
    def places(text):
        return frozenset(re.findall(r"in the (\w+)", text)[:2]), text.split()[1]

    told = {places(text) for text in training_statements() if text.startswith("the ")}
    assert told.isdisjoint(places(q.prompt) for q in questions() if q.kind == "place")


def test_every_kind_is_asked():
    assert set(Counter(question.kind for question in questions())) == {"order", "sum", "place", "rule"}
