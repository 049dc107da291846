//! How often each detector is right, by what analysts said of its findings.

use crate::cli::exit::Exit;
use crate::cli::options::{Global, LakeArg};
use crate::cli::query::{default_format, format, open, print_rows};
use crate::cli::ui::Ui;
use crate::measure::wilson;
use crate::query::print::Format;
use crate::report::rows;
use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use std::sync::Arc;

/// Say how often each detector is right, by what analysts decided
///
/// `precision` is the share of findings that are right, confirmed or benign, among those decided on, with a
/// 95 % interval (Wilson, as if each stood alone); `worthwhile` the share of confirmed ones. They speak for all
/// findings of a detector only if those marked are a fair sample, as `reveille label` draws one of what alerts
/// (with --hunting of the others too).
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    lake: LakeArg,
    /// Output: table, json, ndjson, csv or parquet [default: table on a terminal, else ndjson]
    #[arg(long, value_parser = format)]
    format: Option<Format>,
}

const SQL: &str = "
select detector_id as detector, lane, count(*) as findings,
  count(*) filter (where triage_state = 'confirmed') as confirmed,
  count(*) filter (where triage_state = 'benign') as benign,
  count(*) filter (where triage_state = 'false_positive') as false_positive
from findings group by detector_id, lane order by findings desc, detector_id, lane";

pub(super) fn run(args: &Args, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    let opened = open(&args.lake, global)?;
    let mut texts: [Vec<String>; 2] = Default::default();
    let mut counts: [Vec<i64>; 4] = Default::default();
    for batch in opened.rows(SQL)? {
        for row in 0..batch.num_rows() {
            let text = |name: &str| rows::text(&batch, row, name).unwrap_or_default();
            texts.iter_mut().zip(["detector", "lane"]).for_each(|(all, name)| all.push(text(name)));
            for (all, name) in counts.iter_mut().zip(COUNTS) {
                all.push(text(name).parse().unwrap_or_default());
            }
        }
    }
    let marked = |at: usize| counts[1][at] + counts[2][at] + counts[3][at];
    let all: i64 = (0..counts[0].len()).map(marked).sum();
    let detectors = counts[0].len();
    let precision: Vec<_> = (0..detectors)
        .map(|at| {
            let right = counts[1][at] + counts[2][at];
            (marked(at) > 0).then(|| wilson(right as usize, marked(at) as usize))
        })
        .collect();
    let text = |values: &[String]| -> ArrayRef {
        Arc::new(values.iter().map(Some).collect::<StringArray>())
    };
    let mut columns = vec![("detector", text(&texts[0]), false), ("lane", text(&texts[1]), false)];
    for (name, values) in COUNTS.into_iter().zip(&counts) {
        columns.push((name, Arc::new(Int64Array::from(values.clone())), false));
    }
    for (name, of) in PARTS {
        let values = precision.iter().map(|one| one.map(|one| (of(&one) * 1e4).round() / 1e4));
        columns.push((name, Arc::new(values.collect::<Float64Array>()), true));
    }
    let worthwhile = (0..detectors).map(|at| {
        (marked(at) > 0).then(|| (counts[1][at] as f64 / marked(at) as f64 * 1e4).round() / 1e4)
    });
    columns.push(("worthwhile", Arc::new(worthwhile.collect::<Float64Array>()), true));
    let format = args.format.unwrap_or_else(default_format);
    print_rows(RecordBatch::try_from_iter_with_nullable(columns)?, Some(format))?;
    let total: i64 = counts[0].iter().sum();
    ui.tell(&format!("{all} of {total} findings are decided on; `reveille label` goes on."));
    Ok(Exit::OK)
}

const COUNTS: [&str; 4] = ["findings", "confirmed", "benign", "false_positive"];

type Part = (&'static str, fn(&crate::measure::Interval) -> f64);
const PARTS: [Part; 3] = [
    ("precision", |interval| interval.value),
    ("precision_low", |interval| interval.low),
    ("precision_high", |interval| interval.high),
];
