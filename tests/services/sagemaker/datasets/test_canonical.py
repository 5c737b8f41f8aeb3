"""The canonical file says the same as the original, and is the original where that is canonical already."""

import pytest

from services.sagemaker.datasets import numbers, records
from tests.services.sagemaker.datasets.reading import read, table


@pytest.fixture
def small_blocks(monkeypatch):
    """A file of some kilobytes is read in many blocks, and judged by its first rows only."""
    monkeypatch.setattr(records, "HEAD_BYTES", 300)
    monkeypatch.setattr(records, "BLOCK_BYTES", 200)


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c\n1,x,2.5\n2,y,3.5\n",
        "a,b\r\n1,x\r\n2,y\r\n",
        "a,b\n1,x\n2,y",
        'a,b\n"1","x, y"\n"2","say ""hi"""\n',
        'a,b\n1,"two\nlines"\n2,y\n',
        "día,ciudad\n1,Málaga\n2,León\n",
        "a,b\n1, x\n2,y \n",
        "a,b\nNA,x\n,NULL\n3,inf\n",
        "a,b\n1,x\n\n2,y\n",
        "a,b\n00123,=cmd|' /C calc'!A0\n00124,@SUM(A1)\n",
        "a,b\n1e5,x\n+7,y\n.5,z\n",
    ],
)
def test_what_is_canonical_goes_byte_for_byte(text):
    assert read(text).canonical == text.encode()


def test_a_byte_order_mark_is_taken_off():
    assert read(b"\xef\xbb\xbfa,b\n1,x\n2,y\n").canonical == b"a,b\n1,x\n2,y\n"


def test_a_spanish_excel_file_becomes_canonical():
    text = "Nombre;Precio;Cuota;Fecha\r\nJosé;1.234,56;12,5%;03/02/2024\r\nÁngel;-3,5;7%;13/02/2024\r\n"
    reading = read(text.encode("cp1252"))
    assert reading.canonical.decode() == (
        "Nombre,Precio,Cuota,Fecha\nJosé,1234.56,12.5,03/02/2024\nÁngel,-3.5,7,13/02/2024\n"
    )
    assert {"NumbersRewritten", "UnitRemoved", "Encoding", "Separator"} <= reading.codes
    assert reading.notice("UnitRemoved").message.values == {"unit": "%", "names": "Cuota"}


def test_cells_are_quoted_where_they_must_be():
    reading = read(table("a;b", '"x,y";1', '"say ""hi""";2', '"two\nlines";3'))
    assert reading.canonical == b'a,b\n"x,y",1\n"say ""hi""",2\n"two\nlines",3\n'


def test_words_for_missing_values_become_empty_where_the_file_is_rewritten():
    assert read(table("a;b", "NA;x", "-;y", "3,5;NULL")).canonical == b"a,b\n,x\n,y\n3.5,\n"


@pytest.mark.usefixtures("small_blocks")
class TestFarIntoAFile:
    """Rows that show that the first rows did not tell it all."""

    def test_a_number_that_tells_thousands_from_decimals_corrects_the_rows_before(self):
        rows = ["1.234;x", "5.678;y"] * 50
        reading = read(table("price;kind", *rows, "1.234,56;z", *rows))
        assert b"\n1234,x\n" in reading.canonical
        assert b"\n1234.56,z\n" in reading.canonical
        assert b"1.234" not in reading.canonical
        assert reading.profile.column("price").numbers.minimum == 1234

    def test_a_decimal_comma_after_whole_numbers_is_read(self):
        reading = read(table("a;b", *["1;x"] * 100, "3,5;y", *["2;x"] * 100))
        assert b"\n3.5,y\n" in reading.canonical
        assert reading.profile.column("a").numbers.maximum == 3.5
        assert reading.profile.column("a").unreadable == 0

    def test_codes_with_leading_zeros_are_no_numbers(self):
        reading = read(table("zip,x", *["28001,1", "41002,2"] * 50, "08003,3", *["28001,4"] * 50))
        assert reading.profile.column("zip").type == "category"
        assert reading.profile.column("zip").numbers is None
        assert ("08003", 1) in reading.profile.column("zip").top

    def test_another_unit_is_not_taken_off(self):
        reading = read(table("price,x", *["5 €,1"] * 100, "6 $,2", *["7 €,3"] * 100))
        assert b"\n5 \xe2\x82\xac,1\n" in reading.canonical
        assert b"\n6 $,2\n" in reading.canonical
        assert reading.notice("MixedTypes").columns == ("price",)

    def test_too_many_other_texts_make_a_column_of_numbers_one_of_texts(self):
        reading = read(table("a,b", *["1,x"] * 60, *["unknown,y"] * 60))
        column = reading.profile.column("a")
        assert (column.type, column.top) == ("category", (("1", 60), ("unknown", 60)))
        assert reading.notice("MixedTypes").columns == ("a",)

    def test_a_few_other_texts_count_as_unreadable_and_the_first_is_named(self):
        reading = read(table("a,b", *["1.5,x", "2.5,y"] * 100, "unknown,z", "many,z", *["3.5,x"] * 100))
        column = reading.profile.column("a")
        assert (column.type, column.unreadable, column.missing) == ("numeric", 2, 0)
        notice = reading.notice("MixedTypes")
        assert (
            notice.message.values | {"count": 2, "example": "unknown", "row": 202, "name": "a"} == notice.message.values
        )
        assert notice.rows == (202,)

    def test_one_cell_in_a_format_that_fits_nothing_else_counts_as_unreadable(self):
        reading = read(table("a,b", *["1.5,x", "2.5,y"] * 100, '"1,5",z', *["3.5,x"] * 100))
        assert reading.profile.column("a").unreadable == 1
        assert b'\n"1,5",z\n' in reading.canonical

    def test_infinities_count_as_missing_and_the_first_is_named(self):
        reading = read(table("a,b", *["1.5,x", "2.5,y"] * 50, "inf,z", "-Infinity,z", "1e39,z", *["3.5,x"] * 50))
        column = reading.profile.column("a")
        assert (column.type, column.missing, column.numbers.maximum) == ("numeric", 3, 3.5)
        assert reading.notice("Infinities").rows == (102,)

    def test_the_rows_of_short_and_long_rows_are_those_of_the_file(self):
        reading = read(table("a,b", *["1,x"] * 100, "2", *["1,x"] * 100, "3,y,", *["1,x"] * 50))
        assert reading.notice("ShortRows").rows == (102,)
        assert reading.notice("LongRows").rows == (203,)
        assert reading.profile.rows == 252

    def test_blank_lines_count_in_the_numbers_of_rows(self):
        rows = [*["1.5,x", ""] * 60, "unknown,y", "", "inf,z", *["2.5,x"] * 60]
        reading = read(table("a,b", *rows))
        assert reading.notice("MixedTypes").rows == (122,)
        assert reading.notice("Infinities").rows == (124,)

    def test_values_are_counted_across_a_stretch_without_any(self):
        column = read(table("a,b", *["5,x"] * 60, *[",y"] * 200, *["6,x"] * 40)).profile.column("a")
        assert (column.top, column.missing) == ((("5", 60), ("6", 40)), 200)

    def test_dates_that_turn_out_otherwise_are_read_again(self):
        rows = [f"0{day}/0{month}/2024,1" for day in range(1, 10) for month in range(1, 10)]
        assert read(table("day,x", *rows, "31/12/2024,2", *rows)).profile.column("day").date_format == "%d/%m/%Y"

    @pytest.mark.parametrize(
        ("late", "kind"),
        [("{n}.5", "numeric"), ("2024-01-{n}", "date"), ("kind {n}", "category"), ("3,{n}", "numeric")],
    )
    def test_a_column_that_begins_empty_is_read_when_it_fills(self, late, kind):
        rows = [f"{late.format(n=10 + n % 9)};x;2" for n in range(50)]
        reading = read(table("a;b;c", *[";y;1"] * 100, *rows))
        assert reading.profile.column("a").type == kind
        assert reading.profile.column("a").missing == 100
        assert b"\n3.10,x,2\n" in reading.canonical or "3," not in late


@pytest.mark.parametrize("columns", [3, 12])
def test_a_file_is_not_read_over_and_over(columns, monkeypatch):
    passes = []
    judge_columns = numbers.judge_columns
    monkeypatch.setattr(records, "HEAD_BYTES", 600)
    monkeypatch.setattr(records, "BLOCK_BYTES", 300)
    monkeypatch.setattr(numbers, "judge_columns", lambda *given: passes.append(1) or judge_columns(*given))
    rows = []
    for column in range(columns):
        odd = ["7"] * columns
        odd[column] = '"7,5"'
        rows += [",".join(["7"] * columns)] * 60 + [",".join(odd)]
    reading = read(table(",".join(f"c{column}" for column in range(columns)), *rows))
    assert 1 < len(passes) <= 4
    assert reading.profile.rows == 61 * columns
    assert [column.numbers.maximum for column in reading.profile.columns[:3]] == [7.5] * 3
    assert [column.unreadable for column in reading.profile.columns[3:]] == [1] * (columns - 3)
