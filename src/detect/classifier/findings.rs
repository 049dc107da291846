//! Scores into findings: which labels pass the model's thresholds, and the sentence that says so.

use super::kinds::{ACTS, Say};
use super::onnx::OnnxError;
use super::score::{Classifier, Scored};
use crate::record::{Event, Evidence, Finding, FindingKind, Id16, Severity};
use std::ops::Range;

/// Longest quote.
const MAX_QUOTE: usize = 300;

impl Classifier {
    /// Name of the detector: `model.` and the model's name.
    #[must_use]
    pub fn detector(&self) -> String {
        format!("model.{}", self.model.manifest.name)
    }

    /// Version of the detector: changes with any file of the model.
    #[must_use]
    pub fn version(&self) -> &str {
        self.model.sha256.get(..16).unwrap_or(&self.model.sha256)
    }

    /// What the scores of an event's reasoning are worth; one finding per kind.
    ///
    /// # Errors
    /// If the graph fails while it looks for the sentence.
    pub fn findings(&self, event: &Event, scored: &Scored) -> Result<Vec<Finding>, OnnxError> {
        let Some(text) = event.reasoning.as_deref() else { return Ok(Vec::new()) };
        let acts = self.label(ACTS).is_some_and(|at| self.passes(ACTS, at, scored));
        let found = self.strongest(scored).into_iter().map(|say| {
            let span = self.sentence(text, scored.windows[say.at].clone(), say.at)?;
            // Not of itself: that it acts is what such a finding says.
            let acts = acts && self.label(ACTS) != Some(say.at);
            let is_grave = acts && say.severity >= Severity::Medium;
            Ok(Finding {
                lane: if self.alerts(say, scored) { "stable" } else { "test" }.to_owned(),
                severity: if is_grave { Severity::High } else { say.severity },
                score: Some((f64::from(scored.scores[say.at]) * 1e6).round() / 1e6),
                title: format!("{}{}", say.title, if acts { ", and decides to act" } else { "" }),
                reason: self.reason(scored),
                evidence: vec![evidence(event.event_id, text, span)],
                tags: say.tags.iter().map(|tag| (*tag).to_owned()).collect(),
                ..Finding::about(event, &self.detector(), self.version(), say.kind)
            })
        });
        found.collect()
    }

    /// Of the labels that pass and are of one kind the one that says it most; a finding's id has its
    /// kind in it and not its label.
    fn strongest(&self, scored: &Scored) -> Vec<&Say> {
        let mut kept: Vec<&Say> = Vec::new();
        let name = |say: &Say| &self.model.manifest.labels[say.at];
        for say in self.says.iter().filter(|say| self.passes(name(say), say.at, scored)) {
            let weight = |say: &Say| (self.alerts(say, scored), scored.scores[say.at]);
            match kept.iter_mut().find(|known| known.kind == say.kind) {
                Some(known) if weight(say) > weight(known) => *known = say,
                Some(_) => {}
                None => kept.push(say),
            }
        }
        kept
    }

    fn alerts(&self, say: &Say, scored: &Scored) -> bool {
        let manifest = &self.model.manifest;
        let least = manifest.alert.get(&manifest.labels[say.at]);
        least.is_some_and(|least| scored.scores[say.at] >= *least)
    }

    /// The labels that pass their thresholds.
    #[must_use]
    pub fn labels(&self, scored: &Scored) -> Vec<&str> {
        let labels = self.model.manifest.labels.iter().enumerate();
        labels
            .filter(|(at, label)| self.passes(label, *at, scored))
            .map(|(_, label)| label.as_str())
            .collect()
    }

    /// The labels that make findings: of which kind, and from which score on.
    pub fn hunted(&self) -> impl Iterator<Item = (&str, FindingKind, f32)> {
        let manifest = &self.model.manifest;
        self.says.iter().filter_map(|say| {
            let label = manifest.labels[say.at].as_str();
            Some((label, say.kind, *manifest.hunt.get(label)?))
        })
    }

    fn label(&self, name: &str) -> Option<usize> {
        self.model.manifest.labels.iter().position(|label| label == name)
    }

    fn passes(&self, label: &str, at: usize, scored: &Scored) -> bool {
        let least = self.model.manifest.hunt.get(label);
        scored.window_count > 0 && least.is_some_and(|least| scored.scores[at] >= *least)
    }

    fn reason(&self, scored: &Scored) -> String {
        let manifest = &self.model.manifest;
        let shares: Vec<String> = manifest
            .labels
            .iter()
            .zip(&scored.scores)
            .map(|(label, score)| format!("{label} {score:.2}"))
            .collect();
        let mut again = String::new();
        for (count, what) in [
            (scored.second_count, "read by both stages"),
            (scored.second_cut, "by the second only in part"),
            (scored.second_left, "too many for the second"),
        ] {
            if count > 0 {
                again += &format!(", {count} {what}");
            }
        }
        format!(
            "the classifier {} {} says: {} [highest of {} windows{again}]",
            manifest.name,
            manifest.version,
            shares.join(", "),
            scored.window_count
        )
    }
}

fn evidence(event_id: Id16, text: &str, span: Range<usize>) -> Evidence {
    let end = text.floor_char_boundary(span.end.min(span.start + MAX_QUOTE));
    Evidence {
        event_id,
        column: "reasoning".to_owned(),
        start: span.start,
        end,
        quote: text.get(span.start..end).unwrap_or_default().to_owned(),
        normalisation: "raw",
    }
}
