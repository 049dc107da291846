//! What a second stage reads: which of the windows that pass, and in what letters.
//!
//! Whoever writes a transcript may want the second stage to be busy elsewhere, or to read noise. So labels take
//! turns in choosing windows, its texts are freed of what hides words, and there is an end to both.

use super::cascade::Gate;
use super::words::readable;
use std::cmp::Reverse;
use std::ops::Range;

/// Windows of tokens that are read of one window of words; 160 words of any language fit in.
pub(super) const MOST_ROWS: usize = 4;
/// Bytes of a window of words that are read.
const MOST_BYTES: usize = 8 << 10;

/// A window that the first stage lets pass.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Passed {
    pub(super) text: usize,
    pub(super) bytes: Range<usize>,
    pub(super) scores: Vec<f32>,
}

/// Splits windows into those that are read again and those that are left: of each text up to so many as the
/// gate says, by the labels in turn, each taking the one it wants most of those that are not taken yet.
pub(super) fn choose(gate: &Gate, mut passed: Vec<Passed>) -> (Vec<Passed>, Vec<Passed>) {
    passed.sort_by_key(|one| (one.text, one.bytes.start));
    let mut is_chosen = Vec::with_capacity(passed.len());
    for of_one in passed.chunk_by(|a, b| a.text == b.text) {
        is_chosen.extend(chosen(gate, of_one));
    }
    let mut is_chosen = is_chosen.into_iter();
    passed.into_iter().partition(|_| is_chosen.next().unwrap_or_default())
}

fn chosen(gate: &Gate, windows: &[Passed]) -> Vec<bool> {
    let mut is_chosen = vec![windows.len() <= gate.most; windows.len()];
    if windows.len() <= gate.most {
        return is_chosen;
    }
    let labels = windows[0].scores.len();
    let mut queues: Vec<_> = (0..labels).map(|label| queue(gate, windows, label)).collect();
    let mut count = 0;
    while count < gate.most {
        let before = count;
        for queue in &mut queues {
            let next = queue.find(|at| !is_chosen[*at]);
            if let Some(at) = next.filter(|_| count < gate.most) {
                is_chosen[at] = true;
                count += 1;
            }
        }
        if count == before {
            break;
        }
    }
    is_chosen
}

/// The windows that one label wants read, that which it wants most first.
fn queue(gate: &Gate, windows: &[Passed], label: usize) -> impl Iterator<Item = usize> + use<> {
    let wants = |one: &Passed| gate.wants(label, one.scores[label]);
    let mut all: Vec<(f64, Reverse<usize>)> = windows
        .iter()
        .enumerate()
        .filter_map(|(at, one)| Some((wants(one)?, Reverse(at))))
        .collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    all.into_iter().map(|(_, Reverse(at))| at)
}

/// The letters of a window, and whether it goes on beyond them.
pub(super) fn letters(window: &str) -> (String, bool) {
    let mut plain = readable(window);
    let end = plain.floor_char_boundary(MOST_BYTES.min(plain.len()));
    let is_cut = end < plain.len();
    plain.truncate(end);
    (plain, is_cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::classifier::Cascade;
    use std::collections::BTreeMap;

    fn gate(most: usize) -> Gate {
        let blend = r#"{"first": 1, "second": 1, "bias": 0}"#;
        let written = format!(
            r#"{{"pass": {{"a": 0.2, "b": 0.5}}, "most": {most}, "blend": {{"a": {blend}, "b": {blend}}}}}"#
        );
        let cascade: Cascade = serde_json::from_str(&written).unwrap();
        let labels = ["a".to_owned(), "b".to_owned()];
        cascade.gate(&labels, &BTreeMap::new())
    }

    fn window(text: usize, start: usize, scores: [f32; 2]) -> Passed {
        Passed { text, bytes: start..start + 1, scores: scores.to_vec() }
    }

    #[test]
    fn labels_take_turns_so_that_none_can_be_crowded_out() {
        let decoys = (0..20).map(|at| window(0, at, [0.999, 0.1]));
        let meant = window(0, 50, [0.1, 0.6]);
        let other = window(1, 7, [0.3, 0.1]);
        let all: Vec<Passed> = decoys.chain([other.clone(), meant.clone()]).collect();
        let (again, left) = choose(&gate(3), all);
        assert_eq!(again.iter().map(|one| one.bytes.start).collect::<Vec<_>>(), [0, 1, 50, 7]);
        assert!(again.contains(&meant) && again.contains(&other));
        assert_eq!(left.len(), 18);
    }

    #[test]
    fn labels_that_let_pass_together_take_turns_by_their_scores() {
        let blend = r#"{"first": 1, "second": 1, "bias": 0}"#;
        let written =
            format!(r#"{{"any": 0.5, "most": 2, "blend": {{"a": {blend}, "b": {blend}}}}}"#);
        let cascade: Cascade = serde_json::from_str(&written).unwrap();
        let labels = ["a".to_owned(), "b".to_owned()];
        let hunt = labels.iter().map(|label| (label.clone(), 0.5)).collect();
        let gate = cascade.gate(&labels, &hunt);
        let all = vec![
            window(0, 1, [0.6, 0.3]),
            window(0, 2, [0.7, 0.1]),
            window(0, 3, [0.7, 0.2]),
            window(0, 4, [0.2, 0.6]),
        ];
        let (again, left) = choose(&gate, all);
        assert_eq!(again.iter().map(|one| one.bytes.start).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(left.len(), 2);
    }

    #[test]
    fn a_window_of_which_hardly_anything_is_words_is_short() {
        let noise =
            format!("hide{}it{}{}", ".".repeat(1 << 20), "x".repeat(1 << 20), " 隐".repeat(9));
        let (letters, is_cut) = letters(&noise);
        assert!(letters.len() < 200 && !is_cut, "{}", letters.len());
        assert!(letters.starts_with("hide..") && letters.ends_with("隐"), "{letters}");
        let (cut, is_cut) = super::letters(&"word ".repeat(1 << 16));
        assert!(is_cut && cut.len() <= MOST_BYTES);
        assert_eq!(super::letters(""), (String::new(), false));
    }
}
