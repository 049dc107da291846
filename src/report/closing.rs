//! How a sweep ends: what all detectors together have found, and what to do next.

use super::escape;
use super::summary::{SweepReport, count};
use crate::record::Severity;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What one detector has found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Findings that alert.
    pub severities: BTreeMap<Severity, u64>,
    /// Findings that only hunt.
    pub hunting: u64,
    /// Whether it was stopped before it had read everything.
    pub is_partial: bool,
}

impl Found {
    fn alerts(&self) -> u64 {
        self.severities.values().sum()
    }

    /// Findings that alert and are at least this severe.
    #[must_use]
    pub fn alerts_from(&self, level: Severity) -> u64 {
        self.severities.range(level..).map(|(_, count)| count).sum()
    }
}

/// The last lines, ending in a new line: all that was found by `model` and `judge` besides the rules, none where they
/// did not run, and what to do next.
#[must_use]
pub fn closing(report: &SweepReport, model: Option<Found>, judge: Option<Found>) -> String {
    let rules = Found {
        severities: report.severities.clone(),
        hunting: report.hunting,
        ..Found::default()
    };
    let all =
        [("rules", (report.rules_run > 0).then_some(rules)), ("model", model), ("judge", judge)];
    let mut out = String::new();
    let by = total(&mut out, &all);
    let hunts = all.iter().flat_map(|(_, found)| found).any(|found| found.hunting > 0);
    next(&mut out, report, &by, hunts);
    out
}

fn total(out: &mut String, all: &[(&str, Option<Found>)]) -> BTreeMap<Severity, u64> {
    if all.iter().all(|(_, found)| found.is_none()) {
        let _ = writeln!(out, "Findings: not evaluated, nothing has looked for them");
        return BTreeMap::new();
    }
    let mut by: BTreeMap<Severity, u64> = BTreeMap::new();
    for (severity, number) in
        all.iter().filter_map(|(_, one)| one.as_ref()).flat_map(|one| &one.severities)
    {
        *by.entry(*severity).or_default() += number;
    }
    let each = |number: fn(&Found) -> u64| {
        let one = |(name, found): &(&str, Option<Found>)| match found {
            Some(found) if found.is_partial => format!("{name} {} so far", count(number(found))),
            Some(found) => format!("{name} {}", count(number(found))),
            None => format!("{name} not run"),
        };
        let parts: Vec<String> = all.iter().map(one).collect();
        let sum: u64 = all.iter().filter_map(|(_, found)| found.as_ref()).map(number).sum();
        (sum, parts.join(", "))
    };
    let (alerts, parts) = each(Found::alerts);
    let _ = write!(out, "Findings: {} new that alert", count(alerts));
    if alerts > 0 {
        let _ = write!(out, ", {}", listed(&by));
    }
    let (hunting, hunted) = each(|found| found.hunting);
    let _ = writeln!(out, " ({parts}); {} that only hunt ({hunted})", count(hunting));
    by
}

fn listed(by: &BTreeMap<Severity, u64>) -> String {
    let by = by.iter().rev().map(|(severity, n)| format!("{} {}", count(*n), severity.as_str()));
    by.collect::<Vec<_>>().join(", ")
}

/// What another detector than the rules has found, in a run of its own. `hunting` is none where it has been said.
#[must_use]
pub fn found_by(
    who: &str,
    severities: &BTreeMap<Severity, u64>,
    hunting: Option<u64>,
) -> Option<String> {
    let alerting: u64 = severities.values().sum();
    if alerting + hunting.unwrap_or_default() == 0 {
        return None;
    }
    let mut said = format!("Findings of the {who}: {} that alert", count(alerting));
    if alerting > 0 {
        let _ = write!(said, " ({})", listed(severities));
    }
    if let Some(hunting) = hunting {
        let _ = write!(said, ", {} that only hunt", count(hunting));
    }
    Some(said + ".")
}

fn next(out: &mut String, report: &SweepReport, by: &BTreeMap<Severity, u64>, hunts: bool) {
    let lake = escape::line(&report.lake);
    let _ = writeln!(out, "Next");
    // What earlier sweeps found is still there.
    if by.range(Severity::High..).next().is_some() {
        let _ = writeln!(out, "  reveille findings --lake {lake} --min-severity high");
    } else if !by.is_empty() || report.files[1] > 0 {
        let _ = writeln!(out, "  reveille findings --lake {lake}");
    }
    if hunts {
        let _ = writeln!(out, "  reveille findings --lake {lake} --hunting");
    }
    if !by.is_empty() {
        let _ = writeln!(out, "  reveille findings show ID --lake {lake}");
    }
    if report.quarantined.0 > 0 {
        let _ = writeln!(
            out,
            "  reveille sql --lake {lake} \"select path, line_no, reason, message from quarantine\""
        );
    }
    let _ = writeln!(
        out,
        "  reveille search 'reasoning:(deploy* OR trigger OR pretend)' --lake {lake}"
    );
    let _ = writeln!(out, "  reveille sql --lake {lake}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_detectors_are_added_up_and_those_that_did_not_run_are_named() {
        let report = SweepReport {
            lake: "lake".into(),
            rules_run: 42,
            severities: BTreeMap::from([(Severity::Critical, 1)]),
            hunting: 3,
            ..SweepReport::default()
        };
        let by = BTreeMap::from([(Severity::High, 6)]);
        let judge = Found { severities: by, hunting: 9, ..Found::default() };
        let text = closing(&report, None, Some(judge));
        let said = "Findings: 7 new that alert, 1 critical, 6 high (rules 1, model not run, judge 6); \
                    12 that only hunt (rules 3, model not run, judge 9)\nNext\n";
        assert!(text.starts_with(said), "{text}");
        assert!(text.contains("reveille findings show ID"), "{text}");
    }

    #[test]
    fn nothing_found_and_nothing_looked_for_are_told_apart() {
        let report = SweepReport { rules_run: 42, ..SweepReport::default() };
        let text = closing(&report, Some(Found::default()), Some(Found::default()));
        assert!(
            text.starts_with("Findings: 0 new that alert (rules 0, model 0, judge 0); 0 that"),
            "{text}"
        );
        assert!(!text.contains("findings show"), "{text}");
        let stopped = Found { is_partial: true, ..Found::default() };
        let text = closing(&report, Some(stopped), None);
        assert!(text.contains("(rules 0, model 0 so far, judge not run)"), "{text}");
        let text = closing(&SweepReport::default(), None, None);
        assert!(text.starts_with("Findings: not evaluated"), "{text}");
    }

    #[test]
    fn what_others_find_is_said_by_severity() {
        let by = BTreeMap::from([(Severity::Medium, 2), (Severity::High, 1)]);
        let said = found_by("judge", &by, Some(1_000)).unwrap();
        assert_eq!(
            said,
            "Findings of the judge: 3 that alert (1 high, 2 medium), 1,000 that only hunt."
        );
        let said = found_by("model", &by, None).unwrap();
        assert_eq!(said, "Findings of the model: 3 that alert (1 high, 2 medium).");
        let hunting = found_by("judge", &BTreeMap::new(), Some(1)).unwrap();
        assert_eq!(hunting, "Findings of the judge: 0 that alert, 1 that only hunt.");
        assert_eq!(found_by("judge", &BTreeMap::new(), None), None);
    }
}
