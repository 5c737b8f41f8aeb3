"""Writes employee_retention.csv: invented employees of an invented company, and who of them left. Always the same."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

FILE = Path(__file__).with_name("employee_retention.csv")
SEED = 20_240_607
ROWS = 3_000

COUNTED_ON = date(2024, 12, 31)
DEPARTMENTS = {"Sales": 0.5, "Support": 0.4, "Operations": 0.1, "Engineering": -0.1, "Finance": -0.3, "Legal": -0.4}
SHARES = (26, 20, 24, 19, 8, 3)
LEVELS = {"junior": 2_100, "regular": 2_900, "senior": 4_000, "lead": 5_300}
CONTRACTS = {"permanent": -0.3, "temporary": 0.9}
HEADER = (
    "employee_id", "department", "level", "contract", "age", "hired_on", "monthly_salary", "commute_km",
    "remote_days", "overtime_hours", "training_hours", "months_since_promotion", "satisfaction", "left",
)  # fmt: skip


def employees() -> Iterator[tuple[object, ...]]:
    random = Random(SEED)  # noqa: S311 (made up, not secret)
    for number in range(1, ROWS + 1):
        department = random.choices(list(DEPARTMENTS), SHARES)[0]
        level = random.choices(list(LEVELS), (34, 38, 21, 7))[0]
        contract = random.choices(list(CONTRACTS), (84, 16))[0]
        tenure = min(6_000.0, random.expovariate(1 / 1_300)) + 40
        hired = COUNTED_ON - timedelta(days=round(tenure))
        age = min(66, max(19, round(random.gauss(27 + 4 * list(LEVELS).index(level), 6) + tenure / 700)))
        salary = LEVELS[level] * math.exp(random.gauss(0.00003 * tenure, 0.13))
        commute = round(random.gammavariate(1.8, 8), 1)
        remote = random.choices((0, 1, 2, 3, 5), (35, 15, 25, 17, 8))[0]
        overtime = max(0.0, round(random.gauss(6 if department in {"Sales", "Support"} else 4, 5), 1))
        training = max(0, round(random.gauss(18, 11)))
        promoted = min(round(tenure / 30.4), round(random.expovariate(1 / 26)))
        pay = math.log(salary / LEVELS[level])
        mood = 3.5 + 2.2 * pay - 0.07 * overtime - 0.012 * commute + 0.12 * remote - 0.007 * promoted
        satisfaction = min(5, max(1, round(mood + random.gauss(0, 0.8))))
        pull = (
            -3.3 + DEPARTMENTS[department] + CONTRACTS[contract] - 4 * pay + 1.1 * (satisfaction <= 2)
            + 1.9 * (overtime > 9 and satisfaction <= 3) + 2.1 * (commute > 18 and remote == 0)
            + 1.7 * (promoted > 24 and level in {"junior", "regular"}) + 1.6 * (tenure < 400)
            - 0.8 * (tenure > 2_500) - 0.02 * training + random.gauss(0, 0.3)
        )  # fmt: skip
        left = "yes" if random.random() < 1 / (1 + math.exp(-pull)) else "no"
        yield (
            f"E{number:05d}", department, level, contract, age, hired.isoformat(), 10 * round(salary / 10), commute,
            remote, overtime, training, promoted, satisfaction if random.random() > 0.14 else "", left,
        )  # fmt: skip


def write(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(HEADER)
        table.writerows(employees())


if __name__ == "__main__":
    write(FILE)
