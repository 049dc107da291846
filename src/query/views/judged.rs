//! Tables of judgements: a session may have been judged many times, and the newest counts.

use crate::record::schema::Table;

/// The newest judgement of each session.
const NEWEST: &str = "
select session_id, batch_id from (
  select session_id, batch_id, row_number() over (
    partition by session_id order by batch_seq desc, judged_ts desc, batch_id desc) as newest
  from lake.session_scores)
where newest = 1";

/// The stored findings without those that a newer judgement of their session has replaced. What
/// sessions share (R19) is committed at the end of a run, after the judgements it rests on. What a
/// classifier said of a thought goes when it has been scored again. What somebody has decided on
/// stays, whatever has looked since: it may stand in a report.
pub(super) fn findings(has_triage: bool) -> String {
    let (decided, is_decided) = match has_triage {
        true => (DECIDED, "d.decided is not null"),
        false => ("", "false"),
    };
    format!(
        "(select f.* from lake.findings f {NEWEST_BY}{decided} where {is_decided} or {IS_NEWEST})"
    )
}

const DECIDED: &str = "
left join (select distinct finding_id as decided from lake.triage) d on f.finding_id = d.decided";

const NEWEST_BY: &str = "
left join (select session_id as judged_session, batch_id as judged_batch, judged_ts from (
  select session_id, batch_id, judged_ts, row_number() over (
    partition by session_id order by batch_seq desc, judged_ts desc, batch_id desc) as newest
  from lake.session_scores) where newest = 1) j
on f.session_id = j.judged_session
left join (select event_id as scored_event, detector, batch_id as scored_batch from (
  select event_id, 'model.' || classifier as detector, batch_id, row_number() over (
    partition by event_id, classifier order by batch_seq desc, judged_ts desc, batch_id desc) as newest
  from lake.scores where event_id in (
    select event_id from lake.findings where detector_id like 'model.%')) where newest = 1) s
on f.event_id = s.scored_event and f.detector_id = s.detector
left join (select distinct 'model.' || classifier as known_detector from lake.scores) k
on f.detector_id = k.known_detector";

const IS_NEWEST: &str = "case
  when f.detector_id = 'session' then f.batch_id = j.judged_batch
  when f.detector_id = 'session.reuse' then f.detected_ts >= j.judged_ts
  when k.known_detector is not null then f.batch_id = s.scored_batch
  else true end";

/// The rows of a table that belong to the newest judgements.
pub(super) fn sql(table: Table) -> String {
    let columns: Vec<String> =
        table.schema().fields().iter().map(|field| format!("t.{}", field.name())).collect();
    format!(
        "select {} from lake.{} t join ({NEWEST}) n on t.session_id = n.session_id and t.batch_id = n.batch_id",
        columns.join(", "),
        table.name()
    )
}
