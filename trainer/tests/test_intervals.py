"""Statistics of an evaluation: the app's own figures on the same rows, and what must hold of any."""

import numpy as np
import pytest

from blindfold_trainer.evaluation import intervals


def rows() -> tuple[np.ndarray, np.ndarray, list[str]]:
    """80 groups of three pairs, from a generator that the app's side can run too."""
    x, mm, text, groups = 12345, [], [], []

    def draw() -> float:
        nonlocal x
        x = x * 16807 % (2**31 - 1)
        return x / (2**31 - 1)

    for i in range(240):
        a, b, _ = draw(), draw(), draw()
        margin = (i // 3) % 5 - 1 + 4 * a - 1.6
        mm.append(margin)
        text.append(0.5 * margin + 3 * b - 1.2)
        groups.append(f"g{i // 3}")
    mm[7] = text[9] = 0
    return np.array(mm), np.array(text), groups


#: What src/core/statistics.ts gives for `rows` (value, low, high); the values are exact, the bounds those of other draws.
APP = {
    "accuracy": (0.7479166666666667, 0.6708333333333333, 0.8166666666666667),
    "sfd": (43.982919254658384, 31.89969597281976, 56.7595090455355),
    "pearson": (0.7168614166565532, 0.6652569879413072, 0.7627837747149521),
    "spearman": (0.7062579211444643, 0.6513086200151236, 0.7544070632121641),
    "ece": (0.10765480003878593, 0.06687951185079474, 0.17195951046509456),
}


@pytest.mark.parametrize("name", APP)
def test_the_figures_are_those_of_the_app(name):
    mm, text, groups = rows()
    found = {
        "accuracy": lambda: intervals.group_accuracy(mm, groups, 0),
        "sfd": lambda: intervals.sfd(mm, text, groups, 0),
        "pearson": lambda: intervals.pearson(mm, text, groups, 0),
        "spearman": lambda: intervals.spearman(mm, text, groups, 0),
        "ece": lambda: intervals.calibration(mm, groups, 0)["ece"],
    }[name]()
    value, low, high = APP[name]
    assert found["value"] == pytest.approx(value, rel=1e-9)
    # A bound of 1,000 resamples is off by about a twentieth of the interval.
    noise = 0.12 * (high - low)
    assert found["low"] == pytest.approx(low, abs=noise) and found["high"] == pytest.approx(high, abs=noise)


def test_groups_are_drawn_whole_and_their_order_changes_nothing():
    values, rng = np.repeat([1.0, -1.0], 50), np.random.default_rng(0)
    wide = intervals.group_accuracy(values, [str(i // 25) for i in range(100)], 0)
    single = [str(i) for i in range(100)]
    narrow = intervals.group_accuracy(values, single, 0)
    assert wide["high"] - wide["low"] > 2 * (narrow["high"] - narrow["low"])
    order = rng.permutation(100)
    assert intervals.group_accuracy(values[order], [single[i] for i in order], 0) == narrow
    # More groups than blocks.
    many = rng.normal(size=9000) + 0.5
    found = intervals.group_accuracy(many, [str(i // 2) for i in range(9000)], 0)
    exact = 1.96 * np.sqrt(found["value"] * (1 - found["value"]) / 9000)
    assert found["high"] - found["low"] == pytest.approx(2 * exact, rel=0.2)


def test_a_model_that_is_always_right_is_not_sure_of_it():
    found = intervals.group_accuracy(np.ones(4), list("aabc"), 0)
    assert found == {"value": 1.0, "low": pytest.approx(0.025 ** (1 / 3)), "high": 1.0}
    assert intervals.group_accuracy(np.array([1.0, -1.0, 0.0, 0.0]), list("abcd"), 0)["value"] == 0.5


def test_macro_averages_count_groups_or_kinds_alike():
    margins = np.array([1.0] * 9 + [-1.0])
    groups = ["big"] * 9 + ["small"]
    assert intervals.group_accuracy(margins, groups, 0)["value"] == 0.9
    assert intervals.group_macro(margins, groups, 0)["value"] == pytest.approx(0.5)
    kinds = ["x"] * 8 + ["y"] * 2
    found = intervals.kind_macro(margins, kinds, [str(i) for i in range(10)], 0)
    assert found["value"] == 0.75 and found["low"] < 0.75 < found["high"]


def test_what_does_not_vary_has_no_correlation_and_one_sided_text_no_sfd():
    mm, _, groups = rows()
    assert intervals.pearson(mm, np.ones(240), groups, 0) is None
    assert intervals.sfd(mm, np.ones(240), groups, 0) is None
    assert intervals.ranks(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [2.5, 0.0, 2.5, 1.0]
    flat = intervals.calibration(np.zeros(10), list("abcdefghij"), 0)
    assert flat["ece"]["value"] == 0 and flat["bins"][0]["pairs"] == 10
