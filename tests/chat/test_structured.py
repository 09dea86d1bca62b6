from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from tenfold.chat import Image, Message, Recorded, Recording, Reply, Request, StructuredOutputError, ask

PNG = b"\x89PNG\r\n\x1a\n" + bytes(4)


class Rating(BaseModel):
    """A rating of a conversation."""

    model_config = ConfigDict(extra="forbid")
    stars: int = Field(ge=1, le=10)
    mood: Literal["good", "bad"] = "good"


class Script:
    """Gives these answers in their order, and keeps the requests."""

    name = "script"

    def __init__(self, *answers: str | Reply) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []

    def complete(self, request: Request) -> Reply:
        self.requests.append(request)
        answer = self.answers.pop(0)
        return answer if isinstance(answer, Reply) else Reply(answer, "s", 1, 1, None, 0.0, "stop")


QUESTION = (Message("user", "How many stars?"),)


@pytest.mark.parametrize(
    "answer",
    [
        '{"stars": 7, "mood": "bad"}',
        'Sure! Here it is:\n```json\n{"stars": 7, "mood": "bad"}\n```\nAnything else?',
        '<think>{"stars": 1}</think> {"stars": 7, "mood": "bad"}',
        'I use [1] and {this}. {"stars": 7, "mood": "bad"} I repeat: {"mood": "bad", "stars": 7}',
        '{"confidence": 1} {"stars": 7, "mood": "bad"}',
    ],
    ids=["bare", "fenced", "after a thought", "said twice", "beside something else"],
)
def test_an_answer_in_any_wrapping_is_read(answer):
    model = Script(answer)
    assert ask(model, QUESTION, Rating) == Rating(stars=7, mood="bad")
    assert len(model.requests) == 1


def test_the_model_is_told_the_schema_in_words_and_as_a_setting():
    model = Script('{"stars": 7}')
    ask(model, QUESTION, Rating, temperature=0.5, max_tokens=99, seed=4)
    [request] = model.requests
    assert request.schema == Rating.model_json_schema()
    assert (request.temperature, request.max_tokens, request.seed) == (0.5, 99, 4)
    [message] = request.messages
    assert message.content.startswith(
        "How many stars?\n\nAnswer with one JSON object that satisfies this JSON schema"
    )
    assert '"stars": {"maximum": 10, "minimum": 1' in message.content


def test_images_stay_in_front_of_the_instruction():
    model = Script('{"stars": 7}')
    ask(model, [Message("user", ("rate this", Image(PNG)))], Rating)
    [message] = model.requests[0].messages
    assert message.content[:2] == ("rate this", Image(PNG))
    assert message.content[2].startswith("Answer with one JSON object")


@pytest.mark.parametrize(
    "before", [(), (Message("system", "be kind"),), (*QUESTION, Message("assistant", "Hm."))]
)
def test_the_instruction_stands_alone_where_the_user_did_not_speak_last(before):
    model = Script('{"stars": 7}')
    ask(model, before, Rating)
    assert model.requests[0].messages[:-1] == before
    assert model.requests[0].messages[-1].role == "user"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("I would rather not.", "it holds no JSON object"),
        ('{"stars": 11}', "stars: Input should be less than or equal to 10"),
        ('{"stars": 7, "run": "rm -rf /"}', "run: Extra inputs are not permitted"),
        ('{"stars": "__import__(1)"}', "stars: Input should be a valid integer"),
        ('[{"stars": 7}]', "the value: Input should be an object"),
        ('{"stars": 3} no, {"stars": 4}', "it holds 2 different JSON values that satisfy the schema"),
        ('{"stars": 3} ' + "x" * 100_000, "it has 100013 characters, and 100000 is the most that is read"),
        (
            Reply('{"stars": 7', "s", 1, 1, None, 0.0, "length"),
            r"no JSON object \(it was cut off at max_tokens\)",
        ),
        ("", "it holds no JSON object"),
    ],
)
def test_an_unusable_answer_is_tried_once_more_with_the_reason_and_then_given_up(wrong, reason):
    model = Script(wrong, '{"stars": 4}')
    assert ask(model, QUESTION, Rating) == Rating(stars=4)
    first, second = model.requests
    assert second.messages[:-2] == first.messages
    text = wrong if isinstance(wrong, str) else wrong.text
    assert second.messages[-2] == Message("assistant", text[:4000] or "(nothing)")
    correction = second.messages[-1]
    assert correction.role == "user"
    with pytest.raises(
        StructuredOutputError, match=f"script gave no usable Rating in two answers; .*{reason}"
    ) as caught:
        ask(Script(wrong, wrong), QUESTION, Rating)
    assert len(str(caught.value)) < 1000
    assert str(caught.value).isprintable()
    assert len(caught.value.answers) == 2
    assert all(len(answer) < 400 for answer in caught.value.answers)


def test_a_cut_off_answer_whose_object_is_whole_is_used():
    reply = Reply('{"stars": 7} And so', "s", 1, 1, None, 0.0, "length")
    assert ask(Script(reply), QUESTION, Rating) == Rating(stars=7)


def test_both_answers_of_a_repair_are_recorded_and_replayed(tmp_path, server):
    path = tmp_path / "answers.jsonl"
    live = Recording(server.model("rating-at-second"), path)
    assert ask(live, QUESTION, Rating) == Rating(stars=4)
    assert live.usage.requests == 2
    assert ask(Recorded(path), QUESTION, Rating) == Rating(stars=4)


@pytest.mark.parametrize(("name", "stars"), [("rating", 1), ("rating-at-second", 4)])
def test_a_real_server_is_asked_for_a_schema(server, name, stars):
    assert ask(server.model(name), QUESTION, Rating) == Rating(stars=stars)


def test_a_hostile_answer_ends_in_an_error_that_can_be_shown(server):
    with pytest.raises(StructuredOutputError, match="gave no usable Rating") as caught:
        ask(server.model("rating-never"), QUESTION, Rating)
    assert str(caught.value).isprintable()
