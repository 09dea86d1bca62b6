"""The functions of the calculators page against those of the library, and the page as a reader uses it."""

import warnings

import numpy as np
import pytest

from tenfold.kernels import PatternWarning, S2Pattern
from tenfold.laws import optimal_shares, transfer_lr

DRAWS = 40


@pytest.fixture
def page(open_page):
    return open_page("calculators.html")


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def shown(page, name):
    """What a calculator shows, by label."""
    form = page.locator(f'form[data-calculator="{name}"]')
    return dict(zip(form.locator("dt").all_inner_texts(), form.locator("dd").all_inner_texts(), strict=True))


def fill(page, name, **fields):
    for field, value in fields.items():
        page.fill(f'form[data-calculator="{name}"] input[name="{field}"]', str(value))


def test_learning_rate_is_the_librarys(page, rng):
    for lr, d_from, d_to, beta in rng.uniform([1e-5, 1e6, 1e6, 0], [1, 1e12, 1e12, 1], (DRAWS, 4)).tolist():
        here = page.evaluate("(a) => tenfold.transferLr(...a)", [lr, d_from, d_to, beta])
        assert here == pytest.approx(float(transfer_lr(lr, d_from, d_to, beta=beta)), rel=1e-12)


def test_shares_are_the_librarys(page, rng):
    for _ in range(DRAWS):
        gamma, c = rng.uniform(0.01, 1, 5), rng.uniform(0.2, 5, 5)
        weights = rng.uniform(0, 3, 5) * (rng.random(5) < 0.8)
        weights[0] += 0.1
        arguments = [gamma.tolist(), c.tolist(), weights.tolist()]
        here = page.evaluate("(a) => tenfold.optimalShares(...a)", arguments)
        assert here == pytest.approx(optimal_shares(gamma, c, weights), abs=1e-12)


def test_patterns_are_the_librarys(page, rng):
    for _ in range(DRAWS):
        kv_heads, group = int(rng.integers(1, 5)), int(rng.integers(1, 5))
        heads, stride = kv_heads * group, int(rng.integers(1, 12))
        local, block = int(rng.integers(1, 6)), int(2 ** rng.integers(4, 8))
        dense = int(rng.integers(0, 2))
        time = int(rng.integers(1, 6000))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PatternWarning)
            pattern = S2Pattern(heads, block, local, stride, dense_heads=dense, kv_heads=kv_heads)
        given = {
            "heads": heads, "kvHeads": kv_heads, "block": block,
            "localBlocks": local, "stride": stride, "denseHeads": dense,
        }  # fmt: skip
        here = page.evaluate("([pattern, time]) => tenfold.s2(pattern, time)", [given, time])
        assert here["density"] == pytest.approx(pattern.density(time), rel=1e-12)
        assert here["complete"] == pattern.is_complete()
        assert here["liveBlocks"] == pattern.live_kv_blocks(time).tolist()


def test_f1_has_the_blind_spot_that_it_names(page, rng):
    for safety, usefulness in rng.uniform(0.01, 1, (DRAWS, 2)).tolist():
        f1, other = page.evaluate(
            "([s, u]) => [tenfold.f1(s, u), tenfold.safetyFor(tenfold.f1(s, u), 1)]", [safety, usefulness]
        )
        assert f1 == pytest.approx(2 / (1 / safety + 1 / usefulness), rel=1e-12)
        assert 2 / (1 / other + 1) == pytest.approx(f1, rel=1e-12)
    assert page.evaluate("tenfold.f1(0, 0)") == 0
    assert page.evaluate("tenfold.safetyFor(0.9, 0.3)") is None


def test_page_transfers_the_rate_of_llama_1(page):
    fill(page, "lr-transfer", lr=0.0003, **{"from": "1e12", "to": "2e12"})
    assert shown(page, "lr-transfer")["Learning rate"] == "0.00024"
    page.select_option('form[data-calculator="lr-transfer"] select', "beta")
    assert " to " in shown(page, "lr-transfer")["Exponent β"]


def test_page_shows_phi_3_small_keep_over_half_of_its_cache(page):
    """Chapter 4 computes 56.25 % at 8K; dense, 16 layers of 8 KV heads 128 wide hold 512 MiB in two bytes."""
    fill(page, "s2", time=8192)
    assert shown(page, "s2")["KV cache, whole blocks"] == "288 MiB instead of 512 MiB"


def test_shares_of_the_page_sum_to_one_and_follow_a_weight(page):
    before = shown(page, "language-shares")
    assert sum(float(text.split("\u00a0%")[0]) for text in before.values()) == pytest.approx(100, abs=0.3)
    fill(page, "language-shares", Sinitic=0)
    assert shown(page, "language-shares")["Sinitic"] == "0.0\u00a0% (0.0\u00a0% to 0.0\u00a0%)"


@pytest.mark.parametrize(
    ("name", "fields", "complaint"),
    [
        (
            "lr-transfer",
            {"lr": -1},
            "Learning rate found best: -1 is not allowed. Give a number from",
        ),
        ("f1", {"safety": ""}, "Safety, 0 to 1: empty. Give a number from 0 to 1."),
        ("s2", {"heads": 1.5}, "Query heads: 1.5 is not allowed. Give a whole number from 1 to 256."),
        ("s2", {"kvHeads": 5}, "Heads must be a multiple of KV heads."),
        ("s2", {"time": 4194304, "block": 1}, "That is more than 20,000 blocks"),
    ],
)
def test_page_says_what_is_wrong(page, name, fields, complaint):
    fill(page, name, **fields)
    assert page.locator(f'form[data-calculator="{name}"] output').inner_text().startswith(complaint)
