"""Separators, header and what stands above it are found as a person would see them."""

import pytest

from services.sagemaker.datasets.dialect import Dialect, detect
from tests.services.sagemaker.datasets.reading import read, table


@pytest.mark.parametrize(
    ("head", "delimiter", "width"),
    [
        ("a,b\n1,2\n3,4\n", ",", 2),
        ("a;b\n1;2\n3;4\n", ";", 2),
        ("a\tb\n1\t2\n", "\t", 2),
        ("a|b|c\n1|2|3\n", "|", 3),
        ("precio;peso\n1,5;2,25\n3,5;4,75\n", ";", 2),
        ("a;b;c\n1,5;2,5;3,5\n1,5;2,5;3,5\n", ";", 3),
        ('name,text\nAna,"one; two; three"\nEva,"four; five; six"\n', ",", 2),
        ("name;text\nAna;hello, world, again\nEva;good, bye, now\n", ";", 2),
        ('a,"b\nc",d\n1,2,3\n4,5,6\n', ",", 3),
        ("when,what\n2024-01-01 10:00,a|b\n2024-01-02 11:00,c|d\n", ",", 2),
        ("sep=;\na;b\n1;2\n", ";", 2),
        ("one\ntwo\nthree\n", ",", 1),
    ],
)
def test_the_separator_is_found(head, delimiter, width):
    dialect, found = detect(head, whole=True)
    assert (dialect.delimiter, found) == (delimiter, width)


@pytest.mark.parametrize(
    "head",
    [
        "name,age\nAna,30\nEva,40\n",
        "name,city\nAna,Madrid\nEva,Cádiz\n",
        "country,2019,2020\nSpain,1.5,2.5\nItaly,3.5,4.5\n",
        ",0,1,2\n0,1.5,2.5,3.5\n1,1.5,2.5,3.5\n",
        "day,value\n2024-01-01,5\n2024-01-02,6\n",
        "a,b\n",
        "x,y\n,\n,\n",
    ],
)
def test_a_header_is_found(head):
    assert detect(head, whole=True)[0].header


@pytest.mark.parametrize(
    "head",
    [
        "1,2\n3,4\n",
        "Ana,30\nEva,40\n",
        "Ana,F,Madrid\nEva,F,Cádiz\nPaz,F,Madrid\nLuz,F,Madrid\n",
        "2024-01-01,5.5\n2024-01-02,6.5\n",
        "5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,3.3,virginica\n",
        "Spain,2019,2020\nItaly,2018,2021\nFrance,2017,2022\n",
        "7,x\n",
    ],
)
def test_values_in_the_first_row_are_no_header(head):
    assert not detect(head, whole=True)[0].header


def test_columns_without_names_are_numbered_and_it_is_said():
    reading = read("Ana,30\nEva,40\n")
    assert reading.canonical == b"column_1,column_2\nAna,30\nEva,40\n"
    assert "NoHeader" in reading.codes
    assert reading.profile.rows == 2


@pytest.mark.parametrize(
    "title",
    ["Sales 2024\n\n", "Sales 2024;;\n", "Sales 2024\nMade by the shop\n", "\n\n", "Sales 2024;;\n;;\n"],
)
def test_titles_above_the_header_are_left_out_and_it_is_said(title):
    reading = read(title + "shop;sales;cost\nNorth;5;3\nSouth;6;4\n")
    assert reading.canonical == b"shop,sales,cost\nNorth,5,3\nSouth,6,4\n"
    assert "Preamble" in reading.codes


def test_excel_s_own_separator_line_is_left_out():
    assert read("sep=|\na|b\n1|x\n2|y\n").canonical == b"a,b\n1,x\n2,y\n"


def test_quotes_after_a_space_still_quote():
    reading = read(table("a, b, c", '1, "x, y", 2', '3, "z, w", 4'))
    assert reading.canonical == b'a,b,c\n1,"x, y",2\n3,"z, w",4\n'


def test_backslashes_escape_quotes_where_they_do():
    reading = read(table("id,text", r'1,"say \"hi\", you"', r'2,"plain"'))
    assert reading.conversion.records.dialect == Dialect(escape="\\")
    assert reading.canonical == b'id,text\n1,"say ""hi"", you"\n2,plain\n'


@pytest.mark.parametrize(
    ("header", "names", "code"),
    [
        ("a,b,a", ("a", "b", "a_2"), "NamesMended"),
        ("a,,c", ("a", "column_2", "c"), "NamesMended"),
        ("a,a_2,a", ("a", "a_2", "a_3"), "NamesMended"),
        (" a , b,c ", ("a", "b", "c"), None),
        ('"two\nlines",b,c', ("two lines", "b", "c"), None),
    ],
)
def test_names_are_mended_and_it_is_said(header, names, code):
    reading = read(table(header, "1,x,2.5", "2,y,3.5"))
    assert reading.profile.names == names
    assert ("NamesMended" in reading.codes) == (code is not None)


def test_row_names_as_r_writes_them_get_a_column():
    reading = read(table("height,weight", "Ana,1.70,60", "Eva,1.65,55", "Luz,1.72,58"))
    assert reading.profile.names == ("column_1", "height", "weight")
    assert "RowNames" in reading.codes


def test_a_separator_at_the_end_of_each_row_is_no_row_name():
    reading = read(table("name,age", "Ana,30,", "Eva,40,"))
    assert reading.profile.names == ("name", "age", "column_3")
    assert reading.profile.column("name").top[0][0] in {"Ana", "Eva"}
