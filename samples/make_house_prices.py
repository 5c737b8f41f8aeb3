"""Writes house_prices.csv: invented homes of an invented town, and what they sold for. Always the same."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

FILE = Path(__file__).with_name("house_prices.csv")
SEED = 20_240_608
ROWS = 2_500

FIRST_SALE = date(2019, 1, 2)
DAYS_OF_SALES = 2_190
QUARTERS = {
    "Old Harbour": (0.34, 1.5), "Riverside": (0.24, 2.5), "Museum Hill": (0.30, 2.0), "Station": (0.02, 1.8),
    "Northgate": (0.0, 4.5), "Mill Lane": (-0.04, 5.0), "Orchard Park": (0.12, 6.5), "Westfield": (-0.10, 7.0),
    "Quarry": (-0.22, 8.0), "Airport Road": (-0.28, 10.5), "Lakeside": (0.20, 12.0), "Upper Farm": (-0.08, 15.0),
}  # fmt: skip
SHARES = (6, 10, 5, 11, 13, 12, 9, 12, 8, 6, 4, 4)
KINDS = {"flat": (0.0, 74), "terraced": (0.06, 102), "semi-detached": (0.12, 118), "detached": (0.2, 152)}
CONDITIONS = {"needs work": -0.2, "fair": -0.07, "good": 0.03, "renovated": 0.13}
LABELS = {"A": 0.07, "B": 0.05, "C": 0.02, "D": 0.0, "E": -0.03, "F": -0.06, "G": -0.09}
HEADER = (
    "listing", "quarter", "kind", "living_area_m2", "plot_m2", "rooms", "bathrooms", "floor", "lift", "garage",
    "built_in", "condition", "energy_label", "centre_km", "sold_on", "price",
)  # fmt: skip


def homes() -> Iterator[tuple[object, ...]]:
    random = Random(SEED)  # noqa: S311 (made up, not secret)
    for number in range(1, ROWS + 1):
        quarter = random.choices(list(QUARTERS), SHARES)[0]
        worth, distance = QUARTERS[quarter]
        central = distance < 3
        kind = random.choices(list(KINDS), (64, 22, 9, 5) if central else (30, 28, 24, 18))[0]
        extra, typical = KINDS[kind]
        area = round(typical * math.exp(random.gauss(0, 0.27)))
        rooms = max(1, round(area / 27 + random.gauss(0, 0.7)))
        bathrooms = max(1, round(area / 75 + random.gauss(0, 0.45)))
        plot = "" if kind == "flat" else round(area * random.uniform(1.1, 1.6) + random.expovariate(1 / 140))
        floor = random.choices((0, 1, 2, 3, 4, 5, 8), (14, 22, 22, 18, 13, 7, 4))[0] if kind == "flat" else ""
        lift = "" if kind != "flat" else "yes" if random.random() < 0.25 + 0.12 * int(floor) else "no"
        built = min(2023, max(1880, round(random.gauss(1935 if central else 1978, 26))))
        condition = random.choices(list(CONDITIONS), (14, 30, 38, 18))[0]
        label = min(6, max(0, round((2015 - built) / 17 - (condition == "renovated") * 1.5 + random.gauss(1.2, 0.9))))
        letter = list(LABELS)[label]
        garage = "yes" if random.random() < (0.15 if kind == "flat" else 0.62) else "no"
        centre = round(max(0.2, random.gauss(distance, 0.8)), 1)
        day = random.randrange(DAYS_OF_SALES)
        climb = 0.31 * day / DAYS_OF_SALES + 0.02 * math.sin(2 * math.pi * day / 365)
        stairs = 0.022 * int(floor) * (1 if lift == "yes" else -1.2) if kind == "flat" else 0.0
        log_price = (
            8.2 + 0.9 * math.log(min(area, 150)) + 0.45 * math.log(max(area, 150) / 150) + worth + extra + climb
            + stairs + CONDITIONS[condition] * (1.6 if built < 1940 else 0.8) + LABELS[letter]
            + 0.06 * ((built - 1960) / 35) ** 2
            + (0.07 * math.log(float(plot) / 150) if plot else 0) + (0.09 if central else 0.02) * (garage == "yes")
            + 0.03 * bathrooms - 0.25 * (1 - math.exp(-centre / 3)) + 0.1 * (central and kind == "flat")
            - 0.12 * (centre > 9 and kind != "detached") + random.gauss(0, 0.08)
        )  # fmt: skip
        yield (
            f"L-{40_000 + number}", quarter, kind, area, plot, rooms, bathrooms, floor, lift, garage,
            built if random.random() > 0.04 else "", condition, letter if random.random() > 0.11 else "", centre,
            (FIRST_SALE + timedelta(days=day)).isoformat(), 100 * round(math.exp(log_price) / 100),
        )  # fmt: skip


def write(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(HEADER)
        table.writerows(homes())


if __name__ == "__main__":
    write(FILE)
