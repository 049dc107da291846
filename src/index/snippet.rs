//! Where in a text a query matches: the best fragment, with byte ranges to highlight.
//!
//! The text is cut into the same tokens as when it was indexed and every phrase of the query is
//! looked for among them, so that what is highlighted is what made the row match. Ranges refer
//! to the text as stored; escaping it for a terminal or a page is the caller's job.

use super::analyzer::index_tokens;
use super::query::{Needle, Query};
use super::schema::Field;
use std::collections::BTreeMap;
use std::ops::Range;
use tantivy::tokenizer::Token;

/// Most occurrences of one token that are looked at in one text.
const MAX_PLACES: usize = 20_000;

/// A piece of a text, with what matched in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The piece, as a byte range of the text, cut at characters and where possible at spaces.
    pub range: Range<usize>,
    /// What matched, as byte ranges of the text inside `range`: ascending, not overlapping.
    pub highlights: Vec<Range<usize>>,
}

/// The piece of at most `max_bytes` with the most different matches, or `None` if nothing in
/// this text matches (the row may match by another column). A match longer than `max_bytes` is
/// highlighted as far as it goes.
#[must_use]
pub fn snippet(text: &str, field: Field, query: &Query, max_bytes: usize) -> Option<Snippet> {
    let hits = hits(text, field, query);
    let range = best_range(text, &hits, max_bytes)?;
    let inside =
        hits.iter().map(|hit| hit.range.start.max(range.start)..hit.range.end.min(range.end));
    let highlights = merged(inside.filter(|hit| !hit.is_empty()));
    Some(Snippet { range, highlights })
}

/// Everything that matches in a text, as byte ranges: ascending, not overlapping.
#[must_use]
pub fn highlights(text: &str, field: Field, query: &Query) -> Vec<Range<usize>> {
    merged(hits(text, field, query).into_iter().map(|hit| hit.range))
}

/// A match of one needle.
#[derive(Debug, Clone)]
struct Hit {
    range: Range<usize>,
    needle: usize,
}

/// All matches, by where they begin.
fn hits(text: &str, field: Field, query: &Query) -> Vec<Hit> {
    let needles = query.needles(field);
    let mut places: Vec<Places> = needles.iter().map(|needle| Places::new(needle)).collect();
    index_tokens(field, text, &mut |token| places.iter_mut().for_each(|p| p.note(token)));
    let mut hits: Vec<Hit> = Vec::new();
    for (needle, places) in places.iter().enumerate() {
        hits.extend(places.matches().map(|range| Hit { range, needle }));
    }
    hits.sort_by_key(|hit| (hit.range.start, hit.range.end, hit.needle));
    hits
}

/// Whether a needle occurs in a text: what the index answers, worked out the slow way.
#[cfg(test)]
pub(super) fn occurs(text: &str, field: Field, needle: &Needle) -> bool {
    let mut places = Places::new(needle);
    let mut any = false;
    index_tokens(field, text, &mut |token| {
        any = true;
        places.note(token);
    });
    if needle.terms.is_empty() { any } else { places.matches().next().is_some() }
}

/// Where the tokens of a needle stand in a text: position to byte range, per token.
struct Places<'q> {
    needle: &'q Needle,
    found: Vec<BTreeMap<usize, Range<usize>>>,
}

impl<'q> Places<'q> {
    fn new(needle: &'q Needle) -> Self {
        Self { needle, found: vec![BTreeMap::new(); needle.terms.len()] }
    }

    fn note(&mut self, token: &Token) {
        let last = self.found.len().saturating_sub(1);
        for (at, ((_, term), found)) in self.needle.terms.iter().zip(&mut self.found).enumerate() {
            let prefix = self.needle.prefix && at == last;
            let same = if prefix { token.text.starts_with(term) } else { token.text == *term };
            if same && found.len() < MAX_PLACES {
                found.insert(token.position, token.offset_from..token.offset_to);
            }
        }
    }

    /// Byte ranges of the matches.
    fn matches(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        // A stretched phrase is shown by its words; the row is known to match.
        let each = (self.needle.slop > 0).then_some(&self.found);
        let words = each.into_iter().flatten().flat_map(BTreeMap::values).cloned();
        let exact = (self.needle.slop == 0).then_some(&self.found);
        let first = exact.and_then(|found| found.first());
        let starts = first.into_iter().flatten();
        words.chain(starts.filter_map(|(position, range)| self.phrase(*position, range)))
    }

    /// The phrase that begins at `position`, if the other tokens are where they belong.
    fn phrase(&self, position: usize, first: &Range<usize>) -> Option<Range<usize>> {
        let mut whole = first.clone();
        for ((offset, _), found) in self.needle.terms.iter().zip(&self.found) {
            let range = found.get(&(position + offset))?;
            whole = whole.start.min(range.start)..whole.end.max(range.end);
        }
        Some(whole)
    }
}

/// Joins ranges, which come by their start, where they overlap or touch.
fn merged(ranges: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// The window with the most different needles, then the most hits, then the first one.
fn best_range(text: &str, hits: &[Hit], max_bytes: usize) -> Option<Range<usize>> {
    let mut best: Option<((usize, usize), Range<usize>)> = None;
    let mut end = 0;
    let mut seen: BTreeMap<usize, usize> = BTreeMap::new();
    for (start, first) in hits.iter().enumerate() {
        while let Some(hit) =
            hits.get(end).filter(|h| h.range.end <= first.range.start + max_bytes || end == start)
        {
            *seen.entry(hit.needle).or_default() += 1;
            end += 1;
        }
        let score = (seen.len(), end - start);
        let last = hits.get(end - 1)?.range.end;
        if best.as_ref().is_none_or(|(known, _)| score > *known) {
            best = Some((score, first.range.start..last));
        }
        if let Some(count) = seen.get_mut(&first.needle) {
            *count -= 1;
            if *count == 0 {
                seen.remove(&first.needle);
            }
        }
    }
    Some(with_context(text, best?.1, max_bytes))
}

/// Widens a range to `max_bytes`, a third before and the rest behind, at spaces if there are
/// any near.
fn with_context(text: &str, core: Range<usize>, max_bytes: usize) -> Range<usize> {
    let spare = max_bytes.saturating_sub(core.len());
    let behind_there_is = text.len().saturating_sub(core.end);
    let before = (spare / 3).max(spare.saturating_sub(behind_there_is)).min(core.start);
    let start = text.ceil_char_boundary(core.start - before);
    let end = text.floor_char_boundary((start + max_bytes).min(text.len()));
    let start = start.min(core.start);
    let gap = |piece: &str| piece.find(char::is_whitespace);
    let lead = text.get(start..core.start).filter(|_| start > 0).and_then(gap);
    let tail = text.get(core.end..end).filter(|_| end < text.len());
    let tail = tail.and_then(|piece| piece.rfind(char::is_whitespace));
    let start = lead.map_or(start, |at| skip_space(text, start + at));
    start..tail.map_or(end, |at| core.end + at).max(start)
}

fn skip_space(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.len() - rest.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marked(text: &str, query: &str, max_bytes: usize) -> Option<String> {
        let found = snippet(text, Field::Text, &Query::parse(query).unwrap(), max_bytes)?;
        let mut out = String::new();
        let mut at = found.range.start;
        for hit in &found.highlights {
            out += &format!("{}[{}]", &text[at..hit.start], &text[hit.clone()]);
            at = hit.end;
        }
        Some(out + &text[at..found.range.end])
    }

    #[test]
    fn words_phrases_and_prefixes_are_marked() {
        let text = "The model must not be detected before Deployment.";
        assert_eq!(
            marked(text, "deployment \"not be\"", 100).unwrap(),
            "The model must [not be] detected before [Deployment]."
        );
        assert_eq!(
            marked(text, "\"be det\"*", 100).unwrap(),
            "The model must not [be detected] before Deployment."
        );
        assert_eq!(
            marked(text, "model NOT must", 100).unwrap(),
            "The [model] must not be detected before Deployment."
        );
        assert_eq!(marked(text, "reasoning:model", 100), None);
        assert_eq!(marked(text, "\"detected not\"", 100), None);
    }

    #[test]
    fn identifiers_and_cjk_are_marked_as_written() {
        assert_eq!(marked("see getUserName()", "userName", 100).unwrap(), "see get[UserName]()");
        assert_eq!(marked("see getUserName()", "GETUSERNAME", 100).unwrap(), "see [getUserName]()");
        assert_eq!(marked("部署到生产环境", "生产环境", 100).unwrap(), "部署到[生产环境]");
        assert_eq!(marked("部署到生产环境", "产", 100).unwrap(), "部署到生[产]环境");
        assert_eq!(marked("ｉｇｎｏｒｅ it", "ignore", 100).unwrap(), "[ｉｇｎｏｒｅ] it");
    }

    #[test]
    fn the_fragment_with_the_most_different_matches_wins() {
        let filler = "word ".repeat(100);
        let text = format!("alpha {filler} alpha alpha {filler} then alpha near beta {filler}");
        let found = marked(&text, "alpha beta", 60).unwrap();
        assert!(found.contains("[alpha] near [beta]"), "{found}");
        assert!(found.len() <= 60 + 4);
    }

    #[test]
    fn a_match_longer_than_the_fragment_is_cut() {
        let text = "aa bb cc dd ee ff";
        let found =
            snippet(text, Field::Text, &Query::parse("\"aa bb cc dd\"").unwrap(), 5).unwrap();
        assert_eq!(found.range, 0..5);
        assert_eq!(found.highlights.first(), Some(&(0..5)));
    }

    proptest! {
        #[test]
        fn ranges_are_always_valid(text in "[a-c é東 _A-C.]{0,120}", query in "[a-c東]{1,3}|\"a b\"|a\\*", max in 0usize..50) {
            let Ok(query) = Query::parse(&query) else { return Ok(()) };
            if let Some(found) = snippet(&text, Field::Text, &query, max) {
                prop_assert!(text.get(found.range.clone()).is_some());
                prop_assert!(found.range.len() <= max);
                for hit in &found.highlights {
                    prop_assert!(text.get(hit.clone()).is_some());
                    prop_assert!(hit.start >= found.range.start && hit.end <= found.range.end);
                }
            }
        }
    }
}
