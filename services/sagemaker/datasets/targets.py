"""Which column someone most likely wants to predict, and what kind of problem that is."""

from __future__ import annotations

import re

from services.sagemaker.datasets.model import FEATURE_TYPES, Column, Problem, Profile

MOST_CLASSES = 100
"""The training job takes no more."""

_MOST_NUMBERED_CLASSES = 10
_FEWEST_ROWS_A_NUMBERED_CLASS = 5
_NAMES = re.compile(
    r"(^|[\W_])(target|label|class|outcome|result|response|y|churn(ed)?|left|attrition|survived|diagnosis|default(ed)?|"
    r"fraud|price|cost|sales|revenue|score|rating|grade|species|quality|income|"
    r"objetivo|etiqueta|clase|resultado|respuesta|abandono|baja|impago|fraude|precio|coste|ventas|ingresos|"
    r"puntuaci[oó]n|valoraci[oó]n|nota|especie|calidad|diagn[oó]stico|satisfacci[oó]n)($|[\W_])",
    re.IGNORECASE,
)


def suggest_problem(profile: Profile, target: str) -> Problem:
    """What the training job finds too: two values are a binary problem, other texts and few whole numbers that repeat
    a multiclass one, all other numbers a regression.

    Raises KeyError when there is no such column.
    """
    column = profile.column(target)
    if column.distinct <= 2:
        return "binary"
    if column.numbers is None:
        return "multiclass"
    present = profile.rows - column.missing
    few = column.distinct <= _MOST_NUMBERED_CLASSES and present >= _FEWEST_ROWS_A_NUMBERED_CLASS * column.distinct
    return "multiclass" if few and column.numbers.whole else "regression"


def target_order(profile: Profile) -> tuple[str, ...]:
    """All columns, the likeliest to be predicted first: by name, then yes or no, then what stands last."""
    last = next((column.name for column in reversed(profile.columns) if _can_be_predicted(column)), None)
    places = {name: place for place, name in enumerate(profile.names)}

    def rank(column: Column) -> tuple[int, int]:
        if not _can_be_predicted(column):
            return 3, places[column.name]
        likely = 0 if _NAMES.search(column.name) else 1 if column.distinct == 2 or column.name == last else 2
        return likely, -places[column.name]

    return tuple(column.name for column in sorted(profile.columns, key=rank))


def _can_be_predicted(column: Column) -> bool:
    if column.type not in FEATURE_TYPES or column.type == "date":
        return False
    return column.type == "numeric" or column.distinct <= MOST_CLASSES
