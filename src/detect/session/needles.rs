//! Many strings looked for in the texts of one session, letter case of ASCII aside.
//!
//! What a session's actions name is looked for in that session and in no other, so that an automaton mostly costs more to
//! build than it saves: a sorted list is narrowed byte by byte instead, from places where a word begins, and most places
//! are left at the first byte. Texts on which that takes long are written to make it so, and get the automaton.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};

/// Bytes that may be compared for each byte of text, and from the start, before the automaton is built.
const STEPS_PER_BYTE: usize = 2;
const STEPS: usize = 4 << 10;

/// Needles in order, those with the same first byte beside each other.
#[derive(Debug)]
pub(super) struct Needles {
    /// Folded, with the number each was given.
    sorted: Vec<(Vec<u8>, usize)>,
    /// Where the needles of a first byte begin; one more at the end.
    starts: Vec<usize>,
    /// Bytes that may still be compared.
    steps: usize,
    automaton: Option<AhoCorasick>,
}

impl Needles {
    /// Numbers the needles as they come; an empty one is never found.
    pub(super) fn of<'t>(needles: impl IntoIterator<Item = &'t str>) -> Self {
        let fold = |(number, text): (usize, &str)| (text.to_ascii_lowercase().into_bytes(), number);
        let mut sorted: Vec<(Vec<u8>, usize)> = needles
            .into_iter()
            .enumerate()
            .filter(|(_, text)| !text.is_empty())
            .map(fold)
            .collect();
        sorted.sort_unstable();
        let starts = (0..=256_usize)
            .map(|byte| sorted.partition_point(|(text, _)| usize::from(text[0]) < byte))
            .collect();
        Self { sorted, starts, steps: STEPS, automaton: None }
    }

    fn texts(&self) -> impl ExactSizeIterator<Item = &Vec<u8>> {
        self.sorted.iter().map(|(needle, _)| needle)
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// Calls `take` with the number, start and end of every needle in a text that begins where `is_start` says so of
    /// the characters on either side; those of one needle come in order.
    pub(super) fn each(
        &mut self,
        text: &str,
        is_start: impl Fn(Option<char>, char) -> bool,
        mut take: impl FnMut(usize, usize, usize),
    ) {
        self.steps = self.steps.saturating_add(text.len().saturating_mul(STEPS_PER_BYTE));
        let mut before = None;
        for (start, c) in text.char_indices() {
            if self.steps == 0 {
                match self.automaton.take().or_else(|| automaton(self.texts())) {
                    Some(all) => {
                        self.by_automaton(&all, text, start, is_start, take);
                        self.automaton = Some(all);
                        return;
                    }
                    // Too many for an automaton: slow, but nothing is missed.
                    None => self.steps = usize::MAX,
                }
            }
            if is_start(before, c) {
                let steps = self.each_at(text.as_bytes(), start, |number, length| {
                    take(number, start, start + length);
                });
                self.steps = self.steps.saturating_sub(steps);
            }
            before = Some(c);
        }
    }

    /// The same from a place on.
    fn by_automaton(
        &self,
        all: &AhoCorasick,
        text: &str,
        from: usize,
        is_start: impl Fn(Option<char>, char) -> bool,
        mut take: impl FnMut(usize, usize, usize),
    ) {
        for found in all.find_overlapping_iter(&text[from..]) {
            let (start, end) = (from + found.start(), from + found.end());
            let (Some(head), Some(tail)) = (text.get(..start), text.get(start..)) else { continue };
            if tail.chars().next().is_some_and(|c| is_start(head.chars().next_back(), c)) {
                take(self.sorted[found.pattern().as_usize()].1, start, end);
            }
        }
    }

    /// Calls `take` with the number and the length of every needle that stands at byte `at` of a text, the shortest first;
    /// gives how many bytes were compared.
    fn each_at(&self, text: &[u8], at: usize, mut take: impl FnMut(usize, usize)) -> usize {
        let first = text.get(at).map_or(0, |byte| usize::from(byte.to_ascii_lowercase()));
        let mut left = &self.sorted[self.starts[first]..self.starts[first + 1]];
        let mut length = 1;
        loop {
            while let Some(((_, number), others)) =
                left.split_first().filter(|((needle, _), _)| needle.len() == length)
            {
                take(*number, length);
                left = others;
            }
            let (Some((low, _)), Some((high, _))) = (left.first(), left.last()) else {
                return length;
            };
            let Some(byte) = text.get(at + length).map(u8::to_ascii_lowercase) else {
                return length;
            };
            if low[length] != byte || high[length] != byte {
                let from = left.partition_point(|(needle, _)| needle[length] < byte);
                let to = left.partition_point(|(needle, _)| needle[length] <= byte);
                left = &left[from..to];
            }
            length += 1;
        }
    }
}

/// An automaton for strings that are looked for in one session: a table of all its transitions would not pay.
pub(super) fn automaton<T: AsRef<[u8]>>(
    needles: impl ExactSizeIterator<Item = T>,
) -> Option<AhoCorasick> {
    if needles.len() == 0 {
        return None;
    }
    AhoCorasickBuilder::new()
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .match_kind(MatchKind::Standard)
        .ascii_case_insensitive(true)
        .build(needles)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(needles: &[String], text: &str, steps: usize) -> Vec<(usize, usize, usize)> {
        let mut all = Needles::of(needles.iter().map(String::as_str));
        let mut found = Vec::new();
        all.steps = steps;
        all.each(
            text,
            |before, _| before != Some('b'),
            |number, start, end| {
                found.push((start, end, number));
            },
        );
        found.sort_unstable();
        found
    }

    #[test]
    fn needles_within_needles_and_twice_are_all_found() {
        let needles = ["Ab", "abc", "ab", "", "bc", "c"].map(str::to_owned);
        let expected =
            [(1, 3, 0), (1, 3, 2), (1, 4, 1), (2, 4, 4), (3, 4, 5), (5, 7, 0), (5, 7, 2)];
        assert_eq!(found(&needles, "xaBC ab", STEPS), expected);
        assert!(Needles::of([""]).is_empty() && !Needles::of(["a"]).is_empty());
    }

    #[test]
    fn what_shares_long_beginnings_with_the_text_gets_the_automaton() {
        let needles: Vec<String> = (1..300).map(|count| ".".repeat(count) + "b").collect();
        let mut all = Needles::of(needles.iter().map(String::as_str));
        let mut count = 0;
        all.each(&".".repeat(1 << 16), |_, _| true, |_, _, _| count += 1);
        assert!(count == 0 && all.automaton.is_some());
        let mut few = Needles::of(["report.csv", "mail"]);
        few.each(&"send the report by mail, ".repeat(1 << 10), |_, _| true, |_, _, _| count += 1);
        assert!(count == 1 << 10 && few.automaton.is_none());
    }

    proptest! {
        #[test]
        fn finds_what_comparing_everything_finds(
            needles in proptest::collection::vec("[abAé]{0,4}", 0..24),
            text in "[abABé ]{0,40}",
        ) {
            let folded = text.to_ascii_lowercase();
            let mut expected = Vec::new();
            for (at, _) in text.char_indices().filter(|(at, _)| !text[..*at].ends_with('b')) {
                for (number, needle) in needles.iter().enumerate().filter(|(_, n)| !n.is_empty()) {
                    if folded[at..].starts_with(&needle.to_ascii_lowercase()) {
                        expected.push((at, at + needle.len(), number));
                    }
                }
            }
            expected.sort_unstable();
            // With nothing to begin with the automaton mostly takes over on the way.
            prop_assert_eq!(&found(&needles, &text, 0), &expected);
            prop_assert_eq!(&found(&needles, &text, STEPS), &expected);
        }
    }
}
