"""Rows as the numbers a model reads, learnt in training and applied in serving."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from encoding import Category, Encoding
from tableencoder import TableEncoder

COLUMNS = [("x", "numeric", None), ("d", "date", "%Y-%m-%d"), ("c", "category", None), ("z", "numeric", None)]


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "x": [1.0, np.nan, 3.0, 8.0],
            "d": [0.0, 31.0, np.nan, 366.25],
            "c": pd.Categorical(["b", "a", "a", None]),
            "z": [5.0, 6.0, 7.0, 8.0],
        }
    )


def test_missing_values_are_filled_with_the_median_and_flagged() -> None:
    encoder = TableEncoder(COLUMNS).fit(table())
    matrix = encoder.transform(table())
    places = {source: [] for source in encoder.encoding_.sources}
    for place, source in enumerate(encoder.encoding_.sources):
        places[source].append(place)
    assert matrix[:, places["x"]].tolist() == [[1, 0], [3, 1], [3, 0], [8, 0]]
    assert matrix[:, places["z"]].tolist() == [[5], [6], [7], [8]]
    assert matrix[:, places["d"]].tolist() == [
        # days, month, day, weekday (Monday is 0), hour, missing
        [0, 1, 1, 3, 0, 0], [31, 2, 1, 6, 0, 0], [31, 2, 1, 6, 0, 1], [366.25, 1, 2, 5, 6, 0],
    ]  # fmt: skip


def test_missing_values_are_left_to_models_that_handle_them() -> None:
    matrix = TableEncoder(COLUMNS, fill=False).fit_transform(table())
    assert np.isnan(matrix[1, 0])
    assert np.isnan(matrix[2]).sum() == 5
    assert np.isnan(matrix).sum() == 6


def test_categories_become_a_number_for_each_name_the_most_frequent_first() -> None:
    encoding = TableEncoder([("c", "category", None)]).fit(table()).encoding_
    assert encoding.columns == (Category("c", ("a", None, "b"), one_hot=True),)
    codes = encoding.codes("c", ["b", None, "never seen"])
    assert encoding.encode(np.empty((3, 0)), [codes]).tolist() == [[0, 0, 1], [0, 1, 0], [0, 0, 0]]


def test_many_categories_become_their_rank() -> None:
    names = [f"n{number:03d}" for number in range(300) for _ in range(300 - number)]
    encoding = TableEncoder([("c", "category", None)]).fit(pd.DataFrame({"c": pd.Categorical(names)})).encoding_
    codes = encoding.codes("c", ["n000", "n253", "n254", None])
    assert encoding.encode(np.empty((4, 0)), [codes]).ravel().tolist() == [0, 253, -1, -1]


def test_a_linear_model_gets_no_ranks_but_the_most_frequent_names() -> None:
    frame = pd.DataFrame({"c": pd.Categorical([f"n{number}" for number in range(50) for _ in range(50 - number)])})
    encoding = TableEncoder([("c", "category", None)], one_hot=30, rank=False).fit(frame).encoding_
    assert encoding.width == 30


def test_many_small_categories_do_not_make_the_matrix_wide() -> None:
    frame = pd.DataFrame({f"c{place}": pd.Categorical(list("abcdefghij") * 3) for place in range(40)})
    encoder = TableEncoder([(name, "category", None) for name in frame.columns]).fit(frame)
    assert encoder.encoding_.width == 10 * 10 + 30


def test_an_encoding_survives_json() -> None:
    for fill in (True, False):
        encoding = TableEncoder(COLUMNS, fill=fill).fit(table()).encoding_
        again = Encoding.from_json(json.loads(json.dumps(encoding.as_json(), allow_nan=False)))
        numbers = np.array([[math.nan, 1.5], [2.0, math.inf]])
        others = [np.array([math.nan, 100.5]), np.array([-1, 1])]
        np.testing.assert_array_equal(again.encode(numbers, others), encoding.encode(numbers, others))
        assert again.sources == encoding.sources


def test_infinities_and_what_does_not_fit_float32_count_as_missing() -> None:
    encoding = TableEncoder([("x", "numeric", None)]).fit(table()).encoding_
    matrix = encoding.encode(np.array([[math.inf], [-math.inf], [1e39], [math.nan], [3e38]]), [])
    assert matrix[:, 0].tolist() == [3, 3, 3, 3, 3e38]
    assert matrix[:, 1].tolist() == [1, 1, 1, 1, 0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_matrix_has_the_type_that_was_asked_for(dtype: str) -> None:
    assert TableEncoder(COLUMNS, dtype=dtype).fit_transform(table()).dtype == dtype
