//! Tests of cutting: every byte accounted for, whatever the input and however it arrives.

use super::*;
use proptest::prelude::*;

/// Hands out at most `step` bytes at a time.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.len().min(self.1).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

type Seen = (Cut, String, u64, u64);

fn cut_all(text: &[u8], step: usize, limit: u64) -> (Vec<Seen>, u64, u64) {
    let hasher = blake3::Hasher::new();
    let mut cutter = Cutter::new(Slow(text, step), limit, Position::default(), hasher);
    let mut seen = Vec::new();
    let mut bytes = 0;
    while let Some(piece) = cutter.next_piece() {
        let text = String::from_utf8_lossy(piece.bytes).into_owned();
        seen.push((piece.cut, text, piece.line, piece.offset));
        bytes += piece.len;
        if piece.cut == Cut::Pending {
            break;
        }
    }
    (seen, bytes, cutter.blank())
}

fn texts(text: &str) -> Vec<(Cut, String)> {
    let (seen, bytes, blank) = cut_all(text.as_bytes(), 7, 1 << 20);
    assert_eq!(bytes + blank, text.len() as u64, "{text}");
    seen.into_iter().map(|(cut, text, ..)| (cut, text)).collect()
}

fn record(text: &str) -> (Cut, String) {
    (Cut::Record, text.to_owned())
}

#[test]
fn lines_concatenated_values_and_pretty_values_are_records() {
    assert_eq!(texts("{\"a\":1}\r\n\n{\"b\":2}\n"), [record("{\"a\":1}"), record("{\"b\":2}")]);
    assert_eq!(texts("{\"a\":1}{\"b\":2}"), [record("{\"a\":1}"), record("{\"b\":2}")]);
    let pretty = "{\n  \"a\": [\n    {\"x\": \"}\"}\n  ]\n}";
    assert_eq!(texts(&format!("{pretty}\n{pretty}\n")), [record(pretty), record(pretty)]);
}

#[test]
fn an_array_of_records_is_opened_and_one_of_messages_is_not() {
    let records = "[\n {\"id\":1,\"messages\":[]},\n {\"id\":2,\"messages\":[]}\n]\n";
    assert_eq!(
        texts(records),
        [record("{\"id\":1,\"messages\":[]}"), record("{\"id\":2,\"messages\":[]}")]
    );
    let messages = "[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"assistant\"}]";
    assert_eq!(texts(messages), [record(messages)]);
    assert_eq!(texts("[1]\n42\n"), [record("[1]"), (Cut::Bad(BadKind::NotJson), "42".into())]);
}

#[test]
fn a_line_that_was_cut_costs_only_itself() {
    let cut = "{\"a\":\"br\n{\"b\":2}\n";
    assert_eq!(texts(cut), [record("{\"a\":\"br"), record("{\"b\":2}")]);
    let outside = "{\"a\":1,\n{\"b\":2}\n";
    assert_eq!(texts(outside), [record("{\"a\":1,"), record("{\"b\":2}")]);
    let array = "{\"a\":[1,\n{\"b\":2}\n{\"c\":3}\n";
    assert_eq!(texts(array), [record("{\"a\":[1,"), record("{\"b\":2}"), record("{\"c\":3}")]);
}

#[test]
fn an_unfinished_end_is_pending_and_not_consumed() {
    let text = b"{\"a\":1}\n{\"b\":\"unfini";
    let mut cutter = Cutter::new(&text[..], 1 << 20, Position::default(), blake3::Hasher::new());
    assert_eq!(cutter.next_piece().unwrap().cut, Cut::Record);
    let pending = cutter.next_piece().unwrap();
    assert_eq!((pending.cut, pending.line, pending.len), (Cut::Pending, 2, 12));
    assert_eq!(cutter.position().offset, 8);
    assert_eq!(cutter.content_hash(), *blake3::hash(&text[..8]).as_bytes());
}

#[test]
fn nul_bytes_and_long_lines_are_skipped_with_their_length() {
    let nul = format!("{{\"a\":1}}\n{}{{\"b\":2}}\n", "\0".repeat(512));
    let (seen, ..) = cut_all(nul.as_bytes(), 100, 1 << 20);
    assert_eq!(seen[1].0, Cut::Bad(BadKind::Nul));
    assert_eq!(seen[1].1.len(), 512);
    assert_eq!(seen[2].1, "{\"b\":2}");
    let long = format!("{{\"a\":\"{}\"}}\n{{\"b\":2}}\n", "x".repeat(5 << 20));
    let (seen, bytes, blank) = cut_all(long.as_bytes(), 1 << 16, 1 << 20);
    assert_eq!(seen[0].0, Cut::Bad(BadKind::TooLong));
    assert_eq!(seen[1].1, "{\"b\":2}");
    assert_eq!(bytes + blank, long.len() as u64);
}

#[test]
fn a_byte_order_mark_is_blank() {
    let (seen, _, blank) = cut_all(b"\xef\xbb\xbf{\"a\":1}\n", 1, 1 << 20);
    assert_eq!((seen[0].3, blank), (3, 4));
}

proptest! {
    #[test]
    fn every_byte_is_accounted_for_however_it_arrives(
        parts in prop::collection::vec(
            prop_oneof![
                Just("{\"a\":1}"), Just("\n"), Just("{"), Just("}"), Just("["), Just("]"),
                Just("\""), Just("\\"), Just(","), Just(":"), Just("x"), Just("\0"), Just("é"),
                Just("{\"b\":[{\"c\":\"}\"}]}\n"), Just("\u{feff}"),
            ], 0..40),
        step in 1usize..50,
    ) {
        let text = parts.concat();
        let (whole, bytes, blank) = cut_all(text.as_bytes(), 1 << 20, 1 << 20);
        prop_assert_eq!(bytes + blank, text.len() as u64);
        let (slow, ..) = cut_all(text.as_bytes(), step, 1 << 20);
        prop_assert_eq!(whole, slow);
    }
}
