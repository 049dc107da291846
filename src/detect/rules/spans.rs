//! Where in a text a matcher matched, for quoting. Only used on what has matched already.

use regex::{Regex, RegexBuilder};
use rsigma_eval::CompiledMatcher;
use std::ops::Range;

/// The first span of `text` that makes `matcher` match; `None` if it matches for a reason that
/// is no place in the text (a negation, a number).
pub(super) fn find(matcher: &CompiledMatcher, text: &str) -> Option<Range<usize>> {
    use CompiledMatcher as M;
    let whole = || (!text.is_empty()).then_some(0..text.len());
    match matcher {
        M::Contains { value, .. } => literal(value, text),
        M::Exact { .. } | M::Cidr(_) | M::Expand { .. } => whole(),
        M::StartsWith { value, .. } => literal(value, text).filter(|span| span.start == 0),
        M::EndsWith { value, .. } => {
            let from = text.len().saturating_sub(value.len());
            let from = (0..=from).rev().find(|at| text.is_char_boundary(*at))?;
            Some(from..text.len())
        }
        M::Regex(regex) => first(regex, text),
        M::AhoCorasickSet { needles, .. } => {
            earliest(needles.iter().filter_map(|needle| literal(needle, text)))
        }
        M::RegexSetMatch { set, .. } => {
            let patterns = set.patterns().iter();
            earliest(patterns.filter_map(|pattern| first(&Regex::new(pattern).ok()?, text)))
        }
        M::AnyOf(children) | M::AllOf(children) | M::CaseInsensitiveGroup { children, .. } => {
            earliest(children.iter().filter_map(|child| find(child, text)))
        }
        _ => None,
    }
}

fn first(regex: &Regex, text: &str) -> Option<Range<usize>> {
    regex.find(text).map(|found| found.range())
}

fn earliest(spans: impl Iterator<Item = Range<usize>>) -> Option<Range<usize>> {
    spans.min_by_key(|span| (span.start, span.end))
}

fn literal(value: &str, text: &str) -> Option<Range<usize>> {
    if let Some(at) = text.find(value) {
        return Some(at..at + value.len());
    }
    let regex = RegexBuilder::new(&regex::escape(value)).case_insensitive(true).build().ok()?;
    first(&regex, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_fall_on_raw_bytes_whatever_the_case() {
        let contains = |value: &str| CompiledMatcher::Contains {
            value: value.to_owned(),
            case_insensitive: true,
        };
        assert_eq!(find(&contains("straße"), "Die STRAßE"), Some(4..11));
        let both = CompiledMatcher::AllOf(vec![contains("two"), contains("one")]);
        assert_eq!(find(&both, "one and two"), Some(0..3));
        let not = CompiledMatcher::Not(Box::new(contains("x")));
        assert_eq!(find(&not, "abc"), None);
    }
}
