//! Schemas of the tables that say what sessions were judged to be.

use super::{
    binary, boolean, double, double_list, long, long_list, schema, text, text_list, timestamp,
};
use arrow::datatypes::{Field, SchemaRef};

/// The columns every row of a judgement ends with.
fn with_run(mut fields: Vec<Field>) -> SchemaRef {
    fields.extend([text("batch_id"), long("batch_seq"), timestamp("judged_ts")]);
    schema(fields)
}

pub(super) fn session_scores() -> SchemaRef {
    with_run(vec![
        text("session_id"),
        text("tenant"),
        text("model"),
        text("source_format"),
        text("verdict"),
        text("reason"),
        double("score"),
        double("action_score"),
        double("reasoning_score"),
        double("claim_score"),
        long("event_count"),
        long("call_count"),
        long("orphan_result_count"),
        long("unanswered_call_count"),
        long("unparsed_call_count"),
        long("action_count"),
        long("claim_count"),
        long("finding_count"),
        long("text_bytes"),
        text("detector_version"),
        double("omits"),
        double("harms"),
        double("fails"),
        double("combined"),
        text_list("head_evidence"),
        text_list("tools"),
        text_list("unnamed_tools"),
    ])
}

pub(super) fn actions() -> SchemaRef {
    with_run(vec![
        text("session_id"),
        binary("event_id"),
        long("action_index"),
        text("model"),
        text("tenant"),
        text("tool_name"),
        text("verb"),
        text("origin"),
        text("class"),
        text("reversible"),
        double("confidence"),
        text("ending"),
        text_list("sinks"),
        text_list("objects"),
        text_list("sources"),
        double("sensitivity"),
        double("risk"),
        double("entailed"),
        double("disclosed"),
        double("rarity"),
        double("instructed"),
        double("unsourced"),
        double("concealed"),
        double("score"),
        text("target"),
        text("target_origin"),
        binary("ask_event_id"),
        binary("told_event_id"),
        long("habit_sessions"),
        long("habit_alike"),
    ])
}

pub(super) fn provenance() -> SchemaRef {
    with_run(vec![
        text("session_id"),
        binary("event_id"),
        long("action_index"),
        text("argument"),
        text("role"),
        text("kind"),
        text("value"),
        text("host"),
        text("origin"),
        binary("origin_event_id"),
        long("origin_start"),
        long("origin_end"),
        text("form"),
        text("reason"),
        double("weight"),
        double("grounding"),
        double("instructed"),
        double("told"),
    ])
}

pub(super) fn claims() -> SchemaRef {
    with_run(vec![
        text("session_id"),
        binary("event_id"),
        long("span_start"),
        long("span_end"),
        text("text"),
        text("class"),
        text("mood"),
        text("subject"),
        boolean("positive"),
        boolean("quoted"),
        text("state"),
        binary("call_event_id"),
    ])
}

pub(super) fn session_graph() -> SchemaRef {
    with_run(vec![
        text("session_id"),
        binary("from_event_id"),
        binary("to_event_id"),
        text("edge"),
        text("detail"),
    ])
}

pub(super) fn scores() -> SchemaRef {
    with_run(vec![
        binary("event_id"),
        binary("content_hash"),
        text("session_id"),
        text("tenant"),
        text("model"),
        text("source_format"),
        text("classifier"),
        text("classifier_version"),
        text("verdict"),
        text("reason"),
        text_list("labels"),
        double_list("scores"),
        long_list("starts"),
        long_list("ends"),
        long("window_count"),
        boolean("is_truncated"),
        long("skipped_bytes"),
        long("left_windows"),
        text("runtime"),
        text("device"),
    ])
}
