"""Loaders on files in the published forms, with text written here."""

import gzip
import hashlib
import json
import re

import pytest

from tenfold.corpora.external import external_file
from tenfold.corpora.published import DataFormatError
from tenfold.feedback import (
    find_feedback,
    label_counts,
    label_dialogues,
    read_hh_rlhf,
    read_uss,
    read_wildfeedback_annotations,
    read_wildfeedback_pairs,
)
from tenfold.feedback.uss_labels import vote_class

USS = (
    "USER\tI want a table for two.\tBOOK\t3,3,3\n"
    "SYSTEM\tFor when?\tREQUEST\t\n"
    "USER\tTonight, caf\u00e9 Central please.\tINFORM\t4,4,3\n"
    "SYSTEM\tBooked.\n"
    "USER\tThank you!\tTHANK\t3,5,4\n"
    "USER\tOVERALL\t\t4,4,5\n"
    "\n"
    "USER\tA taxi now\tBOOK\t4,4,4\n"
    "SYSTEM\tNo taxi.\tFAIL\t\n"
    "USER\tYou must have one.\tINFORM\t2,2,1\n"
    "SYSTEM\tNo.\t\t\n"
    "USER\tBus then\n"
    "USER\tOVERALL\t\t2,1,3\n"
    "\n\n"
    "USER\tIs it open?\tASK\t2,3,4\n"
    "SYSTEM\tYes.\tINFORM\t\n"
)


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=repr)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_uss_dialogues(write, end, mark):
    dialogues = read_uss(write(mark + USS.replace("\n", end), "MWOZ.txt"))
    assert [len(d.dialogue.turns) for d in dialogues] == [5, 5, 2]
    first = dialogues[0]
    assert (first.dialogue.id, first.dialogue.turns[2].text) == (
        "MWOZ 1",
        "Tonight, caf\u00e9 Central please.",
    )
    assert [turn.role for turn in first.dialogue.turns] == ["user", "assistant"] * 2 + ["user"]
    assert first.votes == ((3, 3, 3), (), (4, 4, 3), (), (3, 5, 4))
    assert first.actions == ("BOOK", "REQUEST", "INFORM", "", "THANK")
    assert [d.overall for d in dialogues] == [(4, 4, 5), (2, 1, 3), ()]


@pytest.mark.parametrize(
    ("votes", "majority", "mean"),
    [((4, 4, 3), 1, 1), ((3, 3, 5), 0, 1), ((2, 3, 4), 0, 0), ((1, 4, 4), 1, 0), ((2, 3), -1, 0), ((), 0, 0),
     ((2, 2, 5), -1, 0), ((3, 4), 0, 1), ((5,), 1, 1)],
    ids=str,
)  # fmt: skip
def test_a_turns_votes_by_majority_and_by_mean(votes, majority, mean):
    """By hand: (2, 3) ties, its lower median is 2; its mean 2.5 rounds up to 3, which is neutral."""
    assert vote_class(votes, "majority") == majority
    assert vote_class(votes, "mean") == mean


def test_an_unknown_derivation_is_refused():
    with pytest.raises(ValueError, match="majority, mean, overall"):
        vote_class((1,), "median")


def test_a_dialogue_is_cut_at_its_first_contradiction(write):
    records = read_uss(write(USS, "MWOZ.txt"))
    labelled = label_dialogues(records, "majority")
    assert [entry.label for entry in labelled] == [1, 1, 0]
    assert [turn.text for turn in labelled[1].dialogue.turns] == ["A taxi now", "No taxi."]
    pieces = label_dialogues(records, "majority", pieces=True)
    assert [entry.label for entry in pieces] == [1, 1, -1, 0]
    assert [turn.text for turn in pieces[2].dialogue.turns] == ["You must have one.", "No.", "Bus then"]
    assert [entry.source for entry in pieces] == ["MWOZ 1", "MWOZ 2", "MWOZ 2", "MWOZ 3"]
    assert len({entry.dialogue.id for entry in pieces}) == 4


def test_the_overall_rating_labels_whole_dialogues(write):
    labelled = label_dialogues(read_uss(write(USS, "MWOZ.txt")), "overall")
    assert [(entry.label, len(entry.dialogue.turns)) for entry in labelled] == [(1, 5), (-1, 5), (0, 2)]


def test_all_derivations_are_counted_side_by_side(write):
    table = label_counts(read_uss(write(USS, "MWOZ.txt")))
    assert table.loc["majority"].to_dict() == {"SAT": 2, "DSAT": 0, "neutral": 1}
    assert table.loc["majority, in pieces"].to_dict() == {"SAT": 2, "DSAT": 1, "neutral": 1}
    assert table.loc["overall"].to_dict() == {"SAT": 1, "DSAT": 1, "neutral": 1}
    assert list(table.index) == ["majority", "majority, in pieces", "mean", "mean, in pieces", "overall"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("USR\thi\n", r"row 1, column role: is 'USR'; allowed: USER, SYSTEM"),
        ("USER hi\n", r"row 1, column role"),
        ("USER\n", r"row 1, column text: 1 columns"),
        ("USER\ta\tb\t3\te\tf\n", r"row 1, column text: 6 columns"),
        ("USER\thi\tA\t3,6\n", r"row 1, column votes: hold '6'; allowed: 1 to 5"),
        ("USER\thi\tA\t3;3\n", r"column votes: hold '3;3'"),
        ("USER\thi\tA\t\u00b2\n", r"column votes"),
        ("SYSTEM\thi\tA\t3\n", r"column votes: are \(3,\); allowed: none in a row of SYSTEM"),
        ("USER\thi\tA\t3\nUSER\tOVERALL\t\t3\nUSER\tmore\n", r"row 3, column role: USER follows OVERALL"),
        ("USER\tOVERALL\t\t3\n", r"row 1, column text: is OVERALL"),
        ("\n\n", r"no dialogues"),
        (b"USER\tcaf\xe9\n", r"line 1: byte 0xe9 is no UTF-8"),
    ],
)
def test_a_file_that_is_not_uss_is_refused_naming_row_and_column(write, text, message):
    path = write(text, "MWOZ.txt")
    with pytest.raises(DataFormatError, match=re.escape(str(path)) + ".*" + message):
        read_uss(path)


PAIR = {
    "conversations": [
        {"from": speaker, "value": text}
        for speaker, text in (("human", "Hi"), ("gpt", "Yo"), ("human", "\u4f60"))
    ],
    "chosen": {"from": "gpt", "value": "good"},
    "rejected": {"from": "gpt", "value": "bad"},
}  # fmt: skip


@pytest.mark.parametrize("indent", [None, 1])
def test_wildfeedback_pairs(write, indent):
    path = write(json.dumps([PAIR, PAIR], indent=indent), "wildfeedback.json")
    first, second = read_wildfeedback_pairs(path)
    assert (first.chosen, first.rejected) == ("good", "bad")
    assert [(turn.role, turn.text) for turn in second.history.turns] == [
        ("user", "Hi"),
        ("assistant", "Yo"),
        ("user", "\u4f60"),
    ]


def test_rows_longer_than_what_is_read_at_once_come_whole(write):
    long = PAIR | {"chosen": {"from": "gpt", "value": '\u4f60[{"' * 600_000}}
    rows = list(read_wildfeedback_pairs(write(json.dumps([PAIR, long, PAIR]), "wildfeedback.json")))
    assert [len(row.chosen) for row in rows] == [4, 2_400_000, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no array"),
        ("{}", "holds no array"),
        ("[]", "no rows"),
        ("[1]", "row 1: 1; allowed: an object"),
        (json.dumps([PAIR])[:-40], "row 1: "),
        (json.dumps([PAIR])[:-1], "after row 1: 'the end'"),
        (json.dumps([PAIR]) + "[]", "more follows"),
        (json.dumps([PAIR, {}]), "row 2, column conversations: is missing"),
        (json.dumps([PAIR | {"conversations": []}]), "column conversations: is empty"),
        (json.dumps([PAIR | {"chosen": "good"}]), "row 1, column chosen: is 'good'; allowed: an object"),
        (json.dumps([PAIR | {"chosen": {"from": "tool", "value": ""}}]), "column chosen: has from 'tool'"),
        (
            json.dumps([PAIR | {"chosen": {"from": "gpt"}}]),
            "column chosen: is None; allowed: a value that is text",
        ),
        ('[{"conversations": NaN}]', "row 1: NaN is no JSON"),
        (b'[{"conversations": "\xff"}]', "allowed: UTF-8"),
    ],
)
def test_a_broken_pair_file_is_refused_naming_the_row(write, text, message):
    path = write(text, "wildfeedback.json")
    with pytest.raises(DataFormatError, match=re.escape(str(path)) + ".*" + re.escape(message)):
        list(read_wildfeedback_pairs(path))


def annotated(*rows, sat="SAT", dsat="DSAT"):
    return [
        {"UtteranceId": n, "TurnId": n // 2 + 1, "Role": "User" if n % 2 == 0 else "Agent", "Content": text,
         "State": state, sat: good, dsat: bad}
        for n, text, state, good, bad in rows
    ]  # fmt: skip


ROWS = [
    (0, "Capital of Australia?", "NEWTOPIC", False, False),
    (1, "Sydney.", "", False, True),
    (2, "That is wrong", "FEEDBACK", False, True),
    (3, "Canberra.", "", False, False),
    (4, "thank you", "POSITIVE_CLOSURE", True, False),
    (0, "Hi", None, False, False),
]


@pytest.mark.parametrize(
    "form", [lambda x: x, str, lambda x: "yes" if x else None], ids=["JSON", "words", "null"]
)
@pytest.mark.parametrize("columns", [("SAT", "DSAT"), ("Satisfaction", "Disatisfaction")])
def test_wildfeedback_annotations(write, form, columns):
    rows = [(n, text, state, form(good), form(bad)) for n, text, state, good, bad in ROWS]
    text = json.dumps(annotated(*rows, sat=columns[0], dsat=columns[1]))
    first, second = read_wildfeedback_annotations(write(text, "sat_dsat_annotation.json"))
    assert [turn.role for turn in first.dialogue.turns] == ["user", "assistant"] * 2 + ["user"]
    assert first.marked == {2: {"DSAT"}, 4: {"SAT"}}
    assert first.states[2] == "FEEDBACK"
    assert (second.marked, second.states) == ({}, ("",))
    assert [(s.turn, s.polarity) for s in find_feedback(first.dialogue)] == [(2, "DSAT"), (4, "SAT")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"UtteranceId": 5}, "row 3, column UtteranceId: is 5 after 1; allowed: 0 or 2"),
        ({"UtteranceId": True}, "row 3, column UtteranceId: is True"),
        ({"Role": "Bot"}, "row 3, column Role: is 'Bot'; allowed: User, Agent"),
        ({"Content": None}, "row 3, column Content: is None; allowed: text"),
        ({"DSAT": "maybe"}, "row 3, column DSAT: is 'maybe'; allowed: true, false"),
    ],
)
def test_a_broken_annotation_is_refused_naming_row_and_column(write, change, message):
    rows = annotated(*ROWS)
    rows[2] |= change
    path = write(json.dumps(rows), "sat_dsat_annotation.json")
    with pytest.raises(DataFormatError, match=re.escape(str(path)) + ".*" + re.escape(message)):
        list(read_wildfeedback_annotations(path))


def test_fetched_files_are_read_by_the_name_of_their_data_set(tmp_path):
    path = tmp_path / "data/external/hh-rlhf/helpful-base/test.jsonl.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(json.dumps(HH).encode()))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_name("test.jsonl.gz.sha256").write_text(f"{digest}  test.jsonl.gz\n")
    assert len(read_hh_rlhf(external_file("hh-rlhf", "helpful-base/test.jsonl.gz", root=tmp_path))) == 1


def test_missing_marks_are_refused(write):
    rows = [{name: value for name, value in row.items() if name != "SAT"} for row in annotated(*ROWS)]
    with pytest.raises(DataFormatError, match="row 1, column SAT: is missing"):
        list(read_wildfeedback_annotations(write(json.dumps(rows), "sat_dsat_annotation.json")))


HH = {
    "chosen": "\n\nHuman: Hi there\n\nAssistant: Hello.\n\nHuman: Cook?\n\nAssistant: Soup,\n\nthen bread.",
    "rejected": "\n\nHuman: Hi there\n\nAssistant: Hello.\n\nHuman: Cook?\n\nAssistant:",
}


@pytest.mark.parametrize("packed", [False, True])
def test_hh_rlhf_transcripts(write, packed):
    text = "".join(json.dumps(HH) + "\n" for _ in range(2)).encode()
    path = write(gzip.compress(text) if packed else text, "train.jsonl.gz" if packed else "train.jsonl")
    first, second = read_hh_rlhf(path)
    assert [turn.text for turn in first.chosen.turns] == [
        "Hi there",
        "Hello.",
        "Cook?",
        "Soup,\n\nthen bread.",
    ]
    assert [turn.role for turn in first.rejected.turns] == ["user", "assistant"] * 2
    assert second.rejected.turns[-1].text == ""
    assert first.chosen.id != second.chosen.id != second.rejected.id


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no rows"),
        ("{\n", "row 1"),
        (json.dumps(HH) + "\n[]\n", "row 2"),
        (json.dumps(HH) + '\n{"chosen": "\\n\\nHuman: a"}\n', "row 2, column rejected: is missing"),
        (json.dumps(HH | {"chosen": "Hi"}), "row 1, column chosen: starts with 'Hi'"),
        (json.dumps(HH | {"chosen": "\n\nAssistant: Hi"}), "row 1, column chosen: starts with"),
        (json.dumps(HH | {"rejected": 1}), "row 1, column rejected: is 1; allowed: text"),
        (b"\xff\n", "row 1: "),
    ],
)
def test_a_broken_transcript_file_is_refused_naming_the_row(write, text, message):
    path = write(text, "test.jsonl")
    with pytest.raises(DataFormatError, match=re.escape(str(path)) + ".*" + re.escape(message)):
        read_hh_rlhf(path)


def test_a_compressed_file_that_breaks_off_is_refused(write):
    whole = gzip.compress("".join(json.dumps(HH | {"n": n}) + "\n" for n in range(500)).encode())
    with pytest.raises(DataFormatError, match="after row"):
        read_hh_rlhf(write(whole[: len(whole) // 2], "train.jsonl.gz"))


@pytest.mark.parametrize(
    "read",
    [read_uss, read_hh_rlhf, lambda p: list(read_wildfeedback_pairs(p)),
     lambda p: list(read_wildfeedback_annotations(p))],
    ids=["uss", "hh-rlhf", "pairs", "annotations"],
)  # fmt: skip
def test_a_missing_file_names_the_remedy(read, tmp_path):
    with pytest.raises(FileNotFoundError, match="tenfold fetch"):
        read(tmp_path / "none.txt")
