"""The reader's language: every sentence has its translation with the same placeholders, and none is written past it."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import i18n
from services.text import ntext, text

ROOT = Path(i18n.__file__).parent
KEYWORDS = {"_": None, "ngettext": (1, 2), "text": (1,), "ntext": (1, 2)}
TRANSLATED = [language for language in i18n.LANGUAGES if language != "en"]

Sentence = str | tuple[str, ...]


def sources() -> list[Path]:
    screens = [ROOT / "app.py", *sorted((ROOT / "ui").rglob("*.py")), *sorted((ROOT / "pages").rglob("*.py"))]
    services = sorted((ROOT / "services").rglob("*.py"))
    return screens + [path for path in services if "container" not in path.parts]


def screens() -> list[Path]:
    return [path for path in sources() if "services" not in path.relative_to(ROOT).parts]


@pytest.fixture(scope="module")
def sentences() -> set[Sentence]:
    found: set[Sentence] = set()
    for path in sources():
        for _name, _line, message, _comments, _context in extract_from_dir(
            path.parent, [(path.name, "python")], keywords=KEYWORDS
        ):
            found.add(message)
    assert len(found) > 100
    return found


def catalogue(language: str) -> dict[Sentence, tuple[Sentence, bool]]:
    with (ROOT / "locales" / language / "LC_MESSAGES" / "celaje.po").open("rb") as source:
        return {
            tuple(message.id) if isinstance(message.id, list | tuple) else message.id: (message.string, message.fuzzy)
            for message in read_po(source, locale=language)
            if message.id
        }


def placeholders(sentence: str) -> set[tuple[str, str]]:
    """The names in braces with how each is to be written."""
    parts = string.Formatter().parse(sentence)
    return {(name, form or "") for _text, name, form, _conversion in parts if name is not None}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(sentences, language):
    known = catalogue(language)
    missing = [one for one in sentences if one not in known or not any(known[one][0]) or known[one][1]]
    assert not missing, "run `make messages`, then translate these in locales/"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_plural_form_is_translated(language):
    for sentence, (translation, _fuzzy) in catalogue(language).items():
        if isinstance(sentence, tuple):
            assert all(translation), sentence


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_left_of_a_sentence_that_is_gone(sentences, language):
    assert set(catalogue(language)) <= sentences, "run `make messages`"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_placeholders_of_its_sentence(language):
    for sentence, (translation, _fuzzy) in catalogue(language).items():
        if isinstance(sentence, str):
            assert placeholders(translation) == placeholders(sentence), sentence
            continue
        singular, *plurals = translation
        assert placeholders(singular) <= placeholders(sentence[0]) | {("count", "")}, sentence
        assert all(placeholders(plural) == placeholders(sentence[1]) for plural in plurals), sentence


VISIBLE = {
    "badge", "button", "caption", "checkbox", "date_input", "dialog", "download_button", "error", "expander",
    "file_uploader", "form_submit_button", "header", "info", "link_button", "markdown", "metric", "multiselect",
    "number_input", "page_link", "pills", "popover", "progress", "radio", "segmented_control", "select_slider",
    "selectbox", "slider", "spinner", "status", "subheader", "success", "text_area", "text_input", "title", "toast",
    "toggle", "tooltip", "warning", "write",
    "ask", "confirm", "download", "heading", "nothing_yet", "pick", "pick_segment", "result", "working",
}  # fmt: skip
"""The calls whose first two arguments the reader sees, of Streamlit and of ui."""
VISIBLE_KEYWORDS = {"alt", "alt_text", "delta_description", "help", "label", "local_engine", "placeholder", "price",
                    "text", "title"}  # fmt: skip
PROPER_NAMES = {"SageMaker", "Celaje", "Python", "step", "dataset", "target", "column", "job", "endpoint", "scope"}
"""Names that are the same in every language, and the kinds of choice that `pick` takes first."""


def written_past_gettext(tree: ast.AST) -> Iterator[str]:
    """Literal texts, also formatted ones with letters of their own, that a call would show as they stand."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        shown = call.args[:2] if name in VISIBLE else []
        shown += [one.value for one in call.keywords if one.arg in VISIBLE_KEYWORDS]
        if name == "DataFrame":
            shown += [key for node in ast.walk(call) if isinstance(node, ast.Dict) for key in node.keys if key]
        for argument in shown:
            yield from (one for one in literals(argument) if words(one) and one not in PROPER_NAMES)


def hidden_from_the_catalogue(tree: ast.AST) -> list[str]:
    """Sentences inside an f-string: they are looked up, but nothing that collects sentences sees them there."""
    calls = [
        call
        for formatted in ast.walk(tree)
        if isinstance(formatted, ast.JoinedStr)
        for call in ast.walk(formatted)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in KEYWORDS
    ]
    return [ast.unparse(call) for call in calls]


def literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from (one.value for one in node.values if isinstance(one, ast.Constant))
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.BinOp):
        yield from literals(node.left)
        yield from literals(node.right)


def words(text: str) -> bool:
    """Whether a text holds words, once icons, colours and field names of charts are taken out."""
    rest = re.sub(r":material/\w+:|:(?:red|green|blue|orange|gray)\[|\b\w+:[QNTO]\b|count\(\):Q", "", text)
    return bool(re.search(r"[^\W\d_]{2,}", rest)) and not re.fullmatch(r"[a-z_]+", rest)


@pytest.mark.parametrize("path", screens(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_visible_text_is_written_past_gettext(path):
    assert list(written_past_gettext(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_is_hidden_in_an_f_string(path):
    assert hidden_from_the_catalogue(ast.parse(path.read_text())) == []


def test_a_sentence_in_an_f_string_is_found():
    assert hidden_from_the_catalogue(ast.parse("""st.markdown(f"**{_('Gone')}**")""")) == ["_('Gone')"]


def test_a_text_written_past_gettext_is_found():
    found = written_past_gettext(ast.parse('st.button("Train now")\nst.caption(f"{n} rows left")\nst.button(_("Go"))'))
    assert list(found) == ["Train now", " rows left"]


@pytest.mark.parametrize(
    ("browser", "language"), [("es-MX", "es"), ("es", "es"), ("en-GB", "en"), ("fr-FR", "en"), (None, "en")]
)
def test_the_browser_chooses_the_language(browser, language):
    assert i18n.choose(browser) == language


def test_numbers_are_written_as_the_language_writes_them():
    with i18n.use("es"):
        assert (i18n.number(12345.5), i18n.percent(0.934)) == ("12.345,5", "93,4\xa0%")
    with i18n.use("en"):
        assert (i18n.number(12345.5), i18n.percent(0.934)) == ("12,345.5", "93.4%")


def test_a_measured_figure_keeps_four_digits():
    assert [i18n.figure(value) for value in (0.95213, 0.000123456, 48213.4, 12.0)] == [
        "0.9521", "0.0001235", "48,213", "12",
    ]  # fmt: skip


def test_sums_under_a_dollar_show_tenths_of_a_cent():
    assert [i18n.money(value) for value in (0.115, 0.5, 12)] == ["$0.115", "$0.50", "$12.00"]


def test_times_are_told_in_the_readers_zone():
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with i18n.use("en", "America/Lima"):
        assert i18n.clock(noon) == "07:00:00"


def test_an_unknown_time_zone_falls_back_to_the_machines():
    with i18n.use("en", "Nowhere/At all"):
        assert i18n.clock(datetime.now(UTC)) == f"{datetime.now().astimezone():%H:%M:%S}"


@pytest.mark.parametrize(
    ("language", "browser_locale", "written"),
    [
        ("es", "es-MX", "1,234.5"),
        ("es", "es-ES", "1.234,5"),
        ("es", "en-US", "1.234,5"),
        ("en", "es-MX", "1,234.5"),
        ("es", "not a locale", "1.234,5"),
        ("es", None, "1.234,5"),
    ],
)
def test_numbers_are_written_as_in_the_browsers_country_where_it_speaks_the_language(language, browser_locale, written):
    with i18n.use(language, browser_locale=browser_locale):
        assert i18n.number(1234.5) == written


def test_charts_are_told_the_languages_numbers_and_months():
    with i18n.use("es"):
        told = i18n.for_charts()
    assert (told["number"]["decimal"], told["number"]["thousands"]) == (",", ".")
    assert (told["time"]["days"][0], told["time"]["days"][6]) == ("domingo", "sábado")
    assert (told["time"]["months"][0], told["time"]["shortMonths"][11]) == ("enero", "dic")


def test_a_span_of_time_shows_its_two_largest_units():
    assert [i18n.duration(value) for value in (48, 125, 4830)] == ["48 s", "2 min 5 s", "1 h 20 min"]


def test_a_sentence_of_a_service_is_said_with_its_inner_sentences_and_numbers():
    inner = ntext("{count} row", "{count} rows", 1200)
    assert i18n.say(text("Read {rows} of {name}", rows=inner, name="a.csv")) == "Read 1,200 rows of a.csv"


def test_a_sentence_of_a_service_writes_shares_and_numbers_as_the_language_does():
    sentence = text("{right:,} of {rows:,} rows ({share:.1%})", right=1150, rows=1200, share=0.9583)
    with i18n.use("es"):
        assert i18n.say(sentence) == "1.150 of 1.200 rows (95,8\xa0%)"


def test_a_format_no_language_knows_is_refused():
    with pytest.raises(ValueError, match="cannot write a number"):
        i18n.say(text("{value:x}", value=12))
