"""The table of what local AWS answers and how truly, as Markdown: for the command line and the README. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from local_aws.registry import Operation

_HEAD = ("| service | operations | how truly |", "|---|---|---|")


def table(operations: Iterable[Operation], platform: Iterable[str]) -> str:
    """One row for all operations of a service that differ from AWS in the same way; then the platform's services."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for operation in sorted(operations, key=lambda operation: (operation.service, operation.name)):
        fidelity = operation.fidelity
        rows.setdefault((operation.service, fidelity.label, fidelity.difference), []).append(operation.name)
    lines = [
        f"| {service} | {', '.join(names)} | {label}{': ' + difference if difference else ''} |"
        for (service, label, difference), names in sorted(
            rows.items(), key=lambda row: (row[0][0], row[0][1] != "real")
        )
    ]
    served = f"| {', '.join(sorted(platform))} | as MiniStack has them | approximate: not every rule of AWS is kept |"
    return "\n".join([*_HEAD, *lines, served])
