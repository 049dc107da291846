//! From a compiled rule to what an event of one kind needs for it to match.
//!
//! The walk mirrors how `rsigma-eval` evaluates a rule. Conditions on `event_type` and `kind`
//! are decided outright, because the kind is known; everything else may hold or not. Whatever
//! is not understood needs nothing, so the rule is evaluated.

use super::fold;
use super::model::{Field, KEYWORD_SURFACES, Row, Surface};
use super::needs::{Literal, Need, Pattern, Reach};
use super::regexes::{Literals, Memo};
use crate::record::{Event, Kind, Role};
use regex::Regex;
use rsigma_eval::matcher::GroupMode;
use rsigma_eval::{CompiledDetection, CompiledDetectionItem, CompiledMatcher, CompiledRule};
use rsigma_parser::{ConditionExpr, Quantifier};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What an event needs for `rule` to match it, by the kind's place in [`Kind::ALL`]. Kinds
/// that the rule does not tell apart share one need.
pub(super) fn needs(rule: &CompiledRule, memo: &Memo) -> Vec<Arc<Need>> {
    let mut known: Vec<(Signature, Arc<Need>)> = Vec::new();
    let of_kind = |kind: &Kind| {
        let event = Event::new(*kind, Role::Other);
        let walk = Walk { rule, kind: *kind, row: Row::new(&event), memo };
        let signature = walk.signature();
        if let Some((_, need)) = known.iter().find(|(same, _)| *same == signature) {
            return Arc::clone(need);
        }
        let conditions = rule.conditions.iter().map(|condition| walk.condition(condition));
        let need = Arc::new(Need::or(conditions));
        known.push((signature, Arc::clone(&need)));
        need
    };
    Kind::ALL.iter().map(of_kind).collect()
}

/// All that a need can depend on beside the rule: what its conditions on the kind come to, and
/// whether the content of a part is the arguments of a call.
type Signature = (bool, Vec<Option<bool>>);

struct Walk<'a> {
    rule: &'a CompiledRule,
    kind: Kind,
    /// An empty event of the kind, to decide conditions on the kind itself.
    row: Row<'a>,
    memo: &'a Memo,
}

impl Walk<'_> {
    fn signature(&self) -> Signature {
        let mut detections: Vec<_> = self.rule.detections.iter().collect();
        detections.sort_by_key(|(name, _)| *name);
        let mut decided = Vec::new();
        for (_, detection) in detections {
            self.decisions(detection, &mut decided);
        }
        (self.kind == Kind::ToolCall, decided)
    }

    fn decisions(&self, detection: &CompiledDetection, out: &mut Vec<Option<bool>>) {
        match detection {
            CompiledDetection::AllOf(items) => {
                out.extend(items.iter().map(|item| self.decide_item(item)));
            }
            CompiledDetection::AnyOf(parts) | CompiledDetection::And(parts) => {
                parts.iter().for_each(|part| self.decisions(part, out));
            }
            CompiledDetection::Keywords(_)
            | CompiledDetection::ArrayMatch { .. }
            | CompiledDetection::Conditional { .. } => {}
        }
    }

    fn condition(&self, expr: &ConditionExpr) -> Need {
        match expr {
            ConditionExpr::And(parts) => Need::all(parts.iter().map(|part| self.condition(part))),
            ConditionExpr::Or(parts) => Need::or(parts.iter().map(|part| self.condition(part))),
            ConditionExpr::Not(inner) => match self.decide(inner) {
                Some(true) => Need::Never,
                _ => Need::Nothing,
            },
            ConditionExpr::Identifier(name) => match self.rule.detections.get(name) {
                Some(detection) => self.detection(detection),
                None => Need::Never,
            },
            ConditionExpr::Selector { quantifier, pattern } => {
                // By name: what is kept of too much depends on the order.
                let mut matching: Vec<_> = self.rule.detections.iter().collect();
                matching.retain(|(name, _)| pattern.matches_detection_name(name));
                matching.sort_by_key(|(name, _)| *name);
                let matching = matching.into_iter();
                let needs = matching.map(|(_, detection)| self.detection(detection));
                match quantifier {
                    Quantifier::All => Need::all(needs),
                    Quantifier::Count(0) => Need::Nothing,
                    Quantifier::Any | Quantifier::Count(_) => Need::or(needs),
                }
            }
        }
    }

    /// The value of a condition, if it only depends on the kind of the event.
    fn decide(&self, expr: &ConditionExpr) -> Option<bool> {
        match expr {
            ConditionExpr::Identifier(name) => match self.rule.detections.get(name) {
                Some(CompiledDetection::AllOf(items)) => {
                    let decided: Option<Vec<bool>> =
                        items.iter().map(|item| self.decide_item(item)).collect();
                    decided.map(|values| values.into_iter().all(|value| value))
                }
                _ => None,
            },
            ConditionExpr::Not(inner) => self.decide(inner).map(|value| !value),
            _ => None,
        }
    }

    fn decide_item(&self, item: &CompiledDetectionItem) -> Option<bool> {
        let field = item.field.as_deref()?;
        let about_kind = matches!(field, "event_type" | "kind");
        if !about_kind || item.exists.is_some() || !is_pure(&item.matcher) {
            return None;
        }
        let value = rsigma_eval::Event::get_field(&self.row, field)?;
        Some(item.matcher.matches(&value, &self.row))
    }

    fn detection(&self, detection: &CompiledDetection) -> Need {
        match detection {
            CompiledDetection::AllOf(items) => Need::all(items.iter().map(|item| self.item(item))),
            CompiledDetection::AnyOf(parts) => {
                Need::or(parts.iter().map(|part| self.detection(part)))
            }
            CompiledDetection::And(parts) => {
                Need::all(parts.iter().map(|part| self.detection(part)))
            }
            CompiledDetection::Keywords(matcher) => self.keyword(matcher),
            CompiledDetection::ArrayMatch { .. } | CompiledDetection::Conditional { .. } => {
                Need::Nothing
            }
        }
    }

    fn item(&self, item: &CompiledDetectionItem) -> Need {
        match self.decide_item(item) {
            Some(true) => return Need::Nothing,
            Some(false) => return Need::Never,
            None => {}
        }
        if item.exists.is_some() {
            return Need::Nothing;
        }
        let Some(name) = item.field.as_deref() else { return self.keyword(&item.matcher) };
        let Some(surface) = Field::of(name).and_then(Field::surface) else {
            return Need::Nothing;
        };
        let surface = surface.on(self.kind);
        if surface == Surface::Arguments && self.kind != Kind::ToolCall {
            // The field is absent, and only `null` matches an absent field.
            let null = matches!(item.matcher, CompiledMatcher::Null);
            return if null { Need::Nothing } else { Need::Never };
        }
        matcher(&item.matcher, Place { surfaces: &[surface], raw: true, memo: self.memo })
    }

    fn keyword(&self, keyword: &CompiledMatcher) -> Need {
        let surfaces: Vec<Surface> =
            KEYWORD_SURFACES.iter().map(|surface| surface.on(self.kind)).collect();
        matcher(keyword, Place { surfaces: &surfaces, raw: true, memo: self.memo })
    }
}

/// Where a matcher looks.
#[derive(Clone, Copy)]
struct Place<'s> {
    /// In one of these texts.
    surfaces: &'s [Surface],
    /// Whether they are matched as they are, not in lower case.
    raw: bool,
    memo: &'s Memo,
}

/// What must occur for `matcher` to match.
fn matcher(matcher_: &CompiledMatcher, place: Place<'_>) -> Need {
    use CompiledMatcher as M;
    match matcher_ {
        M::Exact { value, .. }
        | M::Contains { value, .. }
        | M::StartsWith { value, .. }
        | M::EndsWith { value, .. } => occurs(value, place),
        M::Regex(regex) => pattern(regex.as_str(), Some(regex), place),
        M::AhoCorasickSet { needles, .. } => {
            Need::or(needles.iter().map(|needle| occurs(needle, place)))
        }
        M::RegexSetMatch { set, mode } => {
            several(*mode, set.patterns().iter().map(|regex| pattern(regex, None, place)))
        }
        M::AnyOf(matchers) => {
            several(GroupMode::Any, matchers.iter().map(|child| matcher(child, place)))
        }
        M::AllOf(matchers) => {
            several(GroupMode::All, matchers.iter().map(|child| matcher(child, place)))
        }
        M::CaseInsensitiveGroup { children, mode } => {
            let place = Place { raw: false, ..place };
            several(*mode, children.iter().map(|child| matcher(child, place)))
        }
        M::Cidr(_)
        | M::NumericEq(_)
        | M::NumericGt(_)
        | M::NumericGte(_)
        | M::NumericLt(_)
        | M::NumericLte(_)
        | M::Exists(_)
        | M::FieldRef { .. }
        | M::Null
        | M::BoolEq(_)
        | M::Expand { .. }
        | M::TimestampPart { .. }
        | M::Not(_) => Need::Nothing,
    }
}

fn several(mode: GroupMode, needs: impl Iterator<Item = Need>) -> Need {
    match mode {
        GroupMode::Any => Need::or(needs),
        GroupMode::All => Need::all(needs),
    }
}

fn occurs(literal: &str, place: Place<'_>) -> Need {
    Need::group(one_of(std::iter::once(literal), place), None)
}

fn pattern(source: &str, regex: Option<&Regex>, place: Place<'_>) -> Need {
    let known = place.memo.literals(source);
    let Literals { strings, prefixes, longest, one_line } = &*known;
    let mut clauses: Vec<BTreeSet<Literal>> =
        strings.iter().filter_map(|set| one_of(set.iter().map(String::as_str), place)).collect();
    if place.raw {
        // What a character begins with says nothing about a text in lower case.
        clauses.extend(prefixes.iter().map(|set| on_surfaces(set, place)));
    }
    let reach = longest.map(Reach::Bytes).or(one_line.then_some(Reach::Line));
    let pattern = match (regex, reach) {
        (Some(regex), Some(reach)) if place.raw => Some(Pattern { regex: regex.clone(), reach }),
        _ => None,
    };
    Need::group(clauses, pattern)
}

/// The spellings of `literals` in all texts of the place; `None` if one has none.
fn one_of<'l>(
    literals: impl Iterator<Item = &'l str>,
    place: Place<'_>,
) -> Option<BTreeSet<Literal>> {
    let mut union = BTreeSet::new();
    for literal in literals {
        union.extend(fold::spellings(literal)?.into_iter().map(String::into_bytes));
    }
    Some(on_surfaces(&union, place))
}

fn on_surfaces(texts: &BTreeSet<Vec<u8>>, place: Place<'_>) -> BTreeSet<Literal> {
    let surfaces = place.surfaces.iter();
    surfaces.flat_map(|surface| texts.iter().map(|text| (*surface, text.clone()))).collect()
}

/// Whether a matcher only looks at the value it is given.
fn is_pure(matcher: &CompiledMatcher) -> bool {
    use CompiledMatcher as M;
    match matcher {
        M::Exact { .. }
        | M::Contains { .. }
        | M::StartsWith { .. }
        | M::EndsWith { .. }
        | M::Regex(_)
        | M::AhoCorasickSet { .. }
        | M::RegexSetMatch { .. } => true,
        M::Not(inner) => is_pure(inner),
        M::AnyOf(children) | M::AllOf(children) | M::CaseInsensitiveGroup { children, .. } => {
            children.iter().all(is_pure)
        }
        _ => false,
    }
}
