"""CSV files of a channel as one typed table."""

from pathlib import Path

import pytest
from columns import columns_of
from failures import TrainingFailure
from table import read_table

from tests.services.sagemaker.container.conftest import patients, put_channel


def types_of(path: Path) -> dict[str, str]:
    return {column.name: column.type for column in columns_of([path])}


def test_types_are_found_without_a_schema(tmp_path: Path) -> None:
    table = patients(200).assign(remark=[f"seen on day {n} with a fever of {n} degrees" for n in range(200)], void=None)
    put_channel(tmp_path, table)
    assert types_of(tmp_path / "data.csv") == {
        "patient_id": "identifier", "age": "numeric", "pressure": "numeric", "clinic": "category",
        "street": "category", "since": "date", "unit": "category", "days": "numeric", "stage": "category",
        "ill": "category", "remark": "text", "void": "all-missing",
    }  # fmt: skip


def test_whole_numbers_that_never_repeat_identify_only_when_they_are_named_so(tmp_path: Path) -> None:
    put_channel(tmp_path, "customer_id,steps\n" + "".join(f"{n},{n + 1000}\n" for n in range(30)))
    assert types_of(tmp_path / "data.csv") == {"customer_id": "identifier", "steps": "numeric"}


def test_the_schema_decides_where_there_is_one(tmp_path: Path) -> None:
    schema = {
        "columns": [
            {"name": "code", "type": "category", "date_format": None},
            {"name": "when", "type": "date", "date_format": "%m/%d/%Y"},
        ],
        "rows": 3,
    }
    put_channel(tmp_path, "code,when,y\n1,01/02/2024,5\n2,03/04/2024,6\n1,05/06/2024,7\n", schema)
    table = read_table(tmp_path, "y", ())
    assert list(table.frame["code"].cat.categories) == ["1", "2"]
    assert table.frame["when"].tolist() == [19_724, 19_786, 19_849]


def test_leading_zeros_of_a_category_stay(tmp_path: Path) -> None:
    schema = {"columns": [{"name": "zip", "type": "category", "date_format": None}], "rows": 2}
    put_channel(tmp_path, "zip,y\n08001,1\n28001,2\n 08001 ,3\n", schema)
    assert read_table(tmp_path, "y", ()).frame["zip"].tolist() == ["08001", "28001", "08001"]


def test_text_among_numbers_counts_as_missing_and_is_reported(tmp_path: Path) -> None:
    schema = {"columns": [{"name": "x", "type": "numeric", "date_format": None}], "rows": 5}
    put_channel(tmp_path, "x,c,y\n1,a,1\nabout 2,b,2\n3,a,3\n,b,4\n4,a,5\n", schema)
    table = read_table(tmp_path, "y", ())
    assert table.frame["x"].isna().tolist() == [False, True, False, True, False]
    assert table.frame["c"].tolist() == ["a", "b", "a", "b", "a"]
    assert [(note.code, note.values) for note in table.notes] == [("not-numbers", {"column": "x", "count": 1})]


def test_infinities_count_as_missing_and_are_reported(tmp_path: Path) -> None:
    put_channel(tmp_path, "x,z,y\n1,1,1\ninf,2,2\n-Infinity,3,3\n1e60,4,4\n2,5,5\n")
    table = read_table(tmp_path, "y", ())
    assert table.frame["x"].isna().sum() == 3
    assert [(note.code, note.values["count"]) for note in table.notes] == [("infinite", 3)]


def test_texts_among_dates_count_as_missing_and_are_reported(tmp_path: Path) -> None:
    schema = {"columns": [{"name": "d", "type": "date", "date_format": "%Y-%m-%d"}], "rows": 4}
    put_channel(tmp_path, "d,y\n2024-01-01,1\nsoon,2\nsoon,3\n2024-01-03,4\n", schema)
    table = read_table(tmp_path, "y", ())
    assert table.frame["d"].isna().tolist() == [False, True, True, False]
    assert [(note.code, note.values["count"]) for note in table.notes] == [("not-dates", 2)]


def test_columns_without_use_are_left_out_with_the_reason(tmp_path: Path) -> None:
    table = patients(100)
    table["void"] = None
    put_channel(tmp_path, table)
    left_out = {column.name: why for column, why in read_table(tmp_path, "ill", ["days"]).left_out}
    assert left_out == {
        "patient_id": "identifier", "unit": "constant", "days": "excluded", "void": "all-missing",
    }  # fmt: skip


def test_several_files_are_read_one_after_the_other(tmp_path: Path) -> None:
    (tmp_path / "part-1.csv").write_text("a,c,y\n1,x,1\n2,x,2\n")
    (tmp_path / "part-2.csv").write_text("a,c,y\n3,z,3\n")
    table = read_table(tmp_path, "y", ())
    assert table.frame["a"].tolist() == [1, 2, 3]
    assert table.frame["c"].tolist() == ["x", "x", "z"]


def test_files_with_different_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "part-1.csv").write_text("a,y\n1,1\n")
    (tmp_path / "part-2.csv").write_text("b,y\n1,1\n")
    with pytest.raises(TrainingFailure, match=r"part-2\.csv has other columns than part-1\.csv"):
        read_table(tmp_path, "y", ())


def test_a_byte_order_mark_and_quoted_line_ends_are_read(tmp_path: Path) -> None:
    put_channel(tmp_path, '\ufeffc,y\n"a\nb",1\n"x, ""y""",2\n')
    assert read_table(tmp_path, "y", ()).frame["c"].tolist() == ["a\nb", 'x, "y"']


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("a,b\n", "no rows"),
        ("a;b\n1;2\n", "commas"),
        ("a,b\n1,2\n3,4,5\n", "line 3"),
        ("a,b\n1,2,3\n4,5,6\n", "header"),
        ("a,target\n1,2\n", 'no column "y"'),
        ("age,name\n1,2\n", "The columns are: age, name"),
        ("y\n1\n2\n", "No column is left"),
        ("a,y\n1,2\n1,3\n", "No column is left"),
    ],
)
def test_files_that_cannot_be_learnt_from_are_refused(tmp_path: Path, text: str, words: str) -> None:
    put_channel(tmp_path, text)
    with pytest.raises(TrainingFailure, match=words):
        read_table(tmp_path, "y", ())


def test_a_near_miss_of_the_target_is_offered(tmp_path: Path) -> None:
    put_channel(tmp_path, "a,Valoracion\n1,2\n")
    with pytest.raises(TrainingFailure, match='Did you mean "Valoracion"'):
        read_table(tmp_path, "Valoración", ())


def test_an_empty_channel_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(TrainingFailure, match=r"no CSV file, but notes\.txt"):
        read_table(tmp_path, "y", ())


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_bytes(b"PK\x03\x04\xff\xfe\x00,\x00\n\xff,1\n")
    with pytest.raises(TrainingFailure, match="UTF-8"):
        read_table(tmp_path, "y", ())


@pytest.mark.parametrize("schema", ["{", '{"columns": 5}', '{"columns": [{"name": "a"}]}'])
def test_a_broken_schema_is_refused(tmp_path: Path, schema: str) -> None:
    put_channel(tmp_path, "a,y\n1,2\n")
    (tmp_path / "schema.json").write_text(schema)
    with pytest.raises(TrainingFailure, match=r"schema\.json"):
        read_table(tmp_path, "y", ())
