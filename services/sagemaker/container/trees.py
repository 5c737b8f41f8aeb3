"""The trees of a trained forest or boosting as flat arrays, whichever library grew them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Tree:
    """One tree that adds to one score. A row goes left when its feature is at most (or under) the threshold."""

    score: int
    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    """Index of the left child; under 0 for a leaf."""
    right: np.ndarray
    missing_left: np.ndarray
    value: np.ndarray
    """What a leaf adds."""


def forest_trees(model: Any) -> Iterable[Tree]:
    """RandomForestRegressor: a tree each. RandomForestClassifier: the share of each class but a binary's first."""
    for grown in model.estimators_:
        tree = grown.tree_
        values = tree.value[:, 0, :]
        if hasattr(model, "classes_"):
            values = values / values.sum(axis=1, keepdims=True)
            values = values[:, 1:] if values.shape[1] == 2 else values
        missing_left = getattr(tree, "missing_go_to_left", np.zeros(tree.node_count))
        for score in range(values.shape[1]):
            yield Tree(
                score, tree.feature, tree.threshold, tree.children_left, tree.children_right,
                np.asarray(missing_left), values[:, score],
            )  # fmt: skip


def boosting_trees(model: Any) -> Iterable[Tree]:
    """HistGradientBoosting: one tree for each round and score."""
    for stage in model._predictors:
        for score, predictor in enumerate(stage):
            nodes = predictor.nodes
            leaf = nodes["is_leaf"].astype(bool)
            yield Tree(
                score, nodes["feature_idx"], nodes["num_threshold"],
                np.where(leaf, -1, nodes["left"].astype("int64")), np.where(leaf, -1, nodes["right"].astype("int64")),
                nodes["missing_go_to_left"], nodes["value"],
            )  # fmt: skip


def xgboost_trees(booster: Any) -> Iterable[Tree]:
    """XGBoost's own JSON; a leaf's value stands where another node has its threshold."""
    model = json.loads(bytes(booster.save_raw("json")))["learner"]["gradient_booster"]["model"]
    for score, tree in zip(model["tree_info"], model["trees"], strict=True):
        conditions = np.array(tree["split_conditions"], dtype="float32").astype("float64")
        yield Tree(
            score, np.array(tree["split_indices"]), conditions,
            np.array(tree["left_children"]), np.array(tree["right_children"]),
            np.array(tree["default_left"]), conditions,
        )  # fmt: skip


@dataclass(frozen=True)
class Flat:
    """All trees in one: inner nodes and leaves numbered apart, as ONNX's TreeEnsemble wants them."""

    feature: np.ndarray
    threshold: np.ndarray
    true: np.ndarray
    false: np.ndarray
    true_is_leaf: np.ndarray
    false_is_leaf: np.ndarray
    missing_true: np.ndarray
    roots: list[int]
    leaf_score: np.ndarray
    leaf_value: np.ndarray


def flatten(trees: Iterable[Tree], most_nodes: int) -> Flat | None:
    """None when there are more nodes than `most_nodes`."""
    parts: list[tuple[np.ndarray, ...]] = []
    leaves: list[tuple[np.ndarray, np.ndarray]] = []
    roots, inner_count, leaf_count = [], 0, 0
    for tree in trees:
        roots.append(inner_count)
        leaf = tree.left < 0
        inner, ends = np.flatnonzero(~leaf), np.flatnonzero(leaf)
        leaves.append((np.full(len(ends), tree.score), tree.value[ends]))
        if len(inner):
            place = np.empty(len(leaf), dtype="int64")
            place[inner] = inner_count + np.arange(len(inner))
            place[ends] = leaf_count + np.arange(len(ends))
            left, right = tree.left[inner], tree.right[inner]
            parts.append((
                tree.feature[inner], tree.threshold[inner], place[left], place[right],
                leaf[left], leaf[right], tree.missing_left[inner],
            ))  # fmt: skip
        else:  # A root must be an inner node: one whose both ways lead to the only leaf.
            end = np.array([leaf_count])
            parts.append((np.zeros(1), np.zeros(1), end, end, np.ones(1), np.ones(1), np.zeros(1)))
        inner_count += max(1, len(inner))
        leaf_count += len(ends)
        if inner_count > most_nodes:
            return None
    feature, threshold, true, false, true_is_leaf, false_is_leaf, missing = map(
        np.concatenate, zip(*parts, strict=True)
    )
    score, value = map(np.concatenate, zip(*leaves, strict=True))
    return Flat(feature, threshold, true, false, true_is_leaf, false_is_leaf, missing, roots, score, value)
