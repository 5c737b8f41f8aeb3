"""Filter patterns of CloudWatch Logs for text: terms, "phrases", -excluded ones, and ?alternatives. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

_PART = re.compile(r'([-?]?)(?:"((?:[^"\\]|\\.)*)"|([\w.@:/*=+-]+))(?:\s+|$)')


class InvalidPattern(Exception):
    """The text is no pattern, or of a kind that is not understood here; says why."""


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """A function that tells whether a message fits. Raises InvalidPattern.

    Terms are matched as AWS does: with case, anywhere in the message. All terms and no excluded one must be there;
    of alternatives, one. (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html)
    """
    required, excluded, alternatives = _parts(pattern.strip())

    def fits(message: str) -> bool:
        return (
            all(term in message for term in required)
            and not any(term in message for term in excluded)
            and (not alternatives or any(term in message for term in alternatives))
        )

    return fits


def _parts(pattern: str) -> tuple[list[str], list[str], list[str]]:
    if pattern.startswith(("{", "[", "%")):
        raise InvalidPattern("local AWS understands terms and phrases, not JSON, columns or regular expressions")
    kinds: dict[str, list[str]] = {"": [], "-": [], "?": []}
    at = 0
    while at < len(pattern):
        part = _PART.match(pattern, at)
        if part is None:
            raise InvalidPattern(f"a term with other characters than letters and digits needs quotes: {pattern[at:]}")
        sign, phrase, term = part.groups()
        kinds[sign].append(re.sub(r"\\(.)", r"\1", phrase) if phrase is not None else term)
        at = part.end()
    return kinds[""], kinds["-"], kinds["?"]
