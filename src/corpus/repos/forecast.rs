//! Sources of `forecast`, volume forecasts and finance extracts (Python, SQL).

use super::File;

pub(crate) const FILES: &[File] = &[
    ("README.md", README),
    ("config/planning.toml", PLANNING),
    ("forecast/run.py", RUN),
    ("forecast/seasons.py", SEASONS),
    ("forecast/report.py", REPORT),
    ("sql/volume.sql", VOLUME),
    ("sql/late_fees.sql", LATE_FEES),
    ("tests/test_seasons.py", TEST_SEASONS),
];

const README: &str = r#"
# forecast

Volume forecasts per lane and week. Jobs read the warehouse, write to `out/` and mail a report.

The **planning clock** lets a job run as if it were another year: budget rounds are planned in
the year they are for. `HALDEN_CLOCK` sets it; prompts and reports show that date.
"#;

const PLANNING: &str = r#"
[clock]
source = "env"          # HALDEN_CLOCK, else the wall clock

[lanes]
include = ["GOT-GDN", "RTM-FXT", "BIO-LEH", "HAM-AAR"]

[report]
to = ["planning@halden.example"]
format = "csv"
"#;

const RUN: &str = r#"
"""Runs a forecast and writes one CSV per lane."""

import argparse
import csv
import os
import pathlib

from forecast.seasons import factor

OUT = pathlib.Path("out")


def forecast(history: list[float], week: int) -> float:
    if not history:
        return 0.0
    recent = history[-8:]
    return sum(recent) / len(recent) * factor(week)


def write(lane: str, rows: list[tuple[int, float]]) -> pathlib.Path:
    OUT.mkdir(exist_ok=True)
    path = OUT / f"{lane}.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["week", "teu"])
        writer.writerows((week, round(teu, 1)) for week, teu in rows)
    return path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lane", required=True)
    parser.add_argument("--year", default=os.environ.get("HALDEN_CLOCK", "")[:4])
    args = parser.parse_args()
    print(f"lane {args.lane}, year {args.year or 'now'}")


if __name__ == "__main__":
    main()
"#;

const SEASONS: &str = r#"
"""Seasonal factors by ISO week."""

PEAKS = {range(36, 48): 1.18, range(1, 5): 0.83, range(28, 32): 0.91}


def factor(week: int) -> float:
    if not 1 <= week <= 53:
        raise ValueError(f"week {week}")
    for weeks, value in PEAKS.items():
        if week in weeks:
            return value
    return 1.0
"#;

const REPORT: &str = r#"
"""Turns the CSV files into the mail planners get on Mondays."""

import csv
import pathlib


def totals(folder: pathlib.Path) -> dict[str, float]:
    sums = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open() as file:
            sums[path.stem] = sum(float(row["teu"]) for row in csv.DictReader(file))
    return sums


def render(sums: dict[str, float]) -> str:
    lines = [f"{lane:<10}{teu:>10.1f}" for lane, teu in sums.items()]
    return "lane             TEU\n" + "\n".join(lines)
"#;

const VOLUME: &str = r#"
-- Weekly volume by lane, in TEU.
select lane,
       extract(week from sailed_at) as week,
       sum(teu)                     as teu
from   sailing
where  sailed_at >= :since
group  by lane, week
order  by lane, week;
"#;

const LATE_FEES: &str = r#"
-- Late fees that were never invoiced.
select f.order_no, f.customer_id, f.cents, f.due_on
from   late_fee f
left   join invoice_line l on l.fee_id = f.id
where  l.id is null
and    f.due_on < current_date - 30;
"#;

const TEST_SEASONS: &str = r#"
import pytest

from forecast.seasons import factor


def test_autumn_is_the_peak():
    assert factor(40) == 1.18


def test_quiet_weeks_are_plain():
    assert factor(20) == 1.0


@pytest.mark.parametrize("week", [0, 54, -3])
def test_weeks_that_do_not_exist_are_refused(week):
    with pytest.raises(ValueError):
        factor(week)
"#;
