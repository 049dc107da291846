//! Many strings looked for at chosen places of a text, letter case of ASCII aside.
//!
//! What a session's actions name is looked for in that session and in no other, so that an automaton would cost more to
//! build than it saves: a sorted list is narrowed byte by byte instead, and most places are left at the first one. The
//! time for a place grows with what is found there and with the longest needle that begins as the text goes on.

/// Needles in order, those with the same first byte beside each other.
#[derive(Debug)]
pub(super) struct Needles {
    /// Folded, with the number each was given.
    sorted: Vec<(Vec<u8>, usize)>,
    /// Where the needles of a first byte begin; one more at the end.
    starts: Vec<usize>,
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
        Self { sorted, starts }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// Calls `take` with the number and the length of every needle that stands at byte `at` of a text, the shortest first.
    pub(super) fn each_at(&self, text: &[u8], at: usize, mut take: impl FnMut(usize, usize)) {
        let Some(first) = text.get(at).map(|byte| usize::from(byte.to_ascii_lowercase())) else {
            return;
        };
        let mut left = &self.sorted[self.starts[first]..self.starts[first + 1]];
        let mut length = 1;
        loop {
            while let Some(((_, number), others)) =
                left.split_first().filter(|((needle, _), _)| needle.len() == length)
            {
                take(*number, length);
                left = others;
            }
            let (Some((low, _)), Some((high, _))) = (left.first(), left.last()) else { return };
            let Some(byte) = text.get(at + length).map(u8::to_ascii_lowercase) else { return };
            if low[length] != byte || high[length] != byte {
                let from = left.partition_point(|(needle, _)| needle[length] < byte);
                let to = left.partition_point(|(needle, _)| needle[length] <= byte);
                left = &left[from..to];
            }
            length += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(needles: &[String], text: &str) -> Vec<(usize, usize, usize)> {
        let all = Needles::of(needles.iter().map(String::as_str));
        let mut found = Vec::new();
        for at in 0..text.len() {
            all.each_at(text.as_bytes(), at, |number, length| {
                found.push((at, at + length, number))
            });
        }
        found
    }

    #[test]
    fn needles_within_needles_and_twice_are_all_found() {
        let needles = ["Ab", "abc", "ab", "", "bc", "c"].map(str::to_owned);
        let expected =
            [(1, 3, 0), (1, 3, 2), (1, 4, 1), (2, 4, 4), (3, 4, 5), (5, 7, 0), (5, 7, 2)];
        assert_eq!(found(&needles, "xaBC ab"), expected);
        assert!(Needles::of([""]).is_empty() && !Needles::of(["a"]).is_empty());
    }

    proptest! {
        #[test]
        fn finds_what_comparing_everything_finds(
            needles in proptest::collection::vec("[abAé]{0,4}", 0..24),
            text in "[abABé ]{0,40}",
        ) {
            let folded = text.to_ascii_lowercase();
            let mut expected = Vec::new();
            for at in 0..folded.len() {
                for (number, needle) in needles.iter().enumerate().filter(|(_, n)| !n.is_empty()) {
                    if folded.as_bytes()[at..].starts_with(needle.to_ascii_lowercase().as_bytes()) {
                        expected.push((at, at + needle.len(), number));
                    }
                }
            }
            expected.sort_unstable();
            prop_assert_eq!(found(&needles, &text), expected);
        }
    }
}
