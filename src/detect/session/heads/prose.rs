//! Words and pairs of words of what the agent says, hashed: which ones they were is kept nowhere.
//!
//! Addresses, dates, sums, ids and numbers become one word each, so that a head learns how agents
//! talk and not whom they talked to.

use super::super::words::is_dense;
use super::blocks::MAX_TOKENS;

/// Buckets of a block.
pub(super) const BUCKETS: usize = 1 << 16;
/// Characters of a word that count.
const MAX_WORD: usize = 20;

/// Buckets with how often they come, by number.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Buckets {
    pub(super) counts: Vec<(u16, u32)>,
    /// Whether there were more than [`MAX_TOKENS`].
    pub(super) is_cut: bool,
}

/// The buckets of some texts; at most [`MAX_TOKENS`] words and pairs.
pub(super) fn count<'t>(texts: impl Iterator<Item = &'t str>) -> Buckets {
    let mut found: Vec<u16> = Vec::new();
    let mut is_cut = false;
    each(texts, &mut |bucket, _| {
        is_cut = found.len() == MAX_TOKENS;
        if !is_cut {
            found.push(bucket);
        }
        !is_cut
    });
    found.sort_unstable();
    let counts = found.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect();
    Buckets { counts, is_cut }
}

/// The first word or pair of the texts that falls into a bucket.
pub(super) fn named<'t>(texts: impl Iterator<Item = &'t str>, wanted: u16) -> Option<String> {
    let mut name = None;
    each(texts, &mut |bucket, words| {
        if bucket == wanted {
            name = Some(words.join(" "));
        }
        name.is_none()
    });
    name
}

/// Calls `take` with every word and pair of words until it says no.
fn each<'t>(texts: impl Iterator<Item = &'t str>, take: &mut dyn FnMut(u16, &[&str]) -> bool) {
    let mut goes_on = true;
    for text in texts {
        let mut last = String::new();
        let mut state = None;
        masked(text, &mut |word| {
            let alone = hash(OFFSET, word);
            goes_on = goes_on && take(bucket(alone), &[word]);
            if let Some(before) = state {
                let pair = hash(hash(before, " "), word);
                goes_on = goes_on && take(bucket(pair), &[&last, word]);
            }
            state = Some(alone);
            last.clear();
            last.push_str(word);
            goes_on
        });
        if !goes_on {
            return;
        }
    }
}

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, going on from a state.
fn hash(state: u64, text: &str) -> u64 {
    text.bytes()
        .fold(state, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

fn bucket(hash: u64) -> u16 {
    (hash % BUCKETS as u64) as u16
}

/// Calls `take` with every word in lower case, masked, until it says no.
fn masked(text: &str, take: &mut dyn FnMut(&str) -> bool) {
    let mut word = String::with_capacity(MAX_WORD);
    for chunk in text.split_whitespace() {
        // Most are plain words: looked at once, byte by byte.
        let has = |wanted: u8| chunk.as_bytes().contains(&wanted);
        let goes_on = if chunk.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            lower(chunk, &mut word);
            take(&word)
        } else if let Some(at) = url(chunk) {
            plain(&chunk[..at], &mut word, take) && take("xurl")
        } else if has(b'@') && is_mail(chunk) {
            take("xmail")
        } else {
            plain(chunk, &mut word, take)
        };
        if !goes_on {
            return;
        }
    }
}

fn lower(text: &str, word: &mut String) {
    word.clear();
    let lower = text.chars().flat_map(char::to_lowercase);
    word.extend(lower.map(|c| if c == '’' { '\'' } else { c }).take(MAX_WORD));
}

/// Where an address of the web begins.
fn url(chunk: &str) -> Option<usize> {
    // Searching is dear, and hardly any word has one of these inside.
    let inside = &chunk.as_bytes()[..chunk.len().saturating_sub(1)];
    if !inside.iter().any(|byte| matches!(byte, b':' | b'.')) {
        return None;
    }
    ["http://", "https://", "www."].iter().filter_map(|start| chunk.find(start)).min()
}

fn is_mail(chunk: &str) -> bool {
    let Some((name, host)) = chunk.split_once('@') else { return false };
    let dot = host.char_indices().skip(1).find(|(_, c)| *c == '.');
    let after = dot.and_then(|(at, _)| host[at + 1..].chars().next());
    !name.is_empty() && after.is_some_and(char::is_alphanumeric)
}

/// The words of a piece of text without spaces; false once `take` says no.
fn plain(chunk: &str, word: &mut String, take: &mut dyn FnMut(&str) -> bool) -> bool {
    let mut rest = chunk;
    while let Some(c) = rest.chars().next() {
        let (len, goes_on) = if c.is_alphanumeric() {
            one(rest, word, take)
        } else if let Some(len) = money(rest) {
            (len, take("xmoney"))
        } else {
            (c.len_utf8(), true)
        };
        if !goes_on {
            return false;
        }
        rest = &rest[len..];
    }
    true
}

fn prefix(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn money(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(['$', '€', '£'])?;
    let len = prefix(rest, |c| c.is_ascii_digit() || matches!(c, '.' | ','));
    (len > 0).then_some(text.len() - rest.len() + len)
}

/// A date, an id, a number or a word at the beginning of `text`: its length, and whether to go on.
fn one(text: &str, word: &mut String, take: &mut dyn FnMut(&str) -> bool) -> (usize, bool) {
    if let Some(len) = date(text) {
        return (len, take("xdate"));
    }
    let run = &text[..prefix(text, |c| c.is_alphanumeric() || matches!(c, '_' | '-'))];
    let run = run.trim_end_matches('-');
    let has = |is: fn(&u8) -> bool| run.as_bytes().iter().any(is);
    if run.len() >= 4 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) {
        return (run.len(), take("xid"));
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let len = prefix(text, |c| c.is_ascii_digit() || matches!(c, '.' | ',' | ':'));
        return (len, take("xnum"));
    }
    let len = word_len(text);
    lower(&text[..len], word);
    (len, take(word))
}

fn date(text: &str) -> Option<usize> {
    let head = text.as_bytes().get(..10)?;
    let fits = head.iter().enumerate().all(|(at, byte)| match at {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let time = text.get(10..).filter(|rest| fits && rest.starts_with('T'));
    let more = time
        .map_or(0, |rest| 1 + prefix(&rest[1..], |c| c.is_ascii_digit() || matches!(c, ':' | '.')));
    fits.then_some(10 + more)
}

/// Bytes of the word that `text` begins with: letters, and more behind an apostrophe; one sign of a
/// script without spaces.
fn word_len(text: &str) -> usize {
    if let Some(first) = text.chars().next().filter(|c| is_dense(*c)) {
        return first.len_utf8();
    }
    let is_letter = |c: char| c.is_alphanumeric() && !c.is_ascii_digit() && !is_dense(c);
    let len = prefix(text, is_letter);
    let Some(rest) = text[len..].strip_prefix(['\'', '’']) else { return len };
    match prefix(rest, is_letter) {
        0 => len,
        more => text.len() - rest.len() + more,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut out = Vec::new();
        masked(text, &mut |word| {
            out.push(word.to_owned());
            true
        });
        out
    }

    #[test]
    fn what_names_somebody_or_counts_something_is_masked() {
        let text = "I’ve sent $1,200.50 to m.k@halden.example (https://a.example/x?y=1) on \
                    2026-05-02T10:00, for ORDER-77A1 and 3 one-way seats. Don't wait";
        let wanted =
            "i've sent xmoney to xmail xurl on xdate for xid and xnum one way seats don't wait";
        assert_eq!(words(text).join(" "), wanted);
    }

    #[test]
    fn scripts_without_spaces_and_odd_texts_are_read_to_the_end() {
        assert_eq!(words("已发送 report"), ["已", "发", "送", "report"]);
        assert_eq!(words("a1 _x_ ' @ $ - 日3"), ["a", "xnum", "x", "日", "xnum"]);
        assert_eq!(words(""), Vec::<String>::new());
    }

    #[test]
    fn buckets_have_their_words_again() {
        let text = "Your order is on its way. Your order is paid.";
        let buckets = count([text].into_iter()).counts;
        let twice: Vec<String> = buckets
            .iter()
            .filter(|(_, count)| *count == 2)
            .filter_map(|(bucket, _)| named([text].into_iter(), *bucket))
            .collect();
        assert_eq!(twice.len(), 5, "{twice:?}");
        assert!(twice.contains(&"your order".to_owned()), "{twice:?}");
        assert_eq!(buckets.iter().map(|(_, count)| count).sum::<u32>(), 10 + 9);
    }

    #[test]
    fn no_more_than_the_cap_is_read() {
        let text = "word ".repeat(MAX_TOKENS);
        let counts = count([text.as_str()].into_iter());
        let total: u32 = counts.counts.iter().map(|(_, count)| count).sum();
        assert_eq!((total as usize, counts.is_cut), (MAX_TOKENS, true));
    }
}
