"""Chapter 08's runs on corpora whose labels have a known cause."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import RidgeCV

from tenfold.feedback import Dialogue, LabelledDialogue, Turn, spur_experiment, spur_methods
from tenfold.feedback.spur_corpus import Corpus, corpus, matched_pairs
from tenfold.feedback.spur_experiment import SpurConfig, split, target_of, train_spur
from tenfold.feedback.spur_methods import Learning, score_by
from tenfold.feedback.spur_prompts import auc_difference, score_by_prompts
from tenfold.feedback.spur_uss import TooFewDialogues, compare_methods, labelled_corpus
from tenfold.feedback.uss import read_uss
from tenfold.feedback.uss_labels import label_counts, label_dialogues

FILLER = ["red", "blue", "green", "house", "tree", "river", "stone", "cloud"]


def talk(number, extra, rng):
    lines = [" ".join(rng.choice(FILLER, 5)) for _ in range(4)]
    lines[rng.integers(4)] += f" {extra}"
    return Dialogue(str(number), tuple(Turn("user", line) for line in lines))


@pytest.fixture(scope="module")
def pairs():
    """40 pairs; liked dialogues say "sunny", disliked ones "rusty", in 8 of 10 cases."""
    rng = np.random.default_rng(0)
    labels = np.tile([1.0, -1.0], 40)
    words = [("sunny" if y > 0 else "rusty") if rng.random() < 0.8 else "plain" for y in labels]
    talks = tuple(talk(n, word, rng) for n, word in enumerate(words))
    return Corpus("pairs", talks, {"label": labels}, np.repeat(np.arange(40), 2), ((),) * 80)


@pytest.fixture(scope="module")
def ratings():
    """120 dialogues by 12 people, rated by how often "sunny" is said, and by who one of the two is."""
    rng = np.random.default_rng(1)
    times = rng.integers(0, 4, 120)
    talks = tuple(talk(n, "sunny. " * t, rng) for n, t in enumerate(times))
    people = tuple((f"p{a}", f"q{b}") for a, b in rng.integers(0, 6, (120, 2)))
    habit = np.array([int(first[1]) for first, _ in people])
    rating = times + habit + rng.normal(0, 0.1, 120)
    return Corpus("ratings", talks, {"rating": rating, "witty": -rating}, np.arange(120), people)


@pytest.fixture
def run(pairs, ratings, monkeypatch):
    """Runs one configuration on one of the two corpora."""
    monkeypatch.setattr(spur_experiment, "corpus", {"pairs": pairs, "ratings": ratings}.__getitem__)

    def run(name, target, **options):
        data = {"pairs": pairs, "ratings": ratings}[name]
        config = SpurConfig(name, options.pop("data", data.fingerprint), target, 0, 0, **options)
        return train_spur([config.to_json()])[0]["metrics"]

    return run


@pytest.mark.parametrize("method", ["tfidf", "rubric", "items"])
def test_methods_find_what_words_tell(run, method):
    assert run("pairs", "label", method=method, folds=4)["auc"] > 0.7


def test_the_majority_says_nothing_and_length_next_to_nothing(run):
    found = run("pairs", "label", method="majority", folds=4)
    assert (found["auc"], found["spearman"]) == (0.5, 0)
    assert found["macro_f1"] == pytest.approx(1 / 3)
    assert abs(run("pairs", "label", method="length", folds=2)["auc"] - 0.5) < 0.25


def test_persons_are_told_by_their_other_ratings_and_unknown_ones_by_the_mean(run, ratings):
    assert run("ratings", "rating", method="persons", folds=4)["spearman"] > 0.6
    rows = np.arange(60)
    strangers = Corpus("s", ratings.dialogues, ratings.targets, ratings.groups, (("x",),) * 120)
    alone = score_by(
        "persons",
        SimpleNamespace(people=ratings.people[:60] + strangers.people[60:]),
        ratings.targets["rating"],
        rows,
        rows + 60,
        learning=Learning(),
        seed=0,
    )
    assert alone.scores == pytest.approx(ratings.targets["rating"][:60].mean())


def test_metrics_of_scales_follow_the_scale(run):
    found = run("ratings", "witty", method="tfidf", folds=4)
    assert found["spearman_witty"] == found["spearman"] > 0.2
    assert found["spearman_rating"] == pytest.approx(-found["spearman_witty"])


def test_shuffled_labels_keep_one_of_each_in_a_pair_and_shuffled_ratings_their_values(pairs, ratings):
    shuffled = target_of(pairs, SpurConfig("pairs", "", "permuted label", 0, 0))
    assert (shuffled.reshape(-1, 2).sum(1) == 0).all()
    assert 0 < (shuffled != pairs.targets["label"]).sum() < 80
    drawn = target_of(ratings, SpurConfig("ratings", "", "permuted rating", 0, 0))
    assert sorted(drawn) == sorted(ratings.targets["rating"])
    assert (drawn != ratings.targets["rating"]).any()


def test_folds_are_a_partition_that_keeps_pairs_and_smaller_draws_are_part_of_larger_ones(pairs):
    tests = [split(pairs, SpurConfig("pairs", "", "label", 5, fold))[1] for fold in range(10)]
    assert sorted(np.concatenate(tests)) == list(range(80))
    small, test = split(pairs, SpurConfig("pairs", "", "label", 5, 3, size=10))
    large, same = split(pairs, SpurConfig("pairs", "", "label", 5, 3))
    assert small.tolist() == large[:10].tolist()
    assert (test == same).all()
    assert not set(pairs.groups[large]) & set(pairs.groups[test])
    assert len(large) + len(test) == 80


def test_strangers_to_the_test_have_no_dialogue_in_it(ratings):
    train, test = split(ratings, SpurConfig("ratings", "", "rating", 0, 0, folds=40, strangers=True))
    met = {person for row in test for person in ratings.people[row]}
    assert len(train)
    assert not any(met & set(ratings.people[row]) for row in train)
    with pytest.raises(ValueError, match="size is 119"):
        split(ratings, SpurConfig("ratings", "", "rating", 0, 0, folds=40, strangers=True, size=119))


def test_items_with_a_cause_hold_on_unseen_dialogues(run):
    found = run("pairs", "label", kind="items", folds=2)
    assert found["n_items"] >= 2
    assert found["crude_holm"] >= 2
    assert found["crude_right"] <= found["n_items"]


def test_distilling_an_act_nobody_shows_is_refused(run):
    with pytest.raises(ValueError, match="act is 'gratitude'"):
        run("pairs", "label", kind="distil", act="gratitude", method="length")


def test_data_that_differ_are_refused(run):
    with pytest.raises(ValueError, match="has the fingerprint"):
        run("pairs", "label", data="0" * 64)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "magic"}, "method is 'magic'"),
        ({"kind": "guess"}, "kind is 'guess'"),
        ({"size": 1}, "size is 1"),
    ],
    ids=["method", "kind", "size"],
)
def test_what_a_run_does_not_know_is_refused(run, options, message):
    with pytest.raises(ValueError, match=message):
        run("pairs", "label", **options)


def test_one_class_only_in_a_draw_scores_everybody_alike(ratings):
    target = np.full(120, 7.0)
    for method in ("tfidf", "rubric", "length"):
        scored = score_by(
            method, ratings, target, np.arange(20), np.arange(20, 40), learning=Learning(), seed=0
        )
        assert len(set(scored.scores.tolist())) == 1


def test_rotated_features_give_ridge_the_same_predictions():
    rng = np.random.default_rng(0)
    X, X_test = sparse.csr_matrix(rng.random((30, 200))), sparse.csr_matrix(rng.random((7, 200)))
    y = rng.random(30)
    Z, Z_test = spur_methods._rotated(X, X_test)
    assert Z.shape[1] <= 30
    penalties = (0.1, 1.0, 10.0)
    whole = RidgeCV(penalties).fit(X.toarray(), y).predict(X_test.toarray())
    assert RidgeCV(penalties).fit(Z, y).predict(Z_test) == pytest.approx(whole, abs=1e-6)


def test_matched_pairs_are_near_and_use_nobody_twice():
    rng = np.random.default_rng(4)
    chats = []
    for n in range(80):
        turns = tuple(Turn("user", "x" * int(size)) for size in rng.integers(5, 40, rng.integers(4, 30)))
        chats.append(SimpleNamespace(dialogue=Dialogue(str(n), turns), rating=[9.0, 8.0, 6.0, 3.0][n % 4]))
    pairs = matched_pairs(chats)
    flat = [at for pair in pairs for at in pair]
    assert len(flat) == len(set(flat)) > 10
    for liked, disliked in pairs:
        assert (chats[liked].rating >= 8, chats[disliked].rating <= 5) == (True, True)
        sizes = [
            np.log([sum(len(t.text) for t in chats[at].dialogue.turns), len(chats[at].dialogue.turns)])
            for at in (liked, disliked)
        ]
        assert np.abs(sizes[0] - sizes[1]).sum() < 0.35


def test_the_pairs_of_the_chats_are_of_like_length():
    matched = corpus("matched")
    gap = matched.lengths[::2] - matched.lengths[1::2]
    assert np.abs(gap.mean(0)).max() < 0.05
    assert len(matched.dialogues) == 340
    assert len(corpus("matched sample").dialogues) == 86
    assert {d.id for d in corpus("planted").dialogues} == {d.id for d in matched.dialogues}
    with pytest.raises(ValueError, match="corpus is 'unknown'"):
        corpus("unknown")


def labelled(n, word=lambda y: "sunny" if y > 0 else "rusty"):
    rng = np.random.default_rng(6)
    return [
        LabelledDialogue(talk(k, word(y), rng), y, str(k // 2))
        for k, y in ((k, (1, -1, 0)[k % 3]) for k in range(n))
    ]


def test_labelled_dialogues_of_ones_own_are_compared_without_the_neutral_ones():
    data = labelled_corpus(labelled(180), name="mine")
    assert len(data.dialogues) == 120
    found = compare_methods(data, share=0.4, folds=3, methods=("majority", "tfidf", "rubric"))
    auc = found.groupby("method")["auc"].mean()
    assert auc["majority"] == 0.5
    assert min(auc["tfidf"], auc["rubric"]) > 0.9
    assert len(found) == 9


def test_labels_too_few_to_learn_from_are_refused():
    with pytest.raises(TooFewDialogues, match="some of each"):
        labelled_corpus([entry for entry in labelled(30) if entry.label >= 0], name="mine")
    with pytest.raises(TooFewDialogues, match="larger share"):
        compare_methods(labelled_corpus(labelled(90), name="mine"))


def test_a_language_models_rubric_stands_beside_its_judgements(pairs, scripted):
    def answer(request):
        task, said = request.messages[0].content, request.messages[-1].content
        liked = "sunny" in said
        if "Name at most" in task:
            quote = "sunny" if liked else "rusty" if "rusty" in said else "plain"
            return {"reasons": [{"reason": f"says {quote}", "quote": quote}]}
        if "You write a rubric" in task:
            return {"rubric": [{"item": "says sunny" if "says sunny" in said else "says rusty"}]}
        if "item_1" in task:
            said_it = [("sunny", "sunny" in said), ("rusty", "rusty" in said)]
            return {
                f"item_{n}": {"applies": has, "score": 5 if has else 0, "quote": word if has else ""}
                for n, (word, has) in enumerate(said_it, 1)
            }
        return {"satisfied": len(request.messages) > 2 and liked, "certainty": 3}

    train, test = np.arange(8), np.arange(8, 40)
    found = score_by_prompts(scripted(answer), pairs, train, test)
    positive = pairs.targets["label"][test] > 0
    assert set(found.scores["zero-shot"]) == {-4}
    better = auc_difference(
        positive,
        found.scores["rubric"],
        found.scores["zero-shot"],
        pairs.groups[test],
        level=0.9,
        rng=np.random.default_rng(0),
    )
    assert better.value == pytest.approx(
        np.mean(np.subtract.outer(found.scores["rubric"][positive], found.scores["rubric"][~positive]) > 0)
        + np.mean(np.subtract.outer(found.scores["rubric"][positive], found.scores["rubric"][~positive]) == 0)
        / 2
        - 0.5
    )
    assert better.low > 0.2
    assert found.scores["two-shot"].max() == 4


def test_a_file_in_the_published_format_is_read_labelled_and_compared(write):
    """Three votes a turn; every second dialogue is praised, and each ends with a vote on the whole."""
    rng = np.random.default_rng(8)
    blocks = []
    for n in range(60):
        votes, word = ("4,5,4", "sunny") if n % 2 else ("2,1,3", "rusty")
        filler = " ".join(rng.choice(FILLER, 6))
        blocks.append(
            f"USER\tI need a {filler}\tBook-Inform\t3,3,3\nSYSTEM\tsunny rusty?\t\t\n"
            f"USER\tit is {word} {filler}\tGeneral\t{votes}\nUSER\tOVERALL\t\t{votes}"
        )
    records = read_uss(write("\n\n".join(blocks) + "\n", "MWOZ.txt"))
    assert label_counts(records)["SAT"].to_dict() == dict.fromkeys(label_counts(records).index, 30)
    for derivation in ("majority", "mean", "overall"):
        data = labelled_corpus(label_dialogues(records, derivation, pieces=False), name=derivation)
        found = compare_methods(data, share=0.5, folds=3, methods=("length", "minilm", "rubric"))
        means = found.groupby("method")["weighted_f1"].mean()
        assert means["rubric"] > 0.9 > means["length"]
        assert means["minilm"] > means["length"]
