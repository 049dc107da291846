//! `otel_events`: the columns that OpenTelemetry's GenAI conventions define, under their own
//! dotted names.

/// Column and attribute name.
const NAMES: &[(&str, &str)] = &[
    ("event_id", "event_id"),
    ("session_id", "session_id"),
    ("ts", "timestamp"),
    ("ts_end", "end_timestamp"),
    ("ts_observed", "observed_timestamp"),
    ("trace_id", "trace_id"),
    ("span_id", "span_id"),
    ("parent_span_id", "parent_span_id"),
    ("kind", "kind"),
    ("role", "role"),
    ("text", "text"),
    ("reasoning", "reasoning"),
    ("conversation_id", "gen_ai.conversation.id"),
    ("provider_name", "gen_ai.provider.name"),
    ("operation_name", "gen_ai.operation.name"),
    ("request_model", "gen_ai.request.model"),
    ("response_model", "gen_ai.response.model"),
    ("response_id", "gen_ai.response.id"),
    ("finish_reason", "gen_ai.response.finish_reasons"),
    ("agent_id", "gen_ai.agent.id"),
    ("agent_name", "gen_ai.agent.name"),
    ("tool_name", "gen_ai.tool.name"),
    ("tool_type", "gen_ai.tool.type"),
    ("tool_call_id", "gen_ai.tool.call.id"),
    ("tool_call_arguments", "gen_ai.tool.call.arguments"),
    ("tool_call_result", "gen_ai.tool.call.result"),
    ("usage_input_tokens", "gen_ai.usage.input_tokens"),
    ("usage_output_tokens", "gen_ai.usage.output_tokens"),
    ("usage_reasoning_output_tokens", "gen_ai.usage.reasoning.output_tokens"),
    ("usage_cache_read_input_tokens", "gen_ai.usage.cache_read.input_tokens"),
    ("usage_cache_creation_input_tokens", "gen_ai.usage.cache_creation.input_tokens"),
    ("label_name", "gen_ai.evaluation.name"),
    ("label_value", "gen_ai.evaluation.score.label"),
    ("label_score", "gen_ai.evaluation.score.value"),
    ("error_type", "error.type"),
    ("error_message", "error.message"),
    ("user_id", "user.id"),
    ("end_user", "enduser.id"),
    ("host_name", "host.name"),
    ("service_name", "service.name"),
    ("client_address", "client.address"),
    ("attrs", "attributes"),
];

/// The view.
pub(super) fn sql() -> String {
    let columns: Vec<String> =
        NAMES.iter().map(|(column, name)| format!("{column} as \"{name}\"")).collect();
    format!("select {} from events", columns.join(", "))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_attribute_has_a_column() {
        for (column, _) in super::NAMES {
            assert!(crate::record::columns::column(column).is_some(), "{column}");
        }
    }
}
