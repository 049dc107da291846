//! What all units of a scope share, and what attributes every dialect has in common.

use super::value::Attrs;
use super::walk::Unit;
use crate::formats::json::Json;
use crate::record::{Event, Id16};

/// What a resource and a scope say about their spans and logs.
#[derive(Debug, Default)]
pub(super) struct Common {
    /// Template of all rows.
    pub(super) base: Event,
    /// Name of the instrumentation.
    pub(super) scope: String,
    /// A session named by the resource.
    pub(super) conversation: Option<String>,
    /// What has no column, as JSON text.
    pub(super) facts: Vec<(String, String)>,
    /// Hash of resource and scope.
    pub(super) fingerprint: Id16,
}

/// Where conversations are named, best first.
const CONVERSATION: [&str; 9] = [
    "gen_ai.conversation.id",
    "session.id",
    "conversation.id",
    "gen_ai.session.id",
    "traceloop.association.properties.session_id",
    "traceloop.association.properties.thread_id",
    "traceloop.association.properties.conversation_id",
    "langfuse.session.id",
    "langgraph.thread_id",
];

impl Common {
    /// Reads resource and scope.
    pub(super) fn read(
        owner: &Json<'_>,
        owner_pointer: &str,
        scope_owner: &Json<'_>,
        scope_pointer: &str,
    ) -> Self {
        let resource = owner.at("resource");
        let mut attrs = Attrs::read(resource, &format!("{owner_pointer}/resource"));
        let mut common = Self::default();
        let base = &mut common.base;
        base.service_name = attrs.take_text(&["service.name"]);
        base.host_name = attrs.take_text(&["host.name", "host.id", "k8s.node.name"]);
        base.tenant = attrs.take_text(&["tenant.id", "tenant", "tenant_id", "organization.id"]);
        base.source_version = attrs.take_text(&["service.version"]);
        base.user_id = attrs.take_text(&["user.id"]);
        base.cwd = attrs.take_text(&["process.working_directory"]);
        common.conversation = attrs.take_text(&CONVERSATION);
        common.facts.extend(attrs.rest().map(|(key, value)| (format!("resource.{key}"), value)));
        let names = ["scope", "instrumentationLibrary", "instrumentation_library"];
        let scope = scope_owner.any_of(&names);
        common.scope = scope.string("name").unwrap_or_default();
        for (key, name) in [("name", "scope.name"), ("version", "scope.version")] {
            if let Some(text) = scope.text(key) {
                common.facts.push((name.to_owned(), Json::String(text.into()).compact()));
            }
        }
        let attrs = Attrs::read(scope, &format!("{scope_pointer}/scope"));
        common.facts.extend(attrs.rest().map(|(key, value)| (format!("scope.{key}"), value)));
        let schema = scope_owner.any_of(&["schemaUrl", "schema_url"]);
        if let Some(url) = schema.str().filter(|url| !url.is_empty()) {
            common.facts.push(("schema_url".to_owned(), Json::String(url.into()).compact()));
        }
        let parts = [resource.compact(), scope.compact()];
        common.fingerprint = Id16::of("otlp.scope", &[parts[0].as_bytes(), parts[1].as_bytes()]);
        common
    }
}

/// Takes the attributes that mean the same in every dialect into the template.
pub(super) fn take(unit: &mut Unit<'_>) {
    let attrs = &mut unit.attrs;
    let own = attrs.take_text(&CONVERSATION);
    unit.conversation = own.or(unit.conversation.take());
    let base = &mut unit.base;
    let fill = |slot: &mut Option<String>, found: Option<String>| {
        if found.is_some() {
            *slot = found;
        }
    };
    base.operation_name = attrs.take_text(&["gen_ai.operation.name", "llm.request.type"]);
    let providers =
        ["gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "llm.vendor"];
    base.provider_name = attrs.take_text(&providers);
    let asked = ["gen_ai.request.model", "llm.request.model", "llm.request.model_name"];
    base.request_model = attrs.take_text(&asked).or_else(|| asked_model(attrs));
    let answered = [
        "gen_ai.response.model",
        "llm.response.model",
        "llm.response.model_name",
        "llm.model_name",
        "ai.response.model",
    ];
    base.response_model = attrs.take_text(&answered);
    base.response_id =
        attrs.take_text(&["gen_ai.response.id", "llm.response.id", "ai.response.id"]);
    base.request_id = attrs.take_text(&["gen_ai.request.id", "request.id", "request_id"]);
    base.agent_id = attrs.take_text(&["gen_ai.agent.id", "agent.id"]);
    base.agent_name = attrs.take_text(&["gen_ai.agent.name", "agent.name"]);
    fill(
        &mut base.user_id,
        attrs.take_text(&["user.id", "traceloop.association.properties.user_id"]),
    );
    base.end_user = attrs.take_text(&["enduser.id", "gen_ai.openai.request.user", "llm.user"]);
    base.client_address = attrs.take_text(&["client.address", "net.peer.ip"]);
    fill(&mut base.cwd, attrs.take_text(&["process.working_directory", "cwd"]));
    fill(&mut base.tenant, attrs.take_text(&["tenant.id", "tenant_id"]));
    let finish = attrs.take_any(&["gen_ai.response.finish_reasons", "llm.finish_reason"]);
    base.finish_reason = match &finish {
        Json::Array(items) if items.len() == 1 => items.first().and_then(Json::display),
        Json::Array(_) => {
            let all: Vec<String> = finish.items().iter().filter_map(Json::display).collect();
            (!all.is_empty()).then(|| all.join(","))
        }
        other => other.display(),
    };
    base.error_type = attrs.take_text(&["error.type"]);
    let waited = ["gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token"];
    base.time_to_first_chunk_ms = attrs.take_any(&waited).f64().map(|seconds| seconds * 1e3);
}

/// The model asked for stands in the parameters of OpenInference spans.
fn asked_model(attrs: &Attrs<'_>) -> Option<String> {
    let text = attrs.text("llm.invocation_parameters")?;
    let (value, _) = crate::formats::json::parse(text).ok()?;
    value.string("model")
}
