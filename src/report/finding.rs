//! One finding as a case note: what, why, the quoted evidence and where its bytes lie.

use super::escape;
use super::mask::mask;
use std::fmt::Write as _;

/// What is shown of a finding.
#[derive(Debug, Clone, Default)]
pub struct FindingView {
    /// Folder of the lake, for what to do next.
    pub lake: String,
    /// Id.
    pub id: String,
    /// `critical`, `high`, ….
    pub severity: String,
    /// `R03 concealment`.
    pub kind: String,
    /// One line.
    pub title: String,
    /// Why it matched.
    pub reason: String,
    /// Rule and its version.
    pub detector: String,
    /// `stable`, `test`, ….
    pub lane: String,
    /// ATLAS and OWASP tags.
    pub tags: Vec<String>,
    /// Session.
    pub session: String,
    /// When it happened.
    pub time: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Agent.
    pub agent: Option<String>,
    /// Format of the log.
    pub format: String,
    /// Analyst's state, with note.
    pub triage: Option<String>,
    /// What speaks against it.
    pub counter_evidence: Option<String>,
    /// What was asked, done and said, for findings about whole sessions.
    pub story: Vec<(String, String)>,
    /// Quoted spans.
    pub evidence: Vec<EvidenceView>,
}

/// A quoted span with its surroundings and its place.
#[derive(Debug, Clone, Default)]
pub struct EvidenceView {
    /// Event.
    pub event_id: String,
    /// `reasoning`, `tool_call_arguments`, ….
    pub column: String,
    /// Text before the span, the span, text after it.
    pub quote: [String; 3],
    /// Byte range in the column.
    pub range: (u64, u64),
    /// What was done to the text before matching.
    pub normalisation: String,
    /// `file:line (byte N, M bytes)`.
    pub place: Option<String>,
    /// SHA-256 of the raw record.
    pub raw_sha256: Option<String>,
}

/// How matches are marked on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marks {
    /// With colour.
    Colour,
    /// With `»` and `«`.
    Plain,
}

impl Marks {
    pub(super) fn wrap(self, text: &str) -> String {
        match self {
            Self::Colour => format!("\u{1b}[1;31m{text}\u{1b}[0m"),
            Self::Plain => format!("»{text}«"),
        }
    }
}

/// The text of `findings show`.
#[must_use]
pub fn render(view: &FindingView, marks: Marks) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}  {}  {}",
        view.severity.to_uppercase(),
        view.kind,
        escape::line(&view.title)
    );
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "  {name:<10}{}", escape::line(&mask(value)));
        }
    };
    field("id", &view.id);
    field("rule", &view.detector);
    field(
        "lane",
        &format!("{} ({})", view.lane, if view.lane == "stable" { "alerts" } else { "hunts" }),
    );
    field("session", &view.session);
    field("when", view.time.as_deref().unwrap_or("not logged"));
    field("model", view.model.as_deref().unwrap_or(""));
    field("agent", view.agent.as_deref().unwrap_or(""));
    field("format", &view.format);
    field("tags", &view.tags.join(" "));
    field("triage", view.triage.as_deref().unwrap_or("new"));
    field("why", &view.reason);
    field("against", view.counter_evidence.as_deref().unwrap_or(""));
    if !view.story.is_empty() {
        let _ = writeln!(out, "\nStory");
        for (name, text) in &view.story {
            let _ = writeln!(out, "  {name:<10}{}", escape::line(&mask(text)));
        }
    }
    for (at, evidence) in view.evidence.iter().enumerate() {
        let _ = writeln!(out, "\nEvidence {} of {}", at + 1, view.evidence.len());
        render_evidence(&mut out, evidence, marks);
    }
    let _ = writeln!(out, "\nNext");
    let lake = escape::line(&view.lake);
    let _ = writeln!(out, "  reveille session {} --lake {lake}", escape::line(&view.session));
    let _ = writeln!(
        out,
        "  reveille findings triage {} --lake {lake} --state confirmed --note '…'",
        view.id
    );
    out
}

fn render_evidence(out: &mut String, evidence: &EvidenceView, marks: Marks) {
    let [before, span, after] = &evidence.quote;
    let safe = |text: &str| escape::block(&mask(text)).into_owned();
    let (start, end) = evidence.range;
    let _ =
        writeln!(out, "  {} bytes {start}..{end} of event {}", evidence.column, evidence.event_id);
    if let Some(place) = &evidence.place {
        let _ = writeln!(out, "  {}", escape::line(place));
    }
    if let Some(hash) = &evidence.raw_sha256 {
        let _ = writeln!(out, "  raw record sha256 {hash}");
    }
    let text = format!("{}{}{}", safe(before), marks.wrap(&safe(span)), safe(after));
    for line in text.lines() {
        let _ = writeln!(out, "  │ {line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_quoted_masked_and_harmless() {
        let view = FindingView {
            lake: "lake".into(),
            severity: "high".into(),
            kind: "R03 concealment".into(),
            title: "hides\u{1b}[2J".into(),
            evidence: vec![EvidenceView {
                column: "reasoning".into(),
                quote: ["I ".into(), "leave AKIAIOSFODNN7EXAMPLE out".into(), " now\u{7}".into()],
                ..EvidenceView::default()
            }],
            ..FindingView::default()
        };
        let text = render(&view, Marks::Plain);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text}");
        assert!(!text.contains("IOSFODNN7"), "{text}");
        assert!(text.contains("»leave AKIA"), "{text}");
    }
}
