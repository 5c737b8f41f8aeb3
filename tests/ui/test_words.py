"""Text of the data and of AWS is shown as it is."""

from __future__ import annotations

import pytest

import i18n
from services.text import ntext, text
from ui import plain, said, status


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("**bold**", r"\*\*bold\*\*"),
        ("a_b_c", r"a\_b\_c"),
        ("price $5 to $9", r"price \$5 to \$9"),
        ("[x](http://y)", r"\[x\]\(http\://y\)"),
        ("<b>", r"\<b\>"),
        (":red[x]", r"\:red\[x\]"),
        (12, "12"),
    ],
)
def test_a_value_is_never_read_as_markdown(value, shown):
    assert plain(value) == shown


def test_the_values_of_a_sentence_are_plain_and_its_own_words_are_not():
    assert said(text("Run `x` on {name}", name="my_file")) == r"Run `x` on my\_file"


def test_the_values_of_an_inner_sentence_are_plain_too():
    inner = ntext("{count} row of {name}", "{count} rows of {name}", 2, name="a*b")
    assert said(text("Read {what}", what=inner)) == r"Read 2 rows of a\*b"


def test_a_status_has_the_words_of_the_reader():
    with i18n.use("es"):
        assert status("InService") == "En servicio"


def test_a_status_that_is_new_to_us_is_shown_as_it_is():
    assert status("Hibernating") == "Hibernating"
