"""Writes pedidos.csv: invented orders of an invented Spanish shop and how their buyers rated them, as a Spanish Excel
saves a sheet: semicolons, decimal commas, points between thousands, day before month, Windows-1252. Always the same."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

FILE = Path(__file__).with_name("pedidos.csv")
SEED = 20_240_609
ROWS = 3_000
ENCODING = "cp1252"

FIRST_ORDER = date(2023, 1, 2)
DAYS_OF_ORDERS = 720
PROVINCES = {
    "Madrid": 0.0, "Barcelona": 0.2, "Valencia": 0.3, "Sevilla": 0.5, "Málaga": 0.7, "Cádiz": 0.9, "León": 0.8,
    "Ávila": 0.9, "A Coruña": 1.0, "Cáceres": 1.1, "Logroño": 0.6, "Las Palmas": 4.5,
}  # fmt: skip
PROVINCE_SHARES = (24, 20, 12, 9, 8, 5, 4, 2, 5, 3, 3, 5)
CATEGORIES = {
    "Electrónica": (160, 1.1, 0.25), "Hogar y jardín": (75, 4.2, 0.0), "Niños y bebés": (48, 2.0, -0.1),
    "Música": (34, 0.5, -0.3), "Moda": (58, 0.8, 0.45), "Muebles": (310, 24.0, 0.5),
}  # fmt: skip
CATEGORY_SHARES = (24, 20, 15, 9, 24, 8)
CARRIERS = {"Correos": 1.2, "Mensajería exprés": 0.0, "Recogida en tienda": 0.4}
PAYMENTS = ("Tarjeta de crédito", "Bizum", "Transferencia", "Contra reembolso")
HEADER = (
    "Nº pedido", "Fecha", "Provincia", "Categoría", "Importe (€)", "Descuento (%)", "Artículos", "Peso (kg)", "Envío",
    "Método de pago", "Días de entrega", "Días de retraso", "Cliente habitual", "Valoración",
)  # fmt: skip


def orders() -> Iterator[tuple[object, ...]]:
    random = Random(SEED)  # noqa: S311 (made up, not secret)
    for number in range(1, ROWS + 1):
        day = FIRST_ORDER + timedelta(days=random.randrange(DAYS_OF_ORDERS))
        province = random.choices(list(PROVINCES), PROVINCE_SHARES)[0]
        category = random.choices(list(CATEGORIES), CATEGORY_SHARES)[0]
        typical, heavy, risk = CATEGORIES[category]
        articles = random.choices((1, 2, 3, 4, 6), (52, 24, 13, 8, 3))[0]
        amount = typical * articles**0.7 * math.exp(random.gauss(0, 0.45))
        discount = random.choices((0, 5, 10, 15, 20, 30), (46, 15, 16, 10, 9, 4))[0]
        weight = max(0.1, heavy * articles**0.8 * math.exp(random.gauss(0, 0.4)))
        carrier = random.choices(list(CARRIERS), (46, 36, 18))[0]
        payment = random.choices(PAYMENTS, (52, 28, 12, 8))[0]
        busy = day.month in {11, 12}
        promised = 2 + 1.2 * PROVINCES[province] + CARRIERS[carrier] + 0.05 * weight
        taken = max(1, round(promised + random.gauss(0, 0.9) + random.expovariate(1 / (1.9 if busy else 0.9)) - 0.7))
        late = max(0, taken - math.ceil(promised))
        regular = random.random() < 0.42
        mood = (
            1.45 - (0.5 if regular else 1.3) * min(late, 2) - 0.06 * taken - risk + 0.9 * (discount >= 15)
            - 0.9 * (category == "Electrónica" and amount > 300) + 0.5 * (regular and carrier != "Correos")
            - 0.8 * (weight > 20 and carrier == "Recogida en tienda") + random.gauss(0, 0.5)
        )  # fmt: skip
        rating = "buena" if mood > 0.75 else "regular" if mood > -0.25 else "mala"
        yield (
            f"P{230_000 + number}", f"{day:%d/%m/%Y}", province, category, spanish(amount, 2), spanish(discount, 1),
            articles, spanish(weight, 2) if random.random() > 0.06 else "", carrier, payment, taken, late,
            ("sí" if regular else "no") if random.random() > 0.05 else "", rating,
        )  # fmt: skip


def spanish(value: float, decimals: int) -> str:
    """1234.5 as 1.234,50."""
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))


def write(path: Path) -> None:
    with path.open("w", encoding=ENCODING, newline="") as file:
        table = csv.writer(file, delimiter=";", lineterminator="\r\n")
        table.writerow(HEADER)
        table.writerows(orders())


if __name__ == "__main__":
    write(FILE)
