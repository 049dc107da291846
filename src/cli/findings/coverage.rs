//! What no detector has looked at: nothing found there means nothing.

use super::number;
use crate::cli::query::Opened;
use crate::report::summary::counted;

/// A line on events that no rules have seen, thoughts that no classifier has read, and sessions that were not judged;
/// none if all were. A lake of a program that kept no account of its rules is silent on these.
pub(super) fn not_evaluated(opened: &Opened) -> anyhow::Result<Option<String>> {
    let count = |sql: String| -> anyhow::Result<u64> {
        Ok(number(opened, &sql)?.parse().unwrap_or_default())
    };
    let by = |detector: &str| {
        format!(
            "select data_file from lake.scans where detector_set {detector} and data_file is not null"
        )
    };
    let unruled = count(format!(
        "select count(*) as n from events where batch_id in ({} and detector_version = 'none')",
        by("= 'rules'")
    ))?;
    let thoughts = format!(
        "select count(*) as n from events where reasoning is not null \
         and (role is distinct from 'environment') and batch_id not in ({})",
        by("like 'model.%'")
    );
    let mut unread = count(thoughts.clone())?;
    if unread > 0 {
        // A scan that was stopped has scored a part of a batch; only then all scores are looked at.
        unread =
            count(format!("{thoughts} and event_id not in (select event_id from lake.scores)"))?;
    }
    let unjudged = count(format!(
        "select count(distinct session_id) as n from events where batch_id not in ({})",
        by("= 'session'")
    ))?;
    let mut parts = Vec::new();
    for (number, what, by) in [
        (unruled, "event", "rules (they look while a file is read: sweep it into a new lake)"),
        (unread, "thought", "a classifier (`reveille scan` does it)"),
        (unjudged, "session", "the judge (`reveille judge` does it)"),
    ] {
        if number > 0 {
            parts.push(format!("{} by {by}", counted(number, what)));
        }
    }
    Ok((!parts.is_empty()).then(|| format!("Not evaluated: {}.", parts.join("; "))))
}
