"""The figures of a model, beside those of guessing."""

import numpy as np
import pytest
from curves import MOST_POINTS, calibration, confusion, curves, per_class, residuals
from figures import classification, log_loss, regression
from importance import permutation_importance
from sklearn import metrics

NAMES = ["roc_auc", "accuracy", "balanced_accuracy", "f1", "f1_macro", "pr_auc", "log_loss"]


def scored(rows: int = 2_000, classes: int = 2) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    true = random.integers(0, classes, rows)
    raw = random.random((rows, classes)) + 0.7 * np.eye(classes)[true]
    return true, raw / raw.sum(axis=1, keepdims=True)


def test_the_figures_are_those_of_scikit_learn() -> None:
    true, scores = scored()
    found = classification(true, scores, 1, NAMES)
    predicted = scores.argmax(axis=1)
    assert found == pytest.approx(
        {
            "roc_auc": metrics.roc_auc_score(true, scores[:, 1]),
            "accuracy": metrics.accuracy_score(true, predicted),
            "balanced_accuracy": metrics.balanced_accuracy_score(true, predicted),
            "f1": metrics.f1_score(true, predicted),
            "f1_macro": metrics.f1_score(true, predicted, average="macro"),
            "pr_auc": metrics.average_precision_score(true, scores[:, 1]),
            "log_loss": metrics.log_loss(true, scores),
        }
    )


def test_f1_is_of_the_positive_class_whichever_that_is() -> None:
    true, scores = scored()
    assert classification(true, scores, 0, ["f1"])["f1"] == pytest.approx(
        metrics.f1_score(true, scores.argmax(axis=1), pos_label=0)
    )


def test_several_classes_are_measured_each_against_the_rest() -> None:
    true, scores = scored(classes=4)
    found = classification(true, scores, None, ["roc_auc", "log_loss"])
    assert found["roc_auc"] == pytest.approx(metrics.roc_auc_score(true, scores, multi_class="ovr"))
    assert found["log_loss"] == pytest.approx(metrics.log_loss(true, scores))


def test_guessing_the_majority_has_an_area_of_one_half() -> None:
    true, _ = scored()
    found = classification(true, np.tile([0.4, 0.6], (len(true), 1)), 1, NAMES)
    assert found["roc_auc"] == 0.5
    assert found["accuracy"] == found["pr_auc"] == pytest.approx(true.mean())
    assert found["balanced_accuracy"] == 0.5


def test_one_class_alone_has_no_area() -> None:
    found = classification(np.zeros(5, int), np.tile([0.9, 0.1], (5, 1)), 1, NAMES)
    assert found["roc_auc"] is None
    assert found["pr_auc"] is None
    assert found["accuracy"] == 1


def test_a_certain_mistake_costs_a_finite_loss() -> None:
    assert 30 < log_loss(np.array([0]), np.array([[0.0, 1.0]])) < 40


def test_regression_figures() -> None:
    true, predicted = np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 3, 6])
    assert regression(true, predicted) == pytest.approx({"r2": 1 - 4 / 5, "rmse": 1, "mae": 0.5})
    assert regression(np.ones(3), np.ones(3))["r2"] is None


def test_curves_are_thinned_and_keep_their_ends_and_area() -> None:
    true, scores = scored(20_000)
    found = curves(true, scores, ("no", "yes"), 1)
    roc, pr = np.array(found["roc"][0]["points"]), np.array(found["pr"][0]["points"])
    assert len(roc) <= MOST_POINTS
    assert len(pr) <= MOST_POINTS
    assert roc[0, :2].tolist() == [0, 0]
    assert roc[-1, :2].tolist() == [1, 1]
    assert metrics.auc(roc[:, 0], roc[:, 1]) == pytest.approx(found["roc"][0]["area"], abs=0.002)
    assert np.isfinite(roc).all()
    assert found["roc"][0]["label"] == found["pr"][0]["label"] == "yes"


def test_many_classes_have_the_curves_of_the_largest() -> None:
    true, scores = scored(classes=15)
    labels = [curve["label"] for curve in curves(true, scores, tuple("abcdefghijklmno"), None)["roc"]]
    counts = np.bincount(true)
    assert sorted(counts["abcdefghijklmno".index(label)] for label in labels) == sorted(counts)[-10:]


def test_confusion_counts_true_classes_in_rows() -> None:
    table = confusion(np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 0]), ("a", "b"))
    assert table == {"labels": ["a", "b"], "matrix": [[1, 1], [1, 2]]}
    assert per_class(table["matrix"], ("a", "b"))[1] == {
        "label": "b", "precision": pytest.approx(2 / 3), "recall": pytest.approx(2 / 3),
        "f1": pytest.approx(2 / 3), "rows": 3,
    }  # fmt: skip


def test_a_class_never_predicted_has_no_precision() -> None:
    found = per_class([[4, 0], [1, 0]], ("a", "b"))[1]
    assert (found["precision"], found["recall"], found["f1"]) == (None, 0, 0)


def test_calibration_compares_probability_and_share() -> None:
    bins = calibration(np.array([0, 1, 1, 1]), np.array([0.05, 0.95, 0.97, 1.0]))
    assert bins == [
        {"predicted": 0.05, "observed": 0, "rows": 1},
        {"predicted": pytest.approx(0.97333, abs=1e-4), "observed": 1, "rows": 3},
    ]


def test_residuals_are_a_sample_and_quantiles_are_of_all() -> None:
    true = np.arange(5_000.0)
    found = residuals(true, true - 2, seed=1)
    assert len(found["residuals"]) == 500
    assert found["residual_quantiles"] == {"p05": 2, "p25": 2, "p50": 2, "p75": 2, "p95": 2}


def test_shuffling_the_column_that_decides_costs_most() -> None:
    random = np.random.default_rng(1)
    matrix = random.normal(size=(500, 4))
    values = 3 * matrix[:, 1] + matrix[:, 3]
    found = permutation_importance(
        matrix, ["a", "b", "c", "b"],
        lambda shuffled, rows: regression(values[rows], 3 * shuffled[:, 1] + shuffled[:, 3])["r2"], values, seed=1,
    )  # fmt: skip
    assert [feature["name"] for feature in found["features"]] == ["b", "a", "c"]
    assert found["features"][0]["mean"] == pytest.approx(2, abs=0.3)
    assert found["features"][2] == {"name": "c", "mean": 0, "deviation": 0}
    assert found["not_measured"] == []


def test_of_very_many_columns_only_those_that_go_with_the_target_are_measured() -> None:
    random = np.random.default_rng(1)
    matrix = random.normal(size=(300, 1_000))
    values = matrix[:, 777].copy()
    asked = []

    def score(shuffled: np.ndarray, rows: np.ndarray) -> float | None:
        asked.append(len(rows))
        return regression(values[rows], shuffled[:, 777])["r2"]

    found = permutation_importance(matrix, [f"c{place}" for place in range(1_000)], score, values, seed=1)
    assert found["features"][0]["name"] == "c777"
    assert len(found["not_measured"]) == 800
    assert sum(asked) <= 600_000
