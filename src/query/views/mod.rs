//! The tables people query: views over the stored tables, which are in schema `lake`.
//!
//! Each view says what it is in one sentence; `\d` in the shell and `reveille sql` show it. A
//! view over a table that nobody has written to still has its columns.

mod judged;
mod otel;
mod risk;
mod sessions;

use crate::record::schema::Table;

/// A view.
#[derive(Debug, Clone)]
pub struct View {
    /// Its name.
    pub name: &'static str,
    /// What a row is.
    pub doc: &'static str,
    pub(crate) sql: String,
}

/// What a row of a stored table is.
#[must_use]
pub fn table_doc(table: Table) -> &'static str {
    match table {
        Table::Events => "one part of a transcript: a text, a thought, a call, a result",
        Table::EventState => "what became known about an event later; `events` applies it",
        Table::Findings => "what a detector found, newest version, with its triage state",
        Table::Triage => "one decision of an analyst on a finding",
        Table::Labels => "one judgement on a session or event from outside",
        Table::RawRecords => "the exact bytes of one record",
        Table::Files => "one source and how far it has been read, newest state",
        Table::Quarantine => "one stretch of a source that could not be read",
        Table::Scans => {
            "one batch of events that one version of a detector has seen; of rules `none` where none ran"
        }
        Table::SessionScores => "what a session was judged to be, newest judgement",
        Table::Actions => {
            "one thing a call of a judged session does, with the factors of its score"
        }
        Table::Provenance => "where one target of an action comes from",
        Table::Claims => "one statement of an agent about what was done",
        Table::SessionGraph => "one edge between two events of a judged session",
        Table::Scores => "what a classifier says of one thought, newest version",
    }
}

/// All views, in the order in which they build on each other. Views that only join decisions
/// do so if there are any.
pub(crate) fn all(has_triage: bool, has_scores: bool) -> Vec<View> {
    let view = |name, doc, sql: &str| View { name, doc, sql: sql.to_owned() };
    let judged =
        Table::JUDGED.map(|table| view(table.name(), table_doc(table), &judged::sql(table)));
    let mut views = judged.to_vec();
    views.extend([
        view("findings", table_doc(Table::Findings), &findings(has_triage, has_scores)),
        view("files", table_doc(Table::Files), FILES),
        view("labels", table_doc(Table::Labels), LABELS),
        view("scores", table_doc(Table::Scores), &scores()),
        view(
            "sessions",
            "one session with its counts, models, tokens and findings",
            &sessions::sql(),
        ),
        view(
            "session_risk",
            "one session by what it did, what it thought, and both together",
            &risk::sql(),
        ),
        view("messages", "one message with its parts put together", sessions::MESSAGES),
        view("turns", "one user turn: what was asked, thought, done and answered", sessions::TURNS),
        view("tool_calls", "one tool call with its result", TOOL_CALLS),
        view("calls_usage", "the tokens and cost of one model call", CALLS_USAGE),
        view(
            "otel_events",
            "events under their OpenTelemetry names, in double quotes",
            &otel::sql(),
        ),
    ]);
    views
}

/// One row per finding: a new version of a rule replaces what the old one said.
fn findings(has_triage: bool, has_scores: bool) -> String {
    let stored = match has_scores {
        true => judged::findings(has_triage),
        false => "lake.findings".to_owned(),
    };
    let newest = format!(
        "
select * from (
  select *, row_number() over (
    partition by finding_id order by detected_ts desc, detector_version desc, batch_id desc) as newest
  from {stored})
where newest = 1"
    );
    const DECISIONS: &str = "
select finding_id, state, note, analyst, created_ts from (
  select *, row_number() over (
    partition by finding_id order by created_ts desc, batch_id desc, state) as newest
  from lake.triage)
where newest = 1";
    let columns: Vec<String> = Table::Findings
        .schema()
        .fields()
        .iter()
        .map(|field| format!("f.{}", field.name()))
        .collect();
    let columns = columns.join(", ");
    if has_triage {
        format!(
            "select {columns}, coalesce(t.state, 'new') as triage_state, t.note as triage_note, \
             t.analyst as triage_analyst, t.created_ts as triage_ts \
             from ({newest}) f left join ({DECISIONS}) t on f.finding_id = t.finding_id"
        )
    } else {
        format!(
            "select {columns}, 'new' as triage_state, cast(null as varchar) as triage_note, \
             cast(null as varchar) as triage_analyst, \
             arrow_cast(null, 'Timestamp(Microsecond, Some(\"UTC\"))') as triage_ts \
             from ({newest}) f"
        )
    }
}

/// One row per thought and classifier: the newest. The labels of the shipped one have columns.
fn scores() -> String {
    const LABELS: [&str; 7] =
        ["turned", "aware", "acts", "conceals", "sabotages", "tested", "sandbags"];
    let columns: Vec<String> = Table::Scores
        .schema()
        .fields()
        .iter()
        .map(|field| format!("\"{}\"", field.name()))
        .collect();
    let columns = columns.join(", ");
    let label =
        |name: &str| format!("scores[cast(array_position(labels, '{name}') as bigint)] as {name}");
    let labels: Vec<String> = LABELS.map(label).to_vec();
    format!(
        "select {columns}, {} from (select *, row_number() over (
           partition by session_id, event_id, classifier order by batch_seq desc, judged_ts desc, batch_id desc) as newest
         from lake.scores) where newest = 1",
        labels.join(", ")
    )
}

const FILES: &str = "
select file_id, path, container_path, size, mtime, compression, format, status, last_offset,
  content_hash, head_len, head_hash, records, events, duplicates, quarantined, record_bytes,
  quarantined_bytes, salvaged_bytes, blank_bytes, pending_bytes, state, batch_id, batch_seq, ingest_ts
from (
  select *, row_number() over (
    partition by file_id order by batch_seq desc, ingest_ts desc, batch_id desc) as newest
  from lake.files)
where newest = 1";

/// The same label may have been imported many times.
const LABELS: &str = "
select label_id, session_id, event_id, name, value, score, source, batch_id, created_ts
from (
  select *, row_number() over (partition by label_id order by created_ts, batch_id) as first
  from lake.labels)
where first = 1";

const TOOL_CALLS: &str = "
select c.event_id, c.session_id, c.stream_id, c.seq, c.message_index, c.part_index, c.turn_index, c.call_index, c.ts,
  c.tool_name, c.tool_type, c.tool_server, c.tool_call_id, c.tool_call_arguments, c.tool_arguments_valid,
  r.event_id as result_event_id, r.ts as result_ts, r.tool_call_result, r.tool_is_error, r.tool_exit_code, r.tool_join,
  r.seq as result_seq, r.duration_ms as result_duration_ms,
  c.message_id, c.agent_id, c.agent_name, c.is_sidechain, c.request_model, c.response_model,
  c.source_format, c.tenant, c.cwd, c.branch_state
from (select * from events where kind = 'tool_call') c
left join (
  select tool_call_event_id, event_id, ts, seq, tool_call_result, tool_is_error, tool_exit_code, tool_join, duration_ms
  from events where kind = 'tool_result' and tool_call_event_id is not null) r
on c.event_id = r.tool_call_event_id";

const CALLS_USAGE: &str = "
select event_id, call_group, session_id, stream_id, seq, turn_index, call_index, ts, response_id, request_id,
  provider_name, operation_name, request_model, response_model, agent_name, finish_reason,
  usage_input_tokens as input_tokens, usage_output_tokens as output_tokens,
  usage_reasoning_output_tokens as reasoning_output_tokens,
  usage_cache_read_input_tokens as cache_read_input_tokens,
  usage_cache_creation_input_tokens as cache_creation_input_tokens,
  cost_usd, duration_ms, time_to_first_chunk_ms, source_format, tenant
from events
where usage_input_tokens is not null or usage_output_tokens is not null
  or usage_reasoning_output_tokens is not null or usage_cache_read_input_tokens is not null
  or usage_cache_creation_input_tokens is not null or cost_usd is not null";
