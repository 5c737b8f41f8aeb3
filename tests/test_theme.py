"""The colours of both themes can be read: WCAG 2.1 AA, 4.5 for text and 3 for the marks of charts."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path
from typing import Any

import pytest

import i18n

CONFIG = tomllib.loads((Path(i18n.__file__).parent / ".streamlit" / "config.toml").read_text())
THEMES = ("light", "dark")
CAPTION_OPACITY = 0.6
"""Streamlit draws captions and hints as the text colour at this opacity."""

Colour = tuple[float, float, float]


def theme(name: str) -> dict[str, Any]:
    return CONFIG["theme"][name]


def colour(code: str) -> Colour:
    return tuple(int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))


def blend(over: Colour, under: Colour, opacity: float) -> Colour:
    return tuple(opacity * a + (1 - opacity) * b for a, b in zip(over, under, strict=True))


def luminance(of: Colour) -> float:
    """Relative luminance, WCAG 2.1."""
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in of)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def backgrounds(name: str) -> list[Colour]:
    used = theme(name)
    return [
        colour(used["backgroundColor"]),
        colour(used["secondaryBackgroundColor"]),
        colour(used["sidebar"]["backgroundColor"]),
    ]


@pytest.mark.parametrize("name", THEMES)
def test_text_can_be_read_on_every_background(name):
    text = colour(theme(name)["textColor"])
    assert min(contrast(text, background) for background in backgrounds(name)) >= 7


@pytest.mark.parametrize("name", THEMES)
def test_captions_can_be_read_on_page_and_sidebar(name):
    text = colour(theme(name)["textColor"])
    for background in (backgrounds(name)[0], backgrounds(name)[2]):
        assert contrast(blend(text, background, CAPTION_OPACITY), background) >= 4.5


@pytest.mark.parametrize("name", THEMES)
def test_links_can_be_read(name):
    assert min(contrast(colour(theme(name)["linkColor"]), one) for one in backgrounds(name)) >= 4.5


@pytest.mark.parametrize("name", THEMES)
def test_the_marks_of_charts_stand_out(name):
    page = backgrounds(name)[0]
    assert min(contrast(colour(one), page) for one in theme(name)["chartCategoricalColors"]) >= 3


@pytest.mark.parametrize("name", THEMES)
def test_no_two_chart_colours_are_alike(name):
    colours = [colour(one) for one in theme(name)["chartCategoricalColors"]]
    for one, other in itertools.combinations(colours, 2):
        assert sum(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.3
