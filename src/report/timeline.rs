//! A session as a readable timeline, findings marked where they stand.

use super::escape;
use super::mask::mask;
use crate::record::{BranchState, Event, Id16, Kind, ReasoningState};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How a timeline is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Longest text per part in characters; the rest is counted.
    pub max_chars: usize,
    /// With colour.
    pub colour: bool,
}

/// A finding's mark on an event.
#[derive(Debug, Clone, Default)]
pub struct Mark {
    /// How grave it is.
    pub severity: String,
    /// Code of its kind: `R03`.
    pub code: String,
    /// What it says.
    pub title: String,
    /// As much of its id as names it.
    pub id: String,
    /// Whether it alerts; what does not is a lead.
    pub alerts: bool,
}

/// Draws events that are in order; `marks` are findings by event.
#[must_use]
pub fn render(events: &[Event], marks: &BTreeMap<Id16, Vec<Mark>>, style: Style) -> String {
    let mut out = String::new();
    for event in events {
        render_event(&mut out, event, style);
        for mark in marks.get(&event.event_id).into_iter().flatten() {
            let Mark { severity, code, title, id, alerts } = mark;
            let (sign, kind, colour) =
                if *alerts { ('▲', "", "1;31") } else { ('△', ", hunting", "33") };
            let (severity, title) = (severity.to_uppercase(), escape::line(title));
            let text = format!("    {sign} {severity} {code} {title} ({id}{kind})");
            let _ = writeln!(out, "{}", paint(&text, colour, style));
        }
    }
    out
}

fn paint(text: &str, code: &str, style: Style) -> String {
    if style.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

fn render_event(out: &mut String, event: &Event, style: Style) {
    let time = event.ts.micros.and_then(chrono::DateTime::from_timestamp_micros);
    let time = time.map(|time| time.format("%Y-%m-%d %H:%M:%S  ").to_string()).unwrap_or_default();
    let head = format!("{time}{}", heading(event));
    let _ = writeln!(out, "{}", paint(&head, colour_of(event.kind), style));
    for text in [
        &event.text,
        &event.reasoning,
        &event.tool_call_arguments,
        &event.tool_call_result,
        &event.error_message,
    ]
    .into_iter()
    .flatten()
    {
        body(out, text, style.max_chars);
    }
}

fn colour_of(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::UserText) => "1;34",
        Some(Kind::Reasoning) => "35",
        Some(Kind::AssistantText) => "1;32",
        Some(Kind::ToolCall | Kind::ToolResult) => "33",
        Some(Kind::Error | Kind::Refusal) => "31",
        _ => "2",
    }
}

fn heading(event: &Event) -> String {
    let mut head = event.kind.map_or("unknown", Kind::as_str).replace('_', " ");
    let mut add = |text: &str| {
        head.push_str(" · ");
        head.push_str(&escape::line(text));
    };
    if let Some(tool) = &event.tool_name {
        add(tool);
    }
    if let (Some(Kind::Label), Some(label)) = (event.kind, &event.label) {
        add(&format!("{} = {}", label.name, label.value.as_deref().unwrap_or("?")));
    }
    match event.reasoning_state {
        None | Some(ReasoningState::Plain) => {}
        Some(state) => add(state.as_str()),
    }
    match event.branch_state {
        None | Some(BranchState::Active) => {}
        Some(state) => add(state.as_str()),
    }
    if event.is_sidechain == Some(true) {
        add(&format!("sub-agent {}", event.agent_id.as_deref().unwrap_or("")));
    }
    if event.is_synthetic {
        add("by the harness");
    }
    if event.tool_is_error == Some(true) {
        add("error");
    }
    if let Some(code) = event.tool_exit_code.filter(|code| *code != 0) {
        add(&format!("exit {code}"));
    }
    if !event.flags.is_empty() {
        add(&event.flags.join(" "));
    }
    head
}

fn body(out: &mut String, text: &str, max_chars: usize) {
    let masked = mask(text);
    let safe = escape::block(masked.trim_end());
    let cut = safe.char_indices().nth(max_chars).map(|(at, _)| at);
    let shown = cut.and_then(|at| safe.get(..at)).unwrap_or(&safe);
    for line in shown.lines() {
        let _ = writeln!(out, "    {line}");
    }
    if cut.is_some() {
        let rest = safe.chars().count() - max_chars;
        let _ = writeln!(out, "    … {rest} more characters (--full shows them)");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Role;

    #[test]
    fn parts_come_with_their_marks_and_nothing_hostile() {
        let mut thought = Event::new(Kind::Reasoning, Role::Assistant);
        thought.reasoning = Some("now\u{1b}[2J hide it".into());
        thought.event_id = Id16::of("e", &[b"1"]);
        let mark = |alerts| Mark {
            severity: "high".into(),
            code: "R03".into(),
            title: "hides".into(),
            id: "abc".into(),
            alerts,
        };
        let marks = BTreeMap::from([(thought.event_id, vec![mark(true), mark(false)])]);
        let style = Style { max_chars: 10, colour: false };
        let text = render(&[thought], &marks, style);
        assert!(!text.contains('\u{1b}'));
        assert!(text.contains("▲ HIGH R03 hides (abc)\n"), "{text}");
        assert!(text.contains("△ HIGH R03 hides (abc, hunting)\n"), "{text}");
        assert!(text.contains("more characters"), "{text}");
    }
}
