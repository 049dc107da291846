//! Why a rule matched an event or did not: its condition as a tree, with what decided each
//! leaf. The same walk gives a finding its quotes.
//!
//! The tree's verdict is the evaluator's: leaves are decided by `rsigma-eval`'s own matchers,
//! and a test holds the whole against it.

use super::model::{Field, Row, Surface};
use super::spans;
use crate::record::Evidence;
use rsigma_eval::{
    CompiledDetection, CompiledDetectionItem, CompiledMatcher, CompiledRule, Event as _,
};
use rsigma_parser::{ConditionExpr, Quantifier};
use std::ops::Range;

/// Quotes are cut to this many bytes.
const MAX_QUOTE: usize = 320;

/// A node of the condition tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What stands here: `and`, `1 of sel_*`, a selection's name, a field with its pattern.
    pub label: String,
    /// Whether it holds.
    pub matched: bool,
    /// What it is made of.
    pub children: Vec<Node>,
    /// For a leaf, what decided it.
    pub leaf: Option<Leaf>,
}

/// What decided a leaf.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// Field as the rule names it; `None` for a keyword.
    pub field: Option<String>,
    /// Value the event has there, cut; `None` if it has none.
    pub value: Option<String>,
    /// The span that matched, in the raw column.
    pub evidence: Option<Evidence>,
}

/// Explains `rule` on one event.
pub(super) fn explain(rule: &CompiledRule, row: &Row<'_>) -> Node {
    let conditions: Vec<Node> =
        rule.conditions.iter().map(|condition| of_condition(rule, condition, row)).collect();
    let matched = conditions.iter().any(|node| node.matched);
    Node { label: rule.title.clone(), matched, children: conditions, leaf: None }
}

impl Node {
    /// The selections, fields and spans that made it match, in the order of the rule; nothing
    /// under a negation counts.
    pub(super) fn reasons(&self) -> Vec<(&str, &Leaf)> {
        let mut out = Vec::new();
        self.collect(&self.label, &mut out);
        out
    }

    fn collect<'n>(&'n self, selection: &'n str, out: &mut Vec<(&'n str, &'n Leaf)>) {
        if !self.matched || self.label == "not" {
            return;
        }
        if let Some(leaf) = &self.leaf {
            out.push((selection, leaf));
        }
        let own = self.label.strip_prefix("selection ").unwrap_or(selection);
        for child in &self.children {
            child.collect(own, out);
        }
    }
}

fn of_condition(rule: &CompiledRule, expr: &ConditionExpr, row: &Row<'_>) -> Node {
    let of = |label: &str, parts: &[ConditionExpr]| {
        let children: Vec<Node> = parts.iter().map(|part| of_condition(rule, part, row)).collect();
        (label.to_owned(), children)
    };
    let (label, children, matched) = match expr {
        ConditionExpr::And(parts) => {
            let (label, children) = of("and", parts);
            let matched = children.iter().all(|node| node.matched);
            (label, children, matched)
        }
        ConditionExpr::Or(parts) => {
            let (label, children) = of("or", parts);
            let matched = children.iter().any(|node| node.matched);
            (label, children, matched)
        }
        ConditionExpr::Not(inner) => {
            let child = of_condition(rule, inner, row);
            let matched = !child.matched;
            ("not".to_owned(), vec![child], matched)
        }
        ConditionExpr::Identifier(name) => return selection(rule, name, row),
        ConditionExpr::Selector { quantifier, pattern } => {
            let mut names: Vec<&String> = rule
                .detections
                .keys()
                .filter(|name| pattern.matches_detection_name(name))
                .collect();
            names.sort_unstable();
            let children: Vec<Node> =
                names.into_iter().map(|name| selection(rule, name, row)).collect();
            let got = children.iter().filter(|node| node.matched).count();
            let matched = match quantifier {
                Quantifier::Any => got >= 1,
                Quantifier::All => got == children.len(),
                Quantifier::Count(needed) => got as u64 >= *needed,
            };
            (expr.to_string(), children, matched)
        }
    };
    Node { label, matched, children, leaf: None }
}

fn selection(rule: &CompiledRule, name: &str, row: &Row<'_>) -> Node {
    let label = format!("selection {name}");
    match rule.detections.get(name) {
        Some(detection) => Node { label, ..of_detection(detection, row) },
        None => Node { label, matched: false, children: Vec::new(), leaf: None },
    }
}

fn of_detection(detection: &CompiledDetection, row: &Row<'_>) -> Node {
    let (label, children, any) = match detection {
        CompiledDetection::AllOf(items) => {
            ("all of", items.iter().map(|item| of_item(item, row)).collect(), false)
        }
        CompiledDetection::And(parts) => {
            ("all of", parts.iter().map(|part| of_detection(part, row)).collect(), false)
        }
        CompiledDetection::AnyOf(parts) => {
            ("any of", parts.iter().map(|part| of_detection(part, row)).collect(), true)
        }
        CompiledDetection::Keywords(matcher) => return keyword(matcher, row),
        CompiledDetection::ArrayMatch { .. } | CompiledDetection::Conditional { .. } => {
            // Refused when rules are loaded: events have no arrays of objects.
            ("unsupported", Vec::<Node>::new(), true)
        }
    };
    let matched = if any {
        children.iter().any(|node| node.matched)
    } else {
        children.iter().all(|node| node.matched)
    };
    Node { label: label.to_owned(), matched, children, leaf: None }
}

fn of_item(item: &CompiledDetectionItem, row: &Row<'_>) -> Node {
    let Some(field) = &item.field else { return keyword(&item.matcher, row) };
    let value = row.get_field(field);
    let matched = match (item.exists, &value) {
        (Some(expected), value) => value.as_ref().is_some_and(|v| !v.is_null()) == expected,
        (None, Some(value)) => item.matcher.matches(value, row),
        (None, None) => matches!(item.matcher, CompiledMatcher::Null),
    };
    let evidence = if matched { quote(&item.matcher, field, row) } else { None };
    let shown = value.as_ref().map(|value| match value.as_str() {
        Some(text) => cut(&text, 0..text.len()),
        None => cut_owned(value.to_json().to_string()),
    });
    let leaf = Leaf { field: Some(field.clone()), value: shown, evidence };
    Node { label: label_of(field, &item.matcher), matched, children: Vec::new(), leaf: Some(leaf) }
}

fn keyword(matcher: &CompiledMatcher, row: &Row<'_>) -> Node {
    let matched = matcher.matches_keyword(row);
    let evidence = super::model::KEYWORD_SURFACES.iter().find_map(|surface| {
        let text = row.surface(*surface).filter(|_| matched)?;
        let span = spans::find(matcher, text)?;
        Some(evidence(row, *surface, span))
    });
    let leaf = Leaf { field: None, value: None, evidence };
    Node { label: label_of("keyword", matcher), matched, children: Vec::new(), leaf: Some(leaf) }
}

fn label_of(field: &str, matcher: &CompiledMatcher) -> String {
    let described = matcher.describe();
    let pattern = described.pattern.unwrap_or_default();
    let not = if described.negated { "not " } else { "" };
    let kind = format!("{:?}", described.kind).to_ascii_lowercase();
    format!("{field} {not}{kind} {pattern}").trim_end().to_owned()
}

/// The span of a free text that matched; short fields are told by their value alone.
fn quote(matcher: &CompiledMatcher, field: &str, row: &Row<'_>) -> Option<Evidence> {
    let field = Field::of(field)?;
    let surface = field.surface()?;
    row.spans(field).into_iter().find_map(|(text, offset)| {
        let span = spans::find(matcher, text)?;
        Some(evidence(row, surface, span.start + offset..span.end + offset))
    })
}

fn evidence(row: &Row<'_>, surface: Surface, span: Range<usize>) -> Evidence {
    let (column, raw, span) = row.place(surface, span);
    Evidence {
        event_id: row.event.event_id,
        column: column.to_owned(),
        start: span.start,
        end: span.end,
        quote: cut(raw, span),
        normalisation: "raw",
    }
}

/// The text of a span, cut at a character.
fn cut(text: &str, span: Range<usize>) -> String {
    let mut end = span.end.min(span.start + MAX_QUOTE);
    while end > span.start && !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(span.start..end).unwrap_or_default().to_owned()
}

fn cut_owned(text: String) -> String {
    if text.len() > MAX_QUOTE { cut(&text, 0..text.len()) } else { text }
}
