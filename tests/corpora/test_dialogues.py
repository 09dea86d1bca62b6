"""The dialogues against the package's own file, read here a second time."""

import json
from importlib.metadata import distribution

import pytest

from tenfold.corpora import load_dialogues


@pytest.fixture(scope="module")
def records() -> dict:
    file = distribution("chitchat-dataset").locate_file("chitchat_dataset/dataset.json")
    return json.loads(file.read_text("utf-8"))


def test_there_are_as_many_dialogues_as_the_package_states():
    assert len(load_dialogues()) == 7168  # its README: 7,168 conversations


def test_only_messages_without_a_visible_character_are_left_out(records):
    raw = [message["text"] for r in records.values() for turn in r["messages"] for message in turn]
    assert len(raw) == 258_145  # its README: 258,145 utterances
    kept = sum(len(turn.messages) for dialogue in load_dialogues() for turn in dialogue.turns)
    assert kept == sum(any(character.isprintable() and character != " " for character in t) for t in raw)


def test_dialogues_keep_their_order_prompt_and_ratings(records):
    dialogues = {dialogue.id: dialogue for dialogue in load_dialogues()}
    assert list(dialogues) == list(records)
    assert sum(bool(dialogue.ratings) for dialogue in dialogues.values()) == 5988
    for key, record in records.items():
        assert dialogues[key].prompt == record.get("prompt")
        assert dialogues[key].ratings == (record.get("ratings") or {})


def test_a_turn_is_what_one_person_wrote_without_interruption(records):
    for dialogue in load_dialogues()[:500]:
        senders = [
            {message["sender"] for message in turn}
            for turn in records[dialogue.id]["messages"]
            if any(message["text"].strip() for message in turn)
        ]
        assert senders == [{turn.speaker} for turn in dialogue.turns]


def test_text_is_one_message_a_line():
    dialogue = max(load_dialogues()[:500], key=lambda d: len(d.turns))
    assert dialogue.text.split("\n") == [message for turn in dialogue.turns for message in turn.messages]
