//! The table itself: name, meaning, getter, setter of every column, one line each.

use super::Access::{
    Attrs, Batch, Binary, Bool, Date, Double, Flags, IngestTime, Int, Large, Long, Parser, Text,
    Time,
};
use super::{Column, intern};
use crate::record::event::{
    BranchState, Event, Kind, Label, ReasoningSource, ReasoningState, Role, SessionSource, ToolJoin,
};
use crate::record::time::TimeQuality;
use crate::record::{Id16, Id32};

/// All columns, in table order.
#[rustfmt::skip]
pub static COLUMNS: &[Column] = &[
    Column { name: "event_id", doc: "content id of the part; the key of the table", access: Binary(|e| Some(e.event_id.as_bytes()), |e, v| e.event_id = id16(v)) },
    Column { name: "content_hash", doc: "hash of what the part says; equal wherever the same text stands", access: Binary(|e| Some(e.content_hash.as_bytes()), |e, v| e.content_hash = id16(v)) },
    Column { name: "kind", doc: "what the part is", access: Text(|e| e.kind.map(Kind::as_str), |e, v| e.kind = Kind::parse(v)) },
    Column { name: "role", doc: "who it is attributed to", access: Text(|e| e.role.map(Role::as_str), |e, v| e.role = Role::parse(v)) },
    Column { name: "role_raw", doc: "the role as logged, where it differs", access: Text(|e| e.role_raw.as_deref(), |e, v| e.role_raw = Some(v.into())) },
    Column { name: "is_synthetic", doc: "written by a harness, not by a person or the model", access: Bool(|e| Some(e.is_synthetic), |e, v| e.is_synthetic = v) },
    Column { name: "source_format", doc: "format of the record", access: Text(|e| Some(e.source_format), |e, v| e.source_format = intern(v)) },
    Column { name: "source_version", doc: "version of the producer", access: Text(|e| e.source_version.as_deref(), |e, v| e.source_version = Some(v.into())) },
    Column { name: "stream_id", doc: "append stream; with seq the order of events", access: Binary(|e| Some(e.stream_id.as_bytes()), |e, v| e.stream_id = id16(v)) },
    Column { name: "seq", doc: "sort key in the stream; the only order to trust", access: Long(|e| Some(e.seq), |e, v| e.seq = v) },
    Column { name: "session_id", doc: "session: the log's own id, else the stream", access: Text(|e| Some(&e.session_id), |e, v| e.session_id = v.into()) },
    Column { name: "conversation_id", doc: "session id as logged or derived", access: Text(|e| e.conversation_id.as_deref(), |e, v| e.conversation_id = Some(v.into())) },
    Column { name: "conversation_id_source", doc: "where conversation_id comes from", access: Text(|e| e.conversation_id_source.map(SessionSource::as_str), |e, v| e.conversation_id_source = SessionSource::parse(v)) },
    Column { name: "trace_id", doc: "trace, lower-case hex", access: Text(|e| e.trace_id.as_deref(), |e, v| e.trace_id = Some(v.into())) },
    Column { name: "span_id", doc: "span, lower-case hex", access: Text(|e| e.span_id.as_deref(), |e, v| e.span_id = Some(v.into())) },
    Column { name: "parent_span_id", doc: "parent span, lower-case hex", access: Text(|e| e.parent_span_id.as_deref(), |e, v| e.parent_span_id = Some(v.into())) },
    Column { name: "turn_index", doc: "number of the user turn in the session", access: Int(|e| e.turn_index, |e, v| e.turn_index = Some(v)) },
    Column { name: "call_index", doc: "number of the model call in the session", access: Int(|e| e.call_index, |e, v| e.call_index = Some(v)) },
    Column { name: "message_index", doc: "number of the message in the record", access: Int(|e| e.message_index, |e, v| e.message_index = Some(v)) },
    Column { name: "part_index", doc: "number of the part in the message", access: Int(|e| e.part_index, |e, v| e.part_index = Some(v)) },
    Column { name: "message_id", doc: "the log's id of the message", access: Text(|e| e.message_id.as_deref(), |e, v| e.message_id = Some(v.into())) },
    Column { name: "parent_message_id", doc: "message it follows", access: Text(|e| e.parent_message_id.as_deref(), |e, v| e.parent_message_id = Some(v.into())) },
    Column { name: "response_id", doc: "provider's id of the response", access: Text(|e| e.response_id.as_deref(), |e, v| e.response_id = Some(v.into())) },
    Column { name: "request_id", doc: "provider's id of the request", access: Text(|e| e.request_id.as_deref(), |e, v| e.request_id = Some(v.into())) },
    Column { name: "call_group", doc: "same logical model call across exporters", access: Binary(|e| e.call_group.as_ref().map(Id16::as_bytes), |e, v| e.call_group = Some(id16(v))) },
    Column { name: "branch_state", doc: "whether the part is on the kept branch", access: Text(|e| e.branch_state.map(BranchState::as_str), |e, v| e.branch_state = BranchState::parse(v)) },
    Column { name: "agent_id", doc: "agent", access: Text(|e| e.agent_id.as_deref(), |e, v| e.agent_id = Some(v.into())) },
    Column { name: "agent_name", doc: "agent's name", access: Text(|e| e.agent_name.as_deref(), |e, v| e.agent_name = Some(v.into())) },
    Column { name: "parent_agent_id", doc: "agent that spawned it", access: Text(|e| e.parent_agent_id.as_deref(), |e, v| e.parent_agent_id = Some(v.into())) },
    Column { name: "is_sidechain", doc: "part of a sub-agent's conversation", access: Bool(|e| e.is_sidechain, |e, v| e.is_sidechain = Some(v)) },
    Column { name: "parent_tool_call_id", doc: "call that spawned the sub-agent", access: Text(|e| e.parent_tool_call_id.as_deref(), |e, v| e.parent_tool_call_id = Some(v.into())) },
    Column { name: "ts", doc: "when it happened", access: Time(|e| e.ts.micros, |e, v| e.ts.micros = Some(v)) },
    Column { name: "ts_end", doc: "when it ended", access: Time(|e| e.ts_end, |e, v| e.ts_end = Some(v)) },
    Column { name: "ts_quality", doc: "how ts was obtained", access: Text(|e| Some(e.ts.quality.as_str()), |e, v| e.ts.quality = quality(v)) },
    Column { name: "ts_observed", doc: "when a collector saw it", access: Time(|e| e.ts_observed, |e, v| e.ts_observed = Some(v)) },
    Column { name: "event_date", doc: "day of ts, UTC", access: Date(|e| e.ts.micros.map(day)) },
    Column { name: "provider_name", doc: "provider", access: Text(|e| e.provider_name.as_deref(), |e, v| e.provider_name = Some(v.into())) },
    Column { name: "operation_name", doc: "operation", access: Text(|e| e.operation_name.as_deref(), |e, v| e.operation_name = Some(v.into())) },
    Column { name: "request_model", doc: "model that was asked", access: Text(|e| e.request_model.as_deref(), |e, v| e.request_model = Some(v.into())) },
    Column { name: "response_model", doc: "model that answered", access: Text(|e| e.response_model.as_deref(), |e, v| e.response_model = Some(v.into())) },
    Column { name: "user_id", doc: "user", access: Text(|e| e.user_id.as_deref(), |e, v| e.user_id = Some(v.into())) },
    Column { name: "end_user", doc: "end user as a gateway names it", access: Text(|e| e.end_user.as_deref(), |e, v| e.end_user = Some(v.into())) },
    Column { name: "principal", doc: "cloud identity", access: Text(|e| e.principal.as_deref(), |e, v| e.principal = Some(v.into())) },
    Column { name: "tenant", doc: "account, project or team", access: Text(|e| e.tenant.as_deref(), |e, v| e.tenant = Some(v.into())) },
    Column { name: "host_name", doc: "host", access: Text(|e| e.host_name.as_deref(), |e, v| e.host_name = Some(v.into())) },
    Column { name: "service_name", doc: "service", access: Text(|e| e.service_name.as_deref(), |e, v| e.service_name = Some(v.into())) },
    Column { name: "client_address", doc: "client address", access: Text(|e| e.client_address.as_deref(), |e, v| e.client_address = Some(v.into())) },
    Column { name: "cwd", doc: "working directory", access: Text(|e| e.cwd.as_deref(), |e, v| e.cwd = Some(v.into())) },
    Column { name: "git_branch", doc: "git branch", access: Text(|e| e.git_branch.as_deref(), |e, v| e.git_branch = Some(v.into())) },
    Column { name: "text", doc: "visible text", access: Large(|e| e.text.as_deref(), |e, v| e.text = Some(v.into())) },
    Column { name: "reasoning", doc: "readable chain of thought; never ciphertext", access: Large(|e| e.reasoning.as_deref(), |e, v| e.reasoning = Some(v.into())) },
    Column { name: "reasoning_state", doc: "whether the chain of thought can be read", access: Text(|e| e.reasoning_state.map(ReasoningState::as_str), |e, v| e.reasoning_state = ReasoningState::parse(v)) },
    Column { name: "reasoning_source", doc: "where it was found", access: Text(|e| e.reasoning_source.map(ReasoningSource::as_str), |e, v| e.reasoning_source = ReasoningSource::parse(v)) },
    Column { name: "tool_name", doc: "tool", access: Text(|e| e.tool_name.as_deref(), |e, v| e.tool_name = Some(v.into())) },
    Column { name: "tool_type", doc: "function, mcp, server, custom, shell", access: Text(|e| e.tool_type.as_deref(), |e, v| e.tool_type = Some(v.into())) },
    Column { name: "tool_call_id", doc: "id that joins call and result", access: Text(|e| e.tool_call_id.as_deref(), |e, v| e.tool_call_id = Some(v.into())) },
    Column { name: "tool_server", doc: "MCP server or namespace", access: Text(|e| e.tool_server.as_deref(), |e, v| e.tool_server = Some(v.into())) },
    Column { name: "tool_call_arguments", doc: "arguments as logged", access: Large(|e| e.tool_call_arguments.as_deref(), |e, v| e.tool_call_arguments = Some(v.into())) },
    Column { name: "tool_arguments_valid", doc: "whether they are valid JSON", access: Bool(|e| e.tool_arguments_valid, |e, v| e.tool_arguments_valid = Some(v)) },
    Column { name: "tool_call_result", doc: "result as text", access: Large(|e| e.tool_call_result.as_deref(), |e, v| e.tool_call_result = Some(v.into())) },
    Column { name: "tool_is_error", doc: "whether the tool reported an error", access: Bool(|e| e.tool_is_error, |e, v| e.tool_is_error = Some(v)) },
    Column { name: "tool_exit_code", doc: "exit code", access: Int(|e| e.tool_exit_code, |e, v| e.tool_exit_code = Some(v)) },
    Column { name: "tool_join", doc: "how the result found its call", access: Text(|e| e.tool_join.map(ToolJoin::as_str), |e, v| e.tool_join = ToolJoin::parse(v)) },
    Column { name: "tool_call_event_id", doc: "event of the call that a result answers", access: Binary(|e| e.tool_call_event_id.as_ref().map(Id16::as_bytes), |e, v| e.tool_call_event_id = Some(id16(v))) },
    Column { name: "media_sha256", doc: "hash of the media payload", access: Binary(|e| e.media_sha256.as_ref().map(Id32::as_bytes), |e, v| e.media_sha256 = Some(id32(v))) },
    Column { name: "media_mime", doc: "media type", access: Text(|e| e.media_mime.as_deref(), |e, v| e.media_mime = Some(v.into())) },
    Column { name: "media_bytes", doc: "size of the payload", access: Long(|e| e.media_bytes, |e, v| e.media_bytes = Some(v)) },
    Column { name: "finish_reason", doc: "why the model stopped", access: Text(|e| e.finish_reason.as_deref(), |e, v| e.finish_reason = Some(v.into())) },
    Column { name: "status", doc: "ok, error, denied, aborted", access: Text(|e| e.status, |e, v| e.status = Some(intern(v))) },
    Column { name: "error_type", doc: "class of the error", access: Text(|e| e.error_type.as_deref(), |e, v| e.error_type = Some(v.into())) },
    Column { name: "error_message", doc: "what the error says", access: Text(|e| e.error_message.as_deref(), |e, v| e.error_message = Some(v.into())) },
    Column { name: "usage_input_tokens", doc: "input tokens, cache included; on one row per call", access: Long(|e| e.usage.input, |e, v| e.usage.input = Some(v)) },
    Column { name: "usage_output_tokens", doc: "output tokens", access: Long(|e| e.usage.output, |e, v| e.usage.output = Some(v)) },
    Column { name: "usage_reasoning_output_tokens", doc: "reasoning tokens", access: Long(|e| e.usage.reasoning, |e, v| e.usage.reasoning = Some(v)) },
    Column { name: "usage_cache_read_input_tokens", doc: "input tokens read from cache", access: Long(|e| e.usage.cache_read, |e, v| e.usage.cache_read = Some(v)) },
    Column { name: "usage_cache_creation_input_tokens", doc: "input tokens written to cache", access: Long(|e| e.usage.cache_creation, |e, v| e.usage.cache_creation = Some(v)) },
    Column { name: "cost_usd", doc: "cost as reported", access: Double(|e| e.cost_usd, |e, v| e.cost_usd = Some(v)) },
    Column { name: "duration_ms", doc: "duration", access: Double(|e| e.duration_ms, |e, v| e.duration_ms = Some(v)) },
    Column { name: "time_to_first_chunk_ms", doc: "time to the first chunk", access: Double(|e| e.time_to_first_chunk_ms, |e, v| e.time_to_first_chunk_ms = Some(v)) },
    Column { name: "system_hash", doc: "system prompt in force", access: Binary(|e| e.system_hash.as_ref().map(Id16::as_bytes), |e, v| e.system_hash = Some(id16(v))) },
    Column { name: "tools_hash", doc: "tool definitions in force", access: Binary(|e| e.tools_hash.as_ref().map(Id16::as_bytes), |e, v| e.tools_hash = Some(id16(v))) },
    Column { name: "context_hash", doc: "rolling hash of the history up to here", access: Binary(|e| e.context_hash.as_ref().map(Id16::as_bytes), |e, v| e.context_hash = Some(id16(v))) },
    Column { name: "label_name", doc: "what is judged", access: Text(|e| Some(&e.label.as_ref()?.name), |e, v| label(e).name = v.into()) },
    Column { name: "label_value", doc: "the judgement as text", access: Text(|e| e.label.as_ref()?.value.as_deref(), |e, v| label(e).value = Some(v.into())) },
    Column { name: "label_score", doc: "the judgement as a number", access: Double(|e| e.label.as_ref()?.score, |e, v| label(e).score = Some(v)) },
    Column { name: "label_source", doc: "who judged", access: Text(|e| e.label.as_ref()?.source.as_deref(), |e, v| label(e).source = Some(v.into())) },
    Column { name: "label_target", doc: "event that is judged", access: Binary(|e| e.label.as_ref()?.target.as_ref().map(Id16::as_bytes), |e, v| label(e).target = Some(id16(v))) },
    Column { name: "flags", doc: "oddities met while reading", access: Flags },
    Column { name: "attrs", doc: "everything without a column of its own, as JSON text", access: Attrs },
    Column { name: "raw_sha256", doc: "hash of the exact bytes of the record", access: Binary(|e| Some(e.raw_sha256.as_bytes()), |e, v| e.raw_sha256 = id32(v)) },
    Column { name: "json_pointer", doc: "place in the record (RFC 6901)", access: Text(|e| e.json_pointer.as_deref(), |e, v| e.json_pointer = Some(v.into())) },
    Column { name: "file_id", doc: "source of the record", access: Binary(|e| Some(e.file_id.as_bytes()), |e, v| e.file_id = id16(v)) },
    Column { name: "container_path", doc: "member of an archive", access: Text(|e| e.container_path.as_deref(), |e, v| e.container_path = Some(v.into())) },
    Column { name: "line_no", doc: "1-based line", access: Long(|e| e.line_no, |e, v| e.line_no = Some(v)) },
    Column { name: "byte_offset", doc: "offset in the decompressed stream", access: Long(|e| Some(e.byte_offset), |e, v| e.byte_offset = v) },
    Column { name: "byte_len", doc: "bytes of the record", access: Long(|e| Some(e.byte_len), |e, v| e.byte_len = v) },
    Column { name: "batch_id", doc: "commit that wrote the row", access: Batch },
    Column { name: "ingest_ts", doc: "when it was written", access: IngestTime },
    Column { name: "parser_version", doc: "version of the mapping", access: Parser },
];

const MICROS_PER_DAY: i64 = 86_400_000_000;

fn day(micros: i64) -> i32 {
    i32::try_from(micros.div_euclid(MICROS_PER_DAY)).unwrap_or_default()
}

fn id16(bytes: &[u8]) -> Id16 {
    Id16(bytes.try_into().unwrap_or_default())
}

fn id32(bytes: &[u8]) -> Id32 {
    Id32(bytes.try_into().unwrap_or_default())
}

fn label(event: &mut Event) -> &mut Label {
    event.label.get_or_insert_default()
}

fn quality(text: &str) -> TimeQuality {
    use TimeQuality::{Exact, Inherited, Invalid, Missing, NaiveAssumedUtc, UnitGuessed};
    [Exact, Inherited, NaiveAssumedUtc, UnitGuessed, Invalid, Missing]
        .into_iter()
        .find(|quality| quality.as_str() == text)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_round_down() {
        assert_eq!(day(-1), -1);
        assert_eq!(day(MICROS_PER_DAY), 1);
    }
}
