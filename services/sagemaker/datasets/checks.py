"""What to know before a model is trained on a dataset: a function of its profile, the target and suspicious columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.sagemaker.datasets.found import listed
from services.sagemaker.datasets.model import FEATURE_TYPES, Column, Notice, Problem, Profile
from services.sagemaker.datasets.targets import MOST_CLASSES
from services.text import ntext, text

_FEWEST_ROWS = 10
_FEW_ROWS = 100
_FEW_ROWS_OF_A_CLASS = 5
_MOST_MISSING = 0.5
_RAREST_SHARE = 0.1
"""Of the rows of the most frequent class: rarer classes are hardly seen."""
_LEAST_DUPLICATES = 0.001


def check(profile: Profile, target: str, problem: Problem, suspicious: Mapping[str, float]) -> tuple[Notice, ...]:
    """What keeps a model from being trained on this target first, then warnings, then notes.

    suspicious: columns that predict the target too well, with their scores. Raises KeyError when there is no such
    column.
    """
    goal = profile.column(target)
    features = [column for column in profile.columns if column.name != target]
    told = [
        *_rows(profile, goal),
        *(_numbers(profile, goal) if problem == "regression" else _classes(profile, goal, problem)),
        *_leaks(suspicious),
        *_unused(profile, features),
        *_duplicates(profile),
    ]
    return tuple(sorted(told, key=lambda notice: ("stop", "warning", "note").index(notice.severity)))


def _rows(profile: Profile, goal: Column) -> Iterator[Notice]:
    present = profile.rows - goal.missing
    if not present:
        yield Notice(
            "TargetEmpty",
            text("The column {name} has no value in any row: there is nothing to learn.", name=goal.name),
            text("Predict another column."),
            "stop",
            (goal.name,),
        )
        return
    if goal.missing:
        yield Notice(
            "TargetMissing",
            ntext("In one row the value to predict is missing; it is left out.",
                  "In {count} rows the value to predict is missing; they are left out.", goal.missing),
            text("That is right if the value is just not known yet. Otherwise fill it in: what is missing may not be "
                 "missing by chance."),
            columns=(goal.name,),
        )  # fmt: skip
    if present < _FEWEST_ROWS:
        yield Notice(
            "TooFewRows",
            ntext("Only one row has a value to predict; at least {least} are needed.",
                  "Only {count} rows have a value to predict; at least {least} are needed.", present,
                  least=_FEWEST_ROWS),
            text("Add rows."),
            "stop",
        )  # fmt: skip
    elif present < _FEW_ROWS:
        yield Notice(
            "FewRows",
            ntext("There is only one row to learn from and to measure on.",
                  "There are only {count} rows to learn from and to measure on: the figures will be rough.", present),
            text("Add rows if you can; a few hundred make a difference."),
        )  # fmt: skip


def _classes(profile: Profile, goal: Column, problem: Problem) -> Iterator[Notice]:
    if not goal.distinct:
        return
    if goal.distinct == 1:
        yield _nothing_to_learn(goal)
        return
    if goal.distinct > MOST_CLASSES:
        yield Notice(
            "TooManyClasses",
            text("The column {name} has {count} different values; a model can tell at most {most} classes apart.",
                 name=goal.name, count=goal.distinct, most=MOST_CLASSES),
            text("Predict it as a number.") if goal.numbers else text("Group the values, or predict another column."),
            "stop",
            (goal.name,),
        )  # fmt: skip
        return
    if problem == "binary" and goal.distinct > 2:
        yield Notice(
            "NotBinary",
            text("The column {name} has {count} classes, not two.", name=goal.name, count=goal.distinct),
            text("Train it as a problem of several classes."),
            "stop",
            (goal.name,),
        )
    yield from _rare_classes(profile, goal)


def _rare_classes(profile: Profile, goal: Column) -> Iterator[Notice]:
    if not goal.top:
        return
    if goal.classes_under_five:
        rare = [f"{value} ({count})" for value, count in goal.rarest if count < _FEW_ROWS_OF_A_CLASS]
        yield Notice(
            "SmallClasses",
            ntext("One class has under {few} rows and can hardly be learnt: {names}.",
                  "{count} classes have under {few} rows and can hardly be learnt: {names}.",
                  goal.classes_under_five, few=_FEW_ROWS_OF_A_CLASS, names=listed(rare)),
            text("Add rows of it, or put it together with another class."),
            columns=(goal.name,),
        )  # fmt: skip
    (most, most_rows), (rarest, rarest_rows) = goal.top[0], goal.rarest[0]
    if rarest_rows < _RAREST_SHARE * most_rows:
        share = round(100 * most_rows / (profile.rows - goal.missing))
        yield Notice(
            "ClassImbalance",
            text("{share} of 100 rows are {most}, and only {count} rows are {rarest}: always guessing {most} would be "
                 "right that often.", share=share, most=most, count=rarest_rows, rarest=rarest),
            text("Do not judge the model by its accuracy; look at balanced accuracy, F1 and the confusion matrix."),
            columns=(goal.name,),
        )  # fmt: skip


def _numbers(profile: Profile, goal: Column) -> Iterator[Notice]:
    if goal.distinct == 1:
        yield _nothing_to_learn(goal)
    elif goal.numbers is None and goal.distinct:
        yield Notice(
            "TargetNotANumber",
            text("The column {name} holds text, not numbers.", name=goal.name),
            text("Predict its classes instead of a number, or predict another column."),
            "stop",
            (goal.name,),
        )


def _nothing_to_learn(goal: Column) -> Notice:
    value = goal.top[0][0] if goal.top else ""
    return Notice(
        "OneClass",
        text("The column {name} is {value} in every row: there is nothing to learn.", name=goal.name, value=value),
        text("Add rows that have another value, or predict another column."),
        "stop",
        (goal.name,),
    )


def _leaks(suspicious: Mapping[str, float]) -> Iterator[Notice]:
    for name, score in suspicious.items():
        yield Notice(
            "TargetLeakage",
            text("The column {name} alone predicts the target almost perfectly ({score} of 1).",
                 name=name, score=f"{score:.3f}"),
            text("Would you know it before the target is known? If it is filled in afterwards, or computed from the "
                 "target, leave it out: the model would look better than it is."),
            columns=(name,),
        )  # fmt: skip


def _unused(profile: Profile, features: list[Column]) -> Iterator[Notice]:
    empty = tuple(column.name for column in features if column.missing == profile.rows)
    constant = tuple(column.name for column in features if column.type == "constant" and column.name not in empty)
    identifiers = tuple(column.name for column in features if column.type == "identifier")
    texts = tuple(column.name for column in features if column.type == "text")
    if not any(column.type in FEATURE_TYPES for column in features):
        yield Notice(
            "NoFeatures",
            text("No column is left to predict from: all others name the row, are free text, or never change."),
            text("Add columns that tell something about each row."),
            "stop",
        )
    if empty:
        yield Notice(
            "EmptyColumns",
            ntext("One column has no values and is left out: {names}.",
                  "{count} columns have no values and are left out: {names}.", len(empty), names=listed(empty)),
            text("Check the export if they should have values."),
            columns=empty,
        )  # fmt: skip
    if constant:
        yield Notice(
            "ConstantColumns",
            ntext("One column has the same value in every row and is left out: {names}.",
                  "{count} columns have the same value in every row and are left out: {names}.",
                  len(constant), names=listed(constant)),
            severity="note", columns=constant,
        )  # fmt: skip
    if identifiers:
        yield Notice(
            "IdentifierColumns",
            ntext("One column names the row and is left out, as a model would learn the names by heart: {names}.",
                  "{count} columns name the row and are left out, as a model would learn the names by heart: {names}.",
                  len(identifiers), names=listed(identifiers)),
            severity="note", columns=identifiers,
        )  # fmt: skip
    if texts:
        yield Notice(
            "TextColumns",
            ntext("One column is free text and is left out: {names}.",
                  "{count} columns are free text and are left out: {names}.", len(texts), names=listed(texts)),
            text("If something in them matters, put it into a column of its own."),
            "note", texts,
        )  # fmt: skip
    sparse = tuple(
        column.name for column in features if _MOST_MISSING * profile.rows < column.missing < profile.rows
    )  # fmt: skip
    if sparse:
        yield Notice(
            "MostlyMissing",
            ntext("One column is missing in more than half of the rows: {names}.",
                  "{count} columns are missing in more than half of the rows: {names}.",
                  len(sparse), names=listed(sparse)),
            text("What is missing is filled in with what is usual. Leave such columns out if that makes no sense."),
            columns=sparse,
        )  # fmt: skip


def _duplicates(profile: Profile) -> Iterator[Notice]:
    count = profile.duplicates
    if not count:
        return
    about = (
        ntext("One row repeats an earlier one.", "{count} rows repeat earlier ones.", count)
        if profile.duplicates_exact
        else ntext("About one row repeats an earlier one.", "About {count} rows repeat earlier ones.", count)
    )
    yield Notice(
        "DuplicateRows",
        about,
        text("A model is measured on rows it has not seen; repeated rows make it look better than it is. Remove them "
             "unless they really are different cases."),
        "warning" if count >= _LEAST_DUPLICATES * profile.rows else "note",
    )  # fmt: skip
