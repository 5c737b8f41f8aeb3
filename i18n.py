"""The reader's language: gettext catalogues from locales/, plurals, numbers, money and dates as it writes them."""

from __future__ import annotations

import gettext
import re
import string
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, tzinfo
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import dates, numbers
from babel.core import Locale, UnknownLocaleError, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from services.text import Text

LANGUAGES = {"en": "English", "es": "Español"}
LOCALES = Path(__file__).parent / "locales"
SIGNIFICANT_DIGITS = 4
"""Of a measured figure: enough to tell two models apart, few enough to read."""

_ENGLISH = Locale("en")

_language: ContextVar[str] = ContextVar("language", default="en")
_locale: ContextVar[Locale] = ContextVar("locale", default=_ENGLISH)
_timezone: ContextVar[tzinfo | None] = ContextVar("timezone", default=None)


def choose(browser_locale: str | None) -> str:
    """The language to start with for a browser locale such as "es-MX"; English where it is none of ours."""
    return negotiate_locale([browser_locale or "en"], list(LANGUAGES), sep="-") or "en"


@contextmanager
def use(language: str, timezone: str | None = None, browser_locale: str | None = None) -> Iterator[None]:
    """Speak this language in the block, and tell times in this zone ("America/Lima"); the machine's own by default.

    Numbers and dates are written as in the browser's country where its language is this one: 1,234.5 in Mexico.
    """
    languages, timezones = _language.set(language), _timezone.set(_zone(timezone))
    locales = _locale.set(_writing(language, browser_locale))
    try:
        yield
    finally:
        _language.reset(languages)
        _timezone.reset(timezones)
        _locale.reset(locales)


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
    """A sentence made in services/, in the reader's language, its numbers as that language writes them."""
    catalogue = _catalogue(current())
    if sentence.plural:
        translated = catalogue.ngettext(sentence.message, sentence.plural, sentence.values["count"])
    else:
        translated = catalogue.gettext(sentence.message)
    return _FORMATTER.vformat(translated, (), sentence.values)


class _Formatter(string.Formatter):
    """str.format for a reader: {rows:,}, {error:,.2f} and {share:.1%} by the language's rules, inner sentences said."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Text):
            return say(value)
        if not isinstance(value, int | float) or isinstance(value, bool):
            return str(super().format_field(value, format_spec))
        known = _NUMBER_FORMAT.fullmatch(format_spec)
        if not known:
            raise ValueError(f"A sentence cannot write a number as {format_spec!r}")
        digits = int(known["digits"]) if known["digits"] else None
        return percent(value, digits or 0) if known["kind"] == "%" else number(value, digits)


_NUMBER_FORMAT = re.compile(r",?(?:\.(?P<digits>\d))?(?P<kind>[%f]?)")
_FORMATTER = _Formatter()


def number(value: float, digits: int | None = None) -> str:
    """A number as the reader writes it: 1,234.5 or 1.234,5. `digits` fixes the decimals."""
    pattern = "#,##0." + "0" * digits if digits else "#,##0" if digits == 0 else "#,##0.######"
    return numbers.format_decimal(value, format=pattern, locale=_locale.get())


def figure(value: float) -> str:
    """A measured number, to four significant digits and no digit of its whole part lost: 0.9521, 12.35, 48,213."""
    if abs(value) >= 10**SIGNIFICANT_DIGITS:
        return number(value, 0)
    return numbers.format_decimal(
        float(f"{value:.{SIGNIFICANT_DIGITS}g}"), format="#,##0.########", locale=_locale.get()
    )


def percent(share: float, digits: int = 1) -> str:
    """A share of 1 as a percentage: 0.934 is 93.4% in English and 93,4 % in Spanish."""
    pattern = _locale.get().percent_formats[None].pattern
    if digits:
        pattern = pattern.replace("#,##0", "#,##0." + "0" * digits)
    return numbers.format_percent(share, format=pattern, locale=_locale.get())


def money(dollars: float) -> str:
    """US dollars, to the tenth of a cent where it is less than a dollar: endpoints cost cents an hour."""
    pattern = "¤#,##0.00#" if dollars < 1 else "¤#,##0.00"
    return numbers.format_currency(dollars, "USD", format=pattern, locale=_locale.get(), currency_digits=False)


def moment(when: datetime) -> str:
    """A date and time, short, in the reader's time zone."""
    return dates.format_datetime(when.astimezone(_timezone.get()), format="short", locale=_locale.get())


def clock(when: datetime) -> str:
    """A time of day with seconds, in the reader's time zone."""
    return f"{when.astimezone(_timezone.get()):%H:%M:%S}"


def duration(seconds: float) -> str:
    """A span of time in its two largest units: 48 s, 2 min 5 s, 1 h 20 min. All languages share the symbols."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size(count: int) -> str:
    """A number of bytes: 512 B, 12.5 kB, 290 MB."""
    value, unit = float(count), "B"
    for larger in ("kB", "MB", "GB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{number(value, 0 if value >= 100 or unit == 'B' else 1)} {unit}"


def for_charts() -> dict[str, Any]:
    """The language's numbers and dates as Vega wants to be told of them: d3's format and time-format locales."""
    locale = _locale.get()
    symbols = locale.number_symbols["latn"]
    months, days = locale.months["format"], locale.days["format"]
    return {
        "number": {
            "decimal": symbols["decimal"],
            "thousands": symbols["group"],
            "grouping": [3],
            "currency": ["", " US$"],
        },
        "time": {
            "dateTime": "%d %b %Y, %H:%M:%S",
            "date": "%d %b %Y",
            "time": "%H:%M:%S",
            "periods": ["AM", "PM"],
            "days": [days["wide"][(day - 1) % 7] for day in range(7)],
            "shortDays": [days["abbreviated"][(day - 1) % 7] for day in range(7)],
            "months": [months["wide"][month] for month in range(1, 13)],
            "shortMonths": [months["abbreviated"][month] for month in range(1, 13)],
        },
    }


def _writing(language: str, browser_locale: str | None) -> Locale:
    try:
        found = Locale.parse(browser_locale, sep="-") if browser_locale else None
    except (ValueError, UnknownLocaleError):
        found = None
    return found if found and found.language == language else Locale(language)


def _zone(name: str | None) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


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
