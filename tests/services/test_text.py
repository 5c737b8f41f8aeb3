"""Sentences made in services are English by themselves and keep their values apart, so that they can be translated."""

import pytest

from services.text import Text, ntext, text


def test_a_sentence_reads_as_english_with_its_values_put_in():
    assert str(text("{rows} rows were read from {file}.", rows=3, file="a.csv")) == "3 rows were read from a.csv."


def test_the_message_keeps_its_places_for_the_catalogue():
    sentence = text("{rows} rows", rows=3)
    assert sentence.message == "{rows} rows"
    assert sentence.values == {"rows": 3}


@pytest.mark.parametrize(("count", "expected"), [(0, "0 files"), (1, "1 file"), (2, "2 files")])
def test_the_count_chooses_the_plural(count, expected):
    assert str(ntext("{count} file", "{count} files", count)) == expected


def test_a_value_may_be_a_sentence_itself():
    assert str(text("Failed: {why}", why=text("no {what}", what="rows"))) == "Failed: no rows"


def test_braces_in_values_stay_as_they_are():
    assert str(text("{said}", said="{not a place}")) == "{not a place}"


def test_equal_sentences_are_equal():
    assert text("a {b}", b=1) == Text("a {b}", values={"b": 1})
