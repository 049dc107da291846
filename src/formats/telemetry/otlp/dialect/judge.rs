//! Judgements: `gen_ai.evaluation.*` becomes labels, `gen_ai.guardrail.*` guardrail verdicts.

use super::{Content, Unit};
use crate::formats::telemetry::otlp::value::Attrs;
use crate::record::{Event, Kind, Label, Role};

pub(super) fn read(unit: &mut Unit<'_>, content: &mut Content) {
    let scope = unit.scope.clone();
    for mut event in std::mem::take(&mut unit.events) {
        let mut rows = judgements(&mut event.attrs, &scope);
        if rows.is_empty() {
            unit.events.push(event);
            continue;
        }
        if let Some(first) = rows.first_mut() {
            first.attrs.extend(event.attrs.rest());
        }
        for mut row in rows {
            row.json_pointer = Some(event.pointer.clone());
            row.ts = event.time;
            content.extra(name_of(&row), row);
        }
    }
    for row in judgements(&mut unit.attrs, &scope) {
        content.extra(name_of(&row), row);
    }
    if unit.attrs.text("openinference.span.kind") == Some("GUARDRAIL") && content.extras.is_empty()
    {
        let row = guardrail_span(unit);
        content.extra("guardrail", row);
    }
}

fn name_of(row: &Event) -> &'static str {
    if row.kind == Some(Kind::Guardrail) { "guardrail" } else { "label" }
}

fn judgements(attrs: &mut Attrs<'_>, scope: &str) -> Vec<Event> {
    let mut rows = Vec::new();
    if attrs.has_prefix("gen_ai.evaluation.") {
        let label = Label {
            name: attrs.take_text(&["gen_ai.evaluation.name"]).unwrap_or_default(),
            value: attrs.take_text(&["gen_ai.evaluation.score.label", "gen_ai.evaluation.label"]),
            score: attrs
                .take_any(&["gen_ai.evaluation.score.value", "gen_ai.evaluation.score"])
                .f64(),
            source: attrs.take_text(&["gen_ai.evaluation.evaluator.name"]).or(named(scope)),
            target: None,
        };
        let why =
            attrs.take_text(&["gen_ai.evaluation.explanation", "gen_ai.evaluation.reasoning"]);
        rows.push(row(Kind::Label, label, why));
    }
    if attrs.has_prefix("gen_ai.guardrail.") {
        let risk = ["gen_ai.guardrail.security.risk.category", "gen_ai.guardrail.risk.category"];
        let score = ["gen_ai.guardrail.security.risk.score", "gen_ai.guardrail.score"];
        let verdict = ["gen_ai.guardrail.verdict", "gen_ai.guardrail.decision.type"];
        let source =
            ["gen_ai.guardrail.name", "gen_ai.guardrail.provider.name", "gen_ai.guardrail.id"];
        let source = attrs.take_text(&source).or(named(scope));
        let value = attrs.take_text(&verdict);
        let label = Label {
            name: attrs.take_text(&risk).or(source.clone()).unwrap_or_default(),
            value: value.or_else(|| attrs.take_text(&["gen_ai.guardrail.action"])),
            score: attrs.take_any(&score).f64(),
            source,
            target: None,
        };
        let why =
            ["gen_ai.guardrail.explanation", "gen_ai.guardrail.reason", "gen_ai.guardrail.message"];
        let why = attrs.take_text(&why);
        rows.push(row(Kind::Guardrail, label, why));
    }
    rows
}

fn row(kind: Kind, label: Label, why: Option<String>) -> Event {
    let mut row = Event::new(kind, Role::Environment);
    row.text = why;
    row.label = Some(Box::new(label));
    row
}

fn named(scope: &str) -> Option<String> {
    (!scope.is_empty()).then(|| scope.to_owned())
}

/// An OpenInference guardrail span: what was checked and what came out.
fn guardrail_span(unit: &mut Unit<'_>) -> Event {
    let label = Label {
        name: unit.name.clone(),
        value: unit.attrs.take_text(&["output.value"]),
        source: named(&unit.scope),
        ..Label::default()
    };
    let checked = unit.attrs.take_text(&["input.value"]);
    row(Kind::Guardrail, label, checked)
}
