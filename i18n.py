"""The reader's language: gettext catalogues from locales/, plural forms, numbers and dates as that language writes them."""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import dates, numbers
from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from services.text import Text

LANGUAGES = {"en": "English", "es": "Español"}
LOCALES = Path(__file__).parent / "locales"

_language: ContextVar[str] = ContextVar("language", default="en")


def choose(browser_locale: str | None) -> str:
    """The language to start with for a browser locale such as "es-MX"; English where it is none of ours."""
    return negotiate_locale([browser_locale or "en"], list(LANGUAGES), sep="-") or "en"


@contextmanager
def use(language: str) -> Iterator[None]:
    """Speak this language in the block."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def current() -> str:
    return _language.get()


def _(message: str, **values: Any) -> str:
    """The sentence in the reader's language with {values} put in, by str.format."""
    translated = _catalogue(current()).gettext(message)
    return translated.format(**values) if values else translated


def ngettext(singular: str, plural: str, count: int, **values: Any) -> str:
    """The singular or plural sentence for `count`; both may use {count}."""
    translated = _catalogue(current()).ngettext(singular, plural, count)
    return translated.format(count=number(count), **values)


def say(sentence: Text) -> str:
    """A sentence made in services/, in the reader's language."""
    values = {key: say(value) if isinstance(value, Text) else value for key, value in sentence.values.items()}
    catalogue = _catalogue(current())
    if sentence.plural:
        return catalogue.ngettext(sentence.message, sentence.plural, values["count"]).format(**values)
    return catalogue.gettext(sentence.message).format(**values)


def number(value: float, digits: int | None = None) -> str:
    """A number as the reader writes it: 1,234.5 or 1.234,5. `digits` fixes the decimals."""
    pattern = "#,##0." + "0" * digits if digits else "#,##0" if digits == 0 else "#,##0.######"
    return numbers.format_decimal(value, format=pattern, locale=current())


def percent(share: float, digits: int = 1) -> str:
    """A share of 1 as a percentage: 0.934 is 93.4% in English and 93,4 % in Spanish."""
    pattern = numbers.Locale.parse(current()).percent_formats[None].pattern
    return numbers.format_percent(share, format=pattern.replace("#,##0", "#,##0." + "0" * digits), locale=current())


def moment(when: datetime) -> str:
    """A date and time, short, in this machine's time zone."""
    return dates.format_datetime(when.astimezone(), format="short", locale=current())


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    path = LOCALES / language / "LC_MESSAGES" / "celaje.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
