"""The trained model as an ONNX graph that answers one row in microseconds, kept only where it equals the original.

The graph reads the encoded matrix as float64 and gives a matrix of probabilities, or one column of numbers. It is built
here from ONNX's TreeEnsemble operator with float64 weights: skl2onnx gives float32, and does not know XGBoost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from trees import Flat, boosting_trees, flatten, forest_trees, xgboost_trees

MOST_NODES = 2_000_000
MOST_DIFFERENCE = 1e-5
"""Of a probability; of a regression in units of its predictions' standard deviation."""

_BLOCK_ROWS = 10_000
_OPSETS = {"": 21, "ai.onnx.ml": 5}
_IR_VERSION = 10
_SUM, _NO_TRANSFORM, _AT_MOST, _UNDER = 1, 0, 0, 1


@dataclass(frozen=True)
class Compilation:
    """Whether there is a compiled form; if not, why not. `difference`: the largest one from the original."""

    compiled: bool
    reason: str | None = None
    difference: float | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def compile_model(steps: Any, algorithm: str, problem: str, matrix: np.ndarray, path: Path) -> Compilation:
    """Write the compiled form of the pipeline's `steps` after the encoder to `path`, unless it differs on `matrix`."""
    try:
        import onnx  # noqa: F401
        import onnxruntime
    except ImportError:
        return Compilation(False, "onnx and onnxruntime are not installed in this container.")
    graph = _graph(steps, algorithm, problem, matrix)
    if graph is None:
        return Compilation(False, f"The model has more than {MOST_NODES:,} nodes.")
    path.write_bytes(graph)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    difference, same = _compare(steps, problem, lambda block: session.run(None, {"rows": block})[0], matrix)
    if same and difference <= MOST_DIFFERENCE:
        return Compilation(True, None, difference)
    path.unlink()
    return Compilation(False, "The compiled form answers differently from the original.", difference)


def _compare(
    steps: Any, problem: str, compiled: Callable[[np.ndarray], np.ndarray], matrix: np.ndarray
) -> tuple[float, bool]:
    """The largest difference, and whether every label is the same."""
    difference, same, predicted = 0.0, True, []
    for start in range(0, len(matrix), _BLOCK_ROWS):
        block = matrix[start : start + _BLOCK_ROWS]
        found = compiled(block.astype("float64"))
        if problem == "regression":
            original = steps.predict(block)[:, None].astype("float64")
            predicted.append(original)
        else:
            original = steps.predict_proba(block).astype("float64")
            same = same and bool(np.array_equal(original.argmax(axis=1), found.argmax(axis=1)))
        difference = max(difference, float(np.abs(original - found).max()))
    if predicted:
        difference /= float(np.concatenate(predicted).std()) or 1.0
    return difference, same


def _graph(steps: Any, algorithm: str, problem: str, matrix: np.ndarray) -> bytes | None:
    model = steps[-1]
    graph = _Graph()
    if algorithm == "linear":
        graph.linear(steps[0], model)
        graph.link(problem)
        return graph.bytes(matrix.shape[1])
    if algorithm == "random-forest":
        flat = flatten(forest_trees(model), MOST_NODES)
        scores = 1 if problem != "multiclass" else len(model.classes_)
        graph.round_to_float32()
        added = graph.trees(flat, scores) if flat else False
        count = float(len(model.estimators_))
        graph.complement(problem, count)
        graph.step("Div", graph.constant([count]))
    elif algorithm == "hist-gradient-boosting":
        flat = flatten(boosting_trees(model), MOST_NODES)
        base = np.ravel(model._baseline_prediction).astype("float64")
        added = graph.trees(flat, len(base)) if flat else False
        graph.step("Add", graph.constant(base))
        graph.link(problem)
    else:
        booster = model.get_booster()
        flat = flatten(xgboost_trees(booster), MOST_NODES)
        graph.round_to_float32()
        added = graph.trees(flat, 1 if problem != "multiclass" else len(model.classes_), under=True) if flat else False
        if added:
            graph.step("Add", graph.constant(_xgboost_base(booster, graph, matrix[:1])))
        graph.link(problem)
    return graph.bytes(matrix.shape[1]) if added else None


def _xgboost_base(booster: Any, graph: _Graph, row: np.ndarray) -> np.ndarray:
    """What XGBoost adds to the sum of the trees. Measured on one row, as its versions write it down in several ways."""
    import onnxruntime

    session = onnxruntime.InferenceSession(graph.bytes(row.shape[1]), providers=["CPUExecutionProvider"])
    trees = session.run(None, {"rows": row.astype("float64")})[0]
    margin = np.reshape(booster.inplace_predict(row, predict_type="margin"), trees.shape)
    return (margin - trees)[0].astype("float64")


class _Graph:
    """A chain of ONNX operators on the matrix `rows`; each step works on the result of the one before."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._last = "rows"

    def constant(self, values: Any) -> str:
        from onnx import numpy_helper

        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(values, dtype="float64"), name))
        return name

    def step(self, operator: str, *inputs: str, first: str = "", **attributes: Any) -> None:
        """Add an operator whose first input is the chain's result, or second when `first` names another."""
        from onnx import helper

        names = [first, self._last] if first else [self._last, *inputs]
        self._last = f"step{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, names, [self._last], **attributes))

    def round_to_float32(self) -> None:
        """Forests and XGBoost compare float32 numbers."""
        from onnx import TensorProto

        self.step("Cast", to=TensorProto.FLOAT)
        self.step("Cast", to=TensorProto.DOUBLE)

    def trees(self, flat: Flat, scores: int, under: bool = False) -> bool:
        from onnx import numpy_helper

        modes = np.full(len(flat.feature), _UNDER if under else _AT_MOST, dtype="uint8")
        self.step(
            "TreeEnsemble",
            domain="ai.onnx.ml",
            n_targets=scores,
            aggregate_function=_SUM,
            post_transform=_NO_TRANSFORM,
            tree_roots=flat.roots,
            nodes_featureids=_integers(flat.feature),
            nodes_splits=numpy_helper.from_array(flat.threshold.astype("float64"), "splits"),
            nodes_modes=numpy_helper.from_array(modes, "modes"),
            nodes_truenodeids=_integers(flat.true),
            nodes_falsenodeids=_integers(flat.false),
            nodes_trueleafs=_integers(flat.true_is_leaf),
            nodes_falseleafs=_integers(flat.false_is_leaf),
            nodes_missing_value_tracks_true=_integers(flat.missing_true),
            leaf_targetids=_integers(flat.leaf_score),
            leaf_weights=numpy_helper.from_array(flat.leaf_value.astype("float64"), "weights"),
        )
        return True

    def linear(self, scaler: Any, model: Any) -> None:
        self.step("Sub", self.constant(scaler.mean_))
        self.step("Div", self.constant(scaler.scale_))
        self.step("MatMul", self.constant(np.atleast_2d(model.coef_).T))
        self.step("Add", self.constant(np.atleast_1d(model.intercept_)))

    def link(self, problem: str) -> None:
        """From scores to probabilities."""
        if problem == "multiclass":
            self.step("Softmax", axis=1)
        elif problem == "binary":
            self.step("Sigmoid")
        self.complement(problem)

    def complement(self, problem: str, whole: float = 1.0) -> None:
        """From the second class's part of the whole to both classes'."""
        if problem != "binary":
            return
        second = self._last
        self.step("Sub", first=self.constant([whole]))
        self.step("Concat", second, axis=1)

    def bytes(self, width: int) -> bytes:
        from onnx import TensorProto, helper

        graph = helper.make_graph(
            self._nodes,
            "model",
            [helper.make_tensor_value_info("rows", TensorProto.DOUBLE, [None, width])],
            [helper.make_tensor_value_info(self._last, TensorProto.DOUBLE, [None, None])],
            self._constants,
        )
        opsets = [helper.make_opsetid(domain, version) for domain, version in _OPSETS.items()]
        made: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION).SerializeToString()
        return made


def _integers(values: np.ndarray) -> list[int]:
    found: list[int] = values.astype("int64").tolist()
    return found
