"""How a column writes its numbers (1.234,56 or 1,234.56; $, €, %): judged from a sample, and written plainly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MISSING = frozenset(
    {
        "", "-", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "#N/D", "N/D", "NaN", "nan", "NAN",
        "NULL", "Null", "null", "None", "NaT",
    }
)  # fmt: skip
"""Cells that stand for "no value"; the training job has the same list."""

LEAST_READABLE = 0.95
"""The share of a column's cells that must be numbers (or dates) for the rest to count as unreadable."""

_FEWEST_CODES = 0.05

_SPACES = " \u00a0\u202f\u2009"
_SIGN = "[-+−]"
_CURRENCY = (
    r"(?:R\$|US\$|A\$|C\$|S/\.?|[$€£¥₹₩₪₺₽฿₫₱]|"
    "EUR|USD|GBP|CHF|MXN|COP|ARS|CLP|PEN|BRL|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN|kr|zł)"
)
_UNIT = f"(?:%|{_CURRENCY})"
_EXPONENT = "(?:[eE][+-]?[0-9]+)?"
_SPACE = f"[{_SPACES}]*"
_LOOKS = re.compile(
    rf"(?P<open>\()?{_SPACE}(?P<sign>{_SIGN})?{_SPACE}(?P<prefix>{_UNIT})?{_SPACE}(?P<inner>{_SIGN})?{_SPACE}"
    rf"(?P<body>[.,]?[0-9](?:[0-9.,'’{_SPACES}]*[0-9])?[.,]?{_EXPONENT})"
    rf"{_SPACE}(?P<suffix>{_UNIT})?{_SPACE}(?P<after>-)?{_SPACE}(?P<close>\))?"
)
_INFINITE = re.compile(rf"{_SIGN}?(?:inf|infinity|∞)", re.IGNORECASE)
_SIMPLE = re.compile("[-+]?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?")
"""What most numbers look like; to recognise it first is quick."""
_EITHER = re.compile("[1-9][0-9]{0,2}[.,][0-9]{3}")
"""The mark may stand before decimals or between thousands."""
_CODE = re.compile("0[0-9]+")
"""Digits with a leading zero, like a postal code: a name made of digits, not a number."""


@dataclass(frozen=True)
class NumberFormat:
    """`thousands` is "" or the mark between groups (" " stands for every kind of space); `unit` is removed."""

    decimal: str = "."
    thousands: str = ""
    unit: str = ""
    signs: bool = False
    """Some signs are written as only accountants do: (5), 5-, −5, or between unit and number."""

    @property
    def plain(self) -> bool:
        """Whether every CSV reader understands the numbers as they stand."""
        return self == PLAIN

    @cached_property
    def _body(self) -> str:
        point = re.escape(self.decimal)
        whole = "[0-9]+"
        if self.thousands:
            mark = {" ": f"[{_SPACES}]", "'": "['’]"}.get(self.thousands, re.escape(self.thousands))
            # India groups by two, 1,23,456, but its last group has three digits too.
            middle = "{2,3}" if self.thousands == "," else "{3}"
            whole = f"(?:[1-9][0-9]{{0,2}}(?:{mark}[0-9]{middle})*{mark}[0-9]{{3}}|[0-9]+)"
        return f"(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+){_EXPONENT}"

    @cached_property
    def body(self) -> re.Pattern[str]:
        """Matches a number without sign and unit."""
        return re.compile(self._body)

    @cached_property
    def cell(self) -> str:
        """Matches a whole trimmed cell, in the syntax of both re and RE2. The unit may be absent."""
        unit = f"(?:{re.escape(self.unit)})?" if self.unit else ""
        number = f"{_SIGN}?{_SPACE}{unit}{_SPACE}{_SIGN}?{_SPACE}{self._body}{_SPACE}{unit}"
        if not self.signs:
            return f"^{number}$"
        return rf"^(?:{number}{_SPACE}-?|\({_SPACE}{number}{_SPACE}\))$"


PLAIN = NumberFormat()
_DECIMAL_COMMA = NumberFormat(decimal=",")
_FORMATS = (
    PLAIN,
    _DECIMAL_COMMA,
    NumberFormat(thousands=","),
    NumberFormat(",", "."),
    NumberFormat(thousands=" "),
    NumberFormat(",", " "),
    NumberFormat(thousands="'"),
    NumberFormat(",", "'"),
)
"""In order of preference where several read all numbers alike."""


@dataclass(frozen=True)
class Judgement:
    """What a column's sample says. `format` is None for a column that is not of numbers.

    `example` is a text that could mean another number too, like "1.234", or "". `decimals`: a decimal mark was seen.
    """

    format: NumberFormat | None
    example: str = ""
    decimals: bool = False


Sample = Mapping[str, int]
"""Different texts of a column, with how many cells hold each."""


@dataclass(frozen=True)
class _Facts:
    """The numbers without sign and unit, with their cells; `share` of the present cells are numbers."""

    bodies: Counter[str]
    share: float
    unit: str
    signs: bool


def is_missing(text: str) -> bool:
    return text.strip() in MISSING


def is_finite_number(text: str) -> bool:
    """In any format this module knows."""
    return bool(_SIMPLE.fullmatch(text) or _LOOKS.fullmatch(text.strip()))


def is_code(text: str) -> bool:
    return bool(_CODE.fullmatch(text.strip()))


def judge_columns(samples: Sequence[Sample], delimiter: str) -> list[Judgement]:
    """Judge each column; what is ambiguous in one is decided by what the others use without any doubt."""
    first = [judge(sample, delimiter=delimiter) for sample in samples]
    clue = _decimal_comma(first)
    if clue is None:
        return first
    return [
        judge(sample, delimiter=delimiter, decimal_comma=clue) if judged.example else judged
        for sample, judged in zip(samples, first, strict=True)
    ]


def _decimal_comma(judgements: Iterable[Judgement]) -> bool | None:
    """Whether columns without any doubt use a decimal comma (True) or a decimal point (False); None without a clue."""
    clues = Counter(one.format.decimal == "," for one in judgements if one.format and one.decimals and not one.example)
    return clues.most_common(1)[0][0] if clues else None


def judge(sample: Sample, *, delimiter: str = ",", decimal_comma: bool | None = None) -> Judgement:
    """Find the format that reads a column's sample. `decimal_comma` is what other columns of the file use."""
    facts = _facts(sample)
    if facts is None or facts.share < LEAST_READABLE:
        return Judgement(None)
    fitting = _fitting(facts.bodies)
    if not fitting:
        return Judgement(None)
    chosen, example = fitting[0], _read_in_two_ways(facts.bodies, fitting)
    if example:
        comma = decimal_comma if decimal_comma is not None else _guess_decimal_comma(facts.bodies, example, delimiter)
        chosen = next((one for one in fitting if (one.decimal == ",") == comma), chosen)
    if decimal_comma is not None:
        example = ""
    decimals = any(chosen.decimal in body for body in facts.bodies)
    return Judgement(replace(chosen, unit=facts.unit, signs=facts.signs), example, decimals)


def _facts(sample: Sample) -> _Facts | None:
    """The numbers of a sample taken apart; None where nothing is a number, units differ or these are codes."""
    if sample and all(map(_SIMPLE.fullmatch, sample)):
        return _Facts(_summed((text.lstrip("+-"), cells) for text, cells in sample.items()), 1.0, "", False)
    present = _summed((text.strip(), cells) for text, cells in sample.items() if not is_missing(text))
    if not present or _are_codes(present):
        return None
    bodies: list[tuple[str, int]] = []
    units, signs, infinite = set(), False, 0
    for text, cells in present.items():
        found = _LOOKS.fullmatch(text)
        if found is None or bool(found["open"]) != bool(found["close"]):
            infinite += cells if _INFINITE.fullmatch(text) else 0
            continue
        bodies.append((found["body"], cells))
        units.add((found["prefix"] or "") + (found["suffix"] or ""))
        signs = signs or found["sign"] == "−" or any(found[part] for part in ("inner", "open", "after"))
    if len(units) != 1:
        return None
    read = _summed(bodies)
    return _Facts(read, (read.total() + infinite) / present.total(), units.pop(), signs)


def _summed(counted: Iterable[tuple[str, int]]) -> Counter[str]:
    summed: Counter[str] = Counter()
    for text, cells in counted:
        summed[text] += cells
    return summed


def _are_codes(present: Counter[str]) -> bool:
    """Whether digits with leading zeros are the rule, and not how somebody typed a number once."""
    codes = [text for text in present if _CODE.fullmatch(text)]
    if not codes:
        return False
    if len(set(map(len, present))) == 1:
        return True
    return sum(present[code] for code in codes) >= _FEWEST_CODES * present.total()


def _fitting(bodies: Counter[str]) -> list[NumberFormat]:
    """The formats that read the most cells, if that is nearly all of them."""
    if all(map(PLAIN.body.fullmatch, bodies)):
        dotted = [body for body in bodies if "." in body]
        grouped = dotted and all(map(_EITHER.fullmatch, dotted))
        return [PLAIN, NumberFormat(",", ".")] if grouped else [PLAIN]
    read = {one: sum(bodies[body] for body in filter(one.body.fullmatch, bodies)) for one in _FORMATS}
    most = max(read.values())
    return [one for one in _FORMATS if read[one] == most] if most >= LEAST_READABLE * bodies.total() else []


def _read_in_two_ways(bodies: Iterable[str], fitting: Sequence[NumberFormat]) -> str:
    """A text that two fitting formats read as different numbers, or ""."""
    if len({one.decimal for one in fitting}) == 1:
        return ""
    return next(filter(_EITHER.fullmatch, bodies), "")


def _guess_decimal_comma(bodies: Iterable[str], example: str, delimiter: str) -> bool:
    """What "1.234" or "1,234" most likely means where no other column tells."""
    mark = "," if "," in example else "."
    ungrouped = [body for body in bodies if mark not in body]
    if ungrouped:
        # 950 beside 1.234 is how groups of thousands look; 1250 beside 1.234 is not.
        groups = all(len(body) <= 3 for body in ungrouped)
        return groups if mark == "." else not groups
    return mark == "," and delimiter == ";"


def to_plain(cells: pa.StringArray, how: NumberFormat) -> pa.StringArray:
    """The cells with numbers of this format written plainly, -1234.56; all other cells as they are."""
    if how.plain:
        return cells
    if how == _DECIMAL_COMMA and not contains(cells, b"."):
        plain = pc.replace_substring(cells, ",", ".")
        if _are_numbers(plain):
            return plain
    trimmed = pc.utf8_trim_whitespace(cells)
    return pc.if_else(pc.match_substring_regex(trimmed, how.cell), _rewritten(trimmed, how), cells)


def contains(cells: pa.StringArray, mark: bytes) -> bool:
    """Whether a character stands in any cell: a look at all characters at once is much quicker than one at each."""
    return mark in characters(cells)


def characters(cells: pa.StringArray) -> bytes:
    """The characters of all cells one after the other, as UTF-8."""
    _, offsets, data = cells.buffers()
    if data is None or not len(cells):
        return b""
    first, last = np.frombuffer(offsets, np.int32)[[cells.offset, cells.offset + len(cells)]]
    found: bytes = data.slice(int(first), int(last - first)).to_pybytes()
    return found


def _are_numbers(plain: pa.StringArray) -> bool:
    try:
        pc.cast(plain, pa.float64())
    except pa.ArrowInvalid:
        return False
    return True


def _rewritten(trimmed: pa.StringArray, how: NumberFormat) -> pa.StringArray:
    """What numbers of this format become; what becomes of other cells has no meaning."""
    plain = trimmed
    if how.unit:
        plain = pc.replace_substring(plain, how.unit, "")
    if how.unit or how.signs or how.thousands == " ":
        plain = pc.replace_substring_regex(plain, f"[{_SPACES}]", "")
    if how.thousands and how.thousands != " ":
        plain = pc.replace_substring_regex(plain, "['’]" if how.thousands == "'" else re.escape(how.thousands), "")
    if how.decimal == ",":
        plain = pc.replace_substring(plain, ",", ".")
    if how.signs:
        plain = pc.replace_substring(plain, "−", "-")
        plain = pc.replace_substring_regex(plain, r"^\((.*)\)$", r"-\1")
        plain = pc.replace_substring_regex(plain, "^(.*)-$", r"-\1")
    return pc.replace_substring_regex(plain, r"^\+", "")
