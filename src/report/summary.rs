//! The summary of a sweep's reading, for people: what was read, what was not, what the rules found.

use super::escape;
use crate::record::Severity;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What the summary says; filled by `cli` from the sweep's numbers.
#[derive(Debug, Clone, Default)]
pub struct SweepReport {
    /// Lake folder, for the hints.
    pub lake: String,
    /// Files: found, unchanged, new, grown, known under another name.
    pub files: [usize; 5],
    /// Paths that could not be read.
    pub unreadable: Vec<(String, String)>,
    /// What was left out because of what it is.
    pub skipped: Vec<(String, String)>,
    /// Files whose events of another reading stay, by the name of that.
    pub otherwise: BTreeMap<String, u64>,
    /// Records read.
    pub records: u64,
    /// Bytes of those records.
    pub record_bytes: u64,
    /// Events added.
    pub events: u64,
    /// Events known already.
    pub duplicates: u64,
    /// Rejected ranges and their bytes.
    pub quarantined: (u64, u64),
    /// Bytes of unfinished records.
    pub pending_bytes: u64,
    /// Reasons of rejection.
    pub rejected: BTreeMap<String, u64>,
    /// First rejected place.
    pub first_rejected: Option<String>,
    /// Sessions touched, and how many of them have readable reasoning.
    pub sessions: (usize, usize),
    /// Reasoning parts by state.
    pub reasoning: BTreeMap<&'static str, u64>,
    /// Events by format.
    pub formats: BTreeMap<&'static str, u64>,
    /// Model outputs by model.
    pub models: BTreeMap<String, u64>,
    /// Alerting findings.
    pub severities: BTreeMap<Severity, u64>,
    /// Findings of hunting rules.
    pub hunting: u64,
    /// By kind.
    pub kinds: BTreeMap<(&'static str, &'static str), u64>,
    /// By rule.
    pub rules: BTreeMap<String, u64>,
    /// By day since the epoch.
    pub days: BTreeMap<i64, u64>,
    /// Rules that were run.
    pub rules_run: usize,
    /// Unfinished batches removed first.
    pub recovered: usize,
    /// Seconds.
    pub seconds: f64,
}

/// The whole summary, ending in a new line.
#[must_use]
pub fn render(report: &SweepReport) -> String {
    let mut out = String::new();
    read(&mut out, report);
    coverage(&mut out, report);
    rules(&mut out, report);
    out
}

fn row(out: &mut String, label: &str, text: &str) {
    let _ = writeln!(out, "  {label:<13}{text}");
}

fn read(out: &mut String, report: &SweepReport) {
    let [found, unchanged, new, grown, copies] = report.files;
    let _ = writeln!(out, "Read");
    let mut parts = vec![format!("{} found", count(found as u64))];
    for (number, name) in [
        (new, "new"),
        (grown, "grown"),
        (copies, "known under another name"),
        (unchanged, "unchanged"),
    ] {
        if number > 0 {
            parts.push(format!("{} {name}", count(number as u64)));
        }
    }
    row(out, "files", &parts.join(", "));
    let rate = |amount: f64| amount / report.seconds.max(1e-3);
    row(
        out,
        "records",
        &format!(
            "{} ({}) in {:.1} s, {}/s",
            count(report.records),
            bytes(report.record_bytes),
            report.seconds,
            bytes(rate(report.record_bytes as f64) as u64)
        ),
    );
    let mut events = format!(
        "{} in {} sessions, {} events/s",
        count(report.events),
        count(report.sessions.0 as u64),
        count(rate(report.events as f64) as u64)
    );
    if report.duplicates > 0 {
        let _ = write!(events, "; {} known already", count(report.duplicates));
    }
    row(out, "events", &events);
    if !report.formats.is_empty() {
        row(out, "formats", &top(report.formats.iter().map(|(k, v)| ((*k).to_owned(), *v)), 6));
    }
    if !report.models.is_empty() {
        row(out, "models", &top(report.models.iter().map(|(k, v)| (k.clone(), *v)), 5));
    }
    for (reading, files) in &report.otherwise {
        let text = format!(
            "{} with {}; what that made stays in the lake, so their sessions are there twice",
            counted(*files, "file"),
            escape::line(reading)
        );
        row(out, "read before", &text);
    }
    rejected(out, report);
    if report.recovered > 0 {
        let text = format!("{} unfinished batch(es) of a killed sweep removed", report.recovered);
        row(out, "recovered", &text);
    }
}

/// Paths named that were not read.
const PATHS_SHOWN: usize = 20;

fn rejected(out: &mut String, report: &SweepReport) {
    let (ranges, size) = report.quarantined;
    if ranges > 0 {
        let reasons = top(report.rejected.iter().map(|(k, v)| (k.clone(), *v)), 5);
        let text = format!("{} ({}): {reasons}", counted(ranges, "range"), bytes(size));
        row(out, "quarantined", &text);
        if let Some(first) = &report.first_rejected {
            row(out, "", &format!("first: {}", escape::line(first)));
        }
    } else {
        row(out, "quarantined", "nothing");
    }
    if report.pending_bytes > 0 {
        let text = format!(
            "{} in unfinished last records; read when complete",
            bytes(report.pending_bytes)
        );
        row(out, "pending", &text);
    }
    paths(out, "unreadable", &report.unreadable);
    paths(out, "skipped", &report.skipped);
}

fn paths(out: &mut String, label: &str, paths: &[(String, String)]) {
    for (number, (path, reason)) in paths.iter().take(PATHS_SHOWN).enumerate() {
        let label = if number == 0 { label } else { "" };
        row(out, label, &format!("{}: {}", escape::line(path), escape::line(reason)));
    }
    let more = paths.len().saturating_sub(PATHS_SHOWN);
    if more > 0 {
        row(out, "", &format!("and {}", counted(more as u64, "more path")));
    }
}

fn coverage(out: &mut String, report: &SweepReport) {
    if report.sessions.0 == 0 {
        return;
    }
    let _ = writeln!(out, "Reasoning");
    let (sessions, with) = report.sessions;
    let text = format!(
        "readable in {} of {} sessions; the others can only be judged by what was said and done",
        count(with as u64),
        count(sessions as u64)
    );
    row(out, "sessions", &text);
    if !report.reasoning.is_empty() {
        let states = top(report.reasoning.iter().map(|(k, v)| ((*k).to_owned(), *v)), 7);
        row(out, "parts", &states);
    }
}

fn rules(out: &mut String, report: &SweepReport) {
    let total: u64 = report.severities.values().sum();
    if report.rules_run == 0 {
        let _ = writeln!(out, "Rules: none were run");
        return;
    }
    let _ = writeln!(
        out,
        "Rules: {} ({} rules over {})",
        counted(total, "new alert"),
        report.rules_run,
        counted(report.events, "new event")
    );
    if total > 0 {
        let by = report.severities.iter().rev().map(|(s, n)| format!("{} {}", n, s.as_str()));
        row(out, "severity", &by.collect::<Vec<_>>().join(", "));
        let kinds = report.kinds.iter().map(|((code, name), n)| (format!("{code} {name}"), *n));
        row(out, "kind", &top(kinds, 5));
        row(out, "rules", &top(report.rules.iter().map(|(k, v)| (k.clone(), *v)), 5));
        if let Some(line) = sparkline(&report.days) {
            row(out, "over time", &line);
        }
    }
    if report.hunting > 0 {
        let text = format!("{} from rules in test; not alerts", count(report.hunting));
        row(out, "hunting", &text);
    }
}

fn top(items: impl Iterator<Item = (String, u64)>, most: usize) -> String {
    let mut items: Vec<(String, u64)> = items.collect();
    items.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let rest = items.len().saturating_sub(most);
    let mut parts: Vec<String> = items
        .iter()
        .take(most)
        .map(|(name, number)| {
            format!("{} {}", escape::clip(&escape::line(name), 48), count(*number))
        })
        .collect();
    if rest > 0 {
        parts.push(format!("{rest} more"));
    }
    parts.join(", ")
}

/// One bar per day, at most 60; days without findings are shown, because gaps matter.
fn sparkline(days: &BTreeMap<i64, u64>) -> Option<String> {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const WIDTH: i64 = 60;
    let (first, last) = (*days.keys().next()?, *days.keys().next_back()?);
    let step = (last - first) / WIDTH + 1;
    let mut bins = vec![0u64; usize::try_from((last - first) / step + 1).ok()?];
    for (day, number) in days {
        bins[usize::try_from((day - first) / step).ok()?] += number;
    }
    let most = bins.iter().copied().max().unwrap_or(1).max(1);
    let bar = |n: &u64| match *n {
        0 => '·',
        n => BARS[usize::try_from((n * 7).div_ceil(most)).unwrap_or(7).min(7)],
    };
    let bars: String = bins.iter().map(bar).collect();
    let date = |day: i64| {
        chrono::DateTime::from_timestamp(day * 86_400, 0)
            .map_or_else(String::new, |t| t.format("%Y-%m-%d").to_string())
    };
    let unit = if step == 1 { "day".to_owned() } else { format!("{step} days") };
    Some(format!("{} {bars} {} (one bar per {unit})", date(first), date(last)))
}

/// A number of things, with an `s` if there are several.
#[must_use]
pub fn counted(number: u64, thing: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {thing}{s}", count(number))
}

/// A number with thousands separated.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size in the unit people read.
#[must_use]
pub fn bytes(size: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if size < 1000 {
        return format!("{size} B");
    }
    let mut value = size as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if value < 10.0 {
        format!("{value:.1} {}", UNITS[unit])
    } else {
        format!("{value:.0} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(12), "12");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_500), "1.5 kB");
        assert_eq!(bytes(54_000_000), "54 MB");
    }

    #[test]
    fn a_clean_sweep_still_says_how_much_was_read() {
        let report = SweepReport {
            lake: "lake".into(),
            files: [3, 1, 2, 0, 0],
            records: 10,
            events: 40,
            sessions: (4, 1),
            rules_run: 42,
            ..SweepReport::default()
        };
        let text = render(&report);
        assert!(text.contains("Rules: 0 new alerts (42 rules over 40 new events)"), "{text}");
        assert!(text.contains("readable in 1 of 4 sessions"), "{text}");
        assert!(text.contains("quarantined  nothing"), "{text}");
    }

    #[test]
    fn the_sparkline_shows_gaps() {
        let days = BTreeMap::from([(20_000, 1), (20_003, 4)]);
        let line = sparkline(&days).unwrap();
        assert!(line.contains("··█"), "{line}");
    }
}
