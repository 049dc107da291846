//! `sessions`, `turns` and `messages`: events put together.
//!
//! Where several values meet, the largest is shown (`max`), so that the answer does not depend
//! on the order in which files are read. Unused columns cost nothing.

use crate::record::{Kind, ReasoningState, Severity};
use std::fmt::Write;

/// The view `sessions`.
pub(super) fn sql() -> String {
    let mut kinds = String::new();
    for kind in Kind::ALL {
        let name = kind.as_str();
        let _ = write!(kinds, "count(*) filter (where kind = '{name}') as {name}_count,\n  ");
    }
    let mut states = String::new();
    for state in ReasoningState::ALL {
        let name = state.as_str();
        let _ = write!(
            states,
            "count(*) filter (where reasoning_state = '{name}') as reasoning_{name}_count,\n  "
        );
    }
    format!(
        "
select e.*, coalesce(f.finding_count, 0) as finding_count, {severity} as max_severity
from (select session_id, max(tenant) as tenant, max(source_format) as source_format,
  max(agent_name) as agent, max(provider_name) as provider_name,
  max(request_model) as request_model, max(response_model) as response_model,
  count(distinct coalesce(response_model, request_model)) as model_count,
  max(user_id) as user_id, max(host_name) as host_name, max(service_name) as service_name,
  max(cwd) as cwd, max(git_branch) as git_branch,
  min(ts) as first_ts, max(coalesce(ts_end, ts)) as last_ts,
  count(*) as event_count, count(distinct stream_id) as stream_count,
  max(turn_index) + 1 as turn_count, max(call_index) + 1 as call_count,
  {kinds}{states}
  count(*) filter (where is_sidechain) as sidechain_count,
  count(*) filter (where tool_is_error) as tool_error_count,
  count(*) filter (where branch_state in ('abandoned', 'retracted', 'superseded')) as off_branch_count,
  sum(usage_input_tokens) as input_tokens, sum(usage_output_tokens) as output_tokens,
  sum(usage_reasoning_output_tokens) as reasoning_output_tokens,
  sum(usage_cache_read_input_tokens) as cache_read_input_tokens,
  sum(usage_cache_creation_input_tokens) as cache_creation_input_tokens,
  sum(cost_usd) as cost_usd
  from events group by session_id) e
left join (select session_id, count(*) as finding_count, max({rank}) as severity_rank
  from findings group by session_id) f
on e.session_id = f.session_id",
        severity = severity_name("f.severity_rank"),
        rank = severity_rank("severity"),
    )
}

fn severity_rank(column: &str) -> String {
    let mut sql = format!("case {column}");
    for severity in Severity::ALL {
        let _ = write!(sql, " when '{}' then {}", severity.as_str(), *severity as usize);
    }
    sql + " end"
}

fn severity_name(rank: &str) -> String {
    let mut sql = format!("case {rank}");
    for severity in Severity::ALL {
        let _ = write!(sql, " when {} then '{}'", *severity as usize, severity.as_str());
    }
    sql + " end"
}

/// The view `messages`. Parts without a message id belong together by their record.
pub(super) const MESSAGES: &str = r"
select session_id, stream_id, message_key, max(message_id) as message_id,
  max(parent_message_id) as parent_message_id, role, min(seq) as seq, min(ts) as ts,
  max(turn_index) as turn_index, max(call_index) as call_index,
  max(request_model) as request_model, max(response_model) as response_model,
  max(agent_name) as agent_name, bool_or(is_sidechain) as is_sidechain,
  bool_and(is_synthetic) as is_synthetic, max(branch_state) as branch_state,
  count(*) as part_count,
  string_agg(text, chr(10) order by seq, message_index, part_index, event_id) as text,
  string_agg(reasoning, chr(10) order by seq, message_index, part_index, event_id) as reasoning,
  max(reasoning_state) as reasoning_state,
  count(*) filter (where kind = 'tool_call') as tool_call_count,
  count(*) filter (where kind = 'tool_result') as tool_result_count,
  string_agg(tool_name, ', ' order by seq, message_index, part_index, event_id) as tool_names,
  max(finish_reason) as finish_reason,
  sum(usage_input_tokens) as input_tokens, sum(usage_output_tokens) as output_tokens,
  max(source_format) as source_format, max(tenant) as tenant
from (select *, coalesce(message_id, hex(raw_sha256) || ':' || coalesce(cast(message_index as varchar), '')) as message_key
  from events)
group by session_id, stream_id, message_key, role";

/// The view `turns`.
pub(super) const TURNS: &str = r"
select session_id, turn_index, min(ts) as first_ts, max(coalesce(ts_end, ts)) as last_ts,
  min(seq) as first_seq, max(seq) as last_seq, count(*) as event_count,
  string_agg(text, chr(10) order by seq, message_index, part_index, event_id)
    filter (where kind = 'user_text' and not is_synthetic) as user_text,
  string_agg(reasoning, chr(10) order by seq, message_index, part_index, event_id) as reasoning,
  string_agg(text, chr(10) order by seq, message_index, part_index, event_id)
    filter (where kind = 'assistant_text') as assistant_text,
  string_agg(tool_name, ', ' order by seq, message_index, part_index, event_id)
    filter (where kind = 'tool_call') as tool_names,
  count(*) filter (where kind = 'tool_call') as tool_call_count,
  count(*) filter (where tool_is_error) as tool_error_count,
  count(distinct call_index) as call_count,
  max(request_model) as request_model, max(response_model) as response_model,
  sum(usage_input_tokens) as input_tokens, sum(usage_output_tokens) as output_tokens,
  sum(usage_reasoning_output_tokens) as reasoning_output_tokens, sum(cost_usd) as cost_usd,
  max(source_format) as source_format, max(tenant) as tenant
from events where turn_index is not null
group by session_id, turn_index";
