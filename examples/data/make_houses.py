"""Makes houses.csv: invented sales with every kind of column and with missing values; run it to write the same file."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

ROWS = 200
DISTRICTS = {"harbour": 1.35, "hillside": 1.15, "mill lane": 0.9, "old town": 1.25, "station": 0.8}
HEATING = {"district": 12_000.0, "gas": 0.0, "heat pump": 18_000.0, "oil": -9_000.0}


def houses(seed: int = 7) -> pl.DataFrame:
    """The table: a price made of its columns and of some noise, then values taken out here and there."""
    random = np.random.default_rng(seed)
    area = random.normal(110, 32, ROWS).clip(38, 240).round(1)
    rooms = (area / 26 + random.normal(0, 0.8, ROWS)).round().clip(1, 9).astype(int)
    built = random.integers(1900, 2024, ROWS)
    garden = random.random(ROWS) < 0.45
    district = random.choice(list(DISTRICTS), ROWS)
    heating = random.choice(list(HEATING), ROWS, p=[0.2, 0.4, 0.25, 0.15])
    days = random.integers(0, 3 * 365, ROWS)
    sold = [date(2022, 1, 1) + timedelta(days=int(day)) for day in days]

    price = area * 2_400 * np.array([DISTRICTS[name] for name in district])
    price += rooms * 4_000 + (built - 1960) * 350 + garden * 22_000
    price += np.array([HEATING[name] for name in heating])
    price += days * 30 + 9_000 * np.sin(2 * np.pi * np.array([day.month for day in sold]) / 12)
    price += random.normal(0, 14_000, ROWS)

    table = pl.DataFrame(
        {
            "area": area,
            "rooms": rooms,
            "built": built,
            "garden": garden,
            "district": district,
            "heating": heating,
            "sold": sold,
            "price": (price / 1000).round() * 1000,
        }
    ).cast({"price": pl.Int64})
    for column, share in {"area": 0.04, "built": 0.06, "garden": 0.05, "heating": 0.05, "sold": 0.03}.items():
        taken_out = pl.Series(random.random(ROWS) < share)
        table = table.with_columns(pl.when(taken_out).then(None).otherwise(pl.col(column)).alias(column))
    return table


if __name__ == "__main__":
    houses().write_csv(Path(__file__).with_name("houses.csv"))
