//! Tests of reading a source: byte-level trouble, all built here.

use super::super::container::Limits;
use super::Options;
use super::testing::{Outcome, read_job, read_with};
use std::io::Write as _;

/// A line of a Claude Code session, padded to be no toy.
fn line(n: u32) -> String {
    format!(
        r#"{{"uuid":"00000000-0000-4000-8000-{n:012}","parentUuid":null,"sessionId":"11111111-1111-4111-8111-111111111111","type":"user","timestamp":"2026-01-01T00:00:00Z","message":{{"role":"user","content":"text {n}"}}}}"#
    )
}

fn lines(count: u32) -> String {
    (0..count).map(|n| line(n) + "\n").collect()
}

/// Reads, and checks that every byte of the logical stream is explained.
fn read(bytes: &[u8], stream: u64) -> Outcome {
    let found = read_with(bytes, &Options::default());
    assert_eq!(found.progress.counts.total_bytes(), stream, "{:?}", found.progress.counts);
    found
}

fn text(bytes: &[u8]) -> Outcome {
    read(bytes, bytes.len() as u64)
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn an_unfinished_tail_waits_until_the_source_is_finished() {
    let cut = lines(2) + "{\"uuid\":\"x";
    let found = text(cut.as_bytes());
    assert_eq!((found.events.len(), found.reasons()), (2, Vec::new()));
    assert_eq!(found.progress.counts.pending_bytes, 10);
    let found = read_with(cut.as_bytes(), &Options { finished: true, ..Options::default() });
    assert_eq!((found.events.len(), found.reasons()), (2, vec!["truncated_tail"]));
    assert_eq!(found.rejected[0].place.offset, lines(2).len() as u64);
}

#[test]
fn a_record_inside_a_torn_line_is_salvaged_and_its_parts_are_not() {
    let (outer, inner) = (line(1), line(2));
    let (a, b) = outer.split_at(60);
    let found = text(format!("{a}{inner}{b}\n").as_bytes());
    assert_eq!(found.events.len(), 1);
    assert_eq!(found.events[0].flags, ["salvaged"]);
    assert_eq!(found.events[0].byte_offset, 60);
    assert!(found.rejected[0].salvaged);
    assert_eq!(found.reasons(), ["json_syntax"]);
}

#[test]
fn a_record_behind_a_log_prefix_is_salvaged() {
    let found = text(format!("2026-01-01 INFO {}\n[main] {}\n", line(1), line(2)).as_bytes());
    assert_eq!(found.events.len(), 2);
    assert_eq!(found.reasons(), ["not_json"; 2]);
}

#[test]
fn lines_that_are_no_records_are_rejected_in_runs() {
    let chatter = "[2026-01-01 10:00:00] starting\nplain\n\n# comment\n[INFO] up\n";
    let found = text(format!("{chatter}{}{chatter}42\n", lines(2)).as_bytes());
    assert_eq!((found.events.len(), found.reasons()), (2, vec!["not_json"; 2]));
    assert_eq!(found.rejected[0].place.len, chatter.trim_end().len() as u64);
    let long = text("words and words\n".repeat(100_000).as_bytes());
    assert!(long.rejected.len() < 30, "{}", long.rejected.len());
    assert!(long.rejected.iter().all(|rejected| rejected.bytes.len() <= 64 << 10));
}

#[test]
fn utf16_is_transcoded_and_places_count_its_own_bytes() {
    let source = format!("\u{feff}{}\r\n{}\r\n", line(1), line(2));
    let bytes: Vec<u8> = source.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let found = read(&bytes, source.len() as u64);
    let first = line(1).len() as i64 * 2;
    let places: Vec<_> = found.events.iter().map(|e| (e.byte_offset, e.byte_len)).collect();
    assert_eq!(places, [(2, first), (2 + first + 4, first)]);
    assert!(found.events.iter().all(|e| e.flags == ["transcoded"]));
}

#[test]
fn gzip_of_several_members_and_zstd_of_several_frames_are_one_stream() {
    let (one, two) = (line(1) + "\n", line(2) + "\n");
    let stream = (one.len() + two.len()) as u64;
    let members = [gzip(one.as_bytes()), gzip(two.as_bytes())].concat();
    assert_eq!(read(&members, stream).events.len(), 2);
    let frames: Vec<u8> =
        [one, two].iter().flat_map(|t| zstd::encode_all(t.as_bytes(), 3).unwrap()).collect();
    assert_eq!(read(&frames, stream).events.len(), 2);
}

#[test]
fn what_was_decompressed_before_a_fault_is_kept_and_read_on_later() {
    let whole = lines(200);
    let packed = gzip(whole.as_bytes());
    let cut = read_with(&packed[..packed.len() / 2], &Options::default());
    let kept = cut.events.len();
    assert!(kept > 10 && kept < 190, "{kept}");
    assert_eq!((cut.reasons(), cut.progress.status), (vec!["decompress_error"], "failed"));
    assert_eq!(cut.rejected[0].place.offset, cut.progress.last_offset);
    // The rest of the upload arrives.
    let state =
        super::super::state::SourceState::parse(cut.progress.state.as_deref().unwrap()).unwrap();
    let rest = read_job(&packed, &Options::default(), |job| super::Job {
        resume: Some(state.clone()),
        ..job
    });
    assert_eq!((kept + rest.events.len(), rest.progress.status), (200, "complete"));
    assert_eq!(rest.progress.counts.total_bytes(), whole.len() as u64);
}

#[test]
fn a_truncated_zstd_gives_its_whole_blocks() {
    let whole = lines(20_000);
    let packed = zstd::encode_all(whole.as_bytes(), 1).unwrap();
    let found = read_with(&packed[..packed.len() / 2], &Options::default());
    assert!(found.events.len() > 1000, "{}", found.events.len());
    assert_eq!(found.reasons(), ["decompress_error"]);
}

#[test]
fn a_bomb_is_read_up_to_its_limit() {
    let bomb = [lines(3).into_bytes(), vec![b' '; 8 << 20], lines(1).into_bytes()].concat();
    let limits = Limits { ratio: 10, free: 1 << 20 };
    let found = read_with(&gzip(&bomb), &Options { limits, ..Options::default() });
    assert_eq!((found.events.len(), found.reasons()), (3, vec!["decompression_limit"]));
    assert_eq!(found.progress.counts.total_bytes(), 1 << 20);
}

#[test]
fn nul_padding_deep_nesting_and_long_lines_cost_only_themselves() {
    let nested = "[".repeat(5000);
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(3 << 20));
    let bytes = format!("{}{}\n{nested}\n{long}\n{}", lines(1), "\0".repeat(512), line(2));
    let options = Options { max_record: 1 << 20, ..Options::default() };
    let found = read_with(bytes.as_bytes(), &options);
    assert_eq!(found.reasons(), ["nul_padding", "nesting_limit", "line_too_long"]);
    assert_eq!(found.events.len(), 2);
    assert_eq!(found.progress.counts.total_bytes(), bytes.len() as u64);
    let message = found.rejected[0].reason.to_string();
    assert_eq!(message, "512 NUL bytes");
}

#[test]
fn oddities_are_flagged_and_the_record_is_kept() {
    let with = |content: &str| line(1).replace("text 1", content);
    for (content, flag) in [
        ("cut \\ud83d emoji", "lone_surrogate"),
        ("a\tb", "lenient_json"),
        ("x\",\"content\":\"y", "duplicate_keys"),
        ("x\",\"n\":1e999,\"m\":\"", "nonfinite_number"),
    ] {
        let found = text(with(content).as_bytes());
        assert_eq!((found.events.len(), found.reasons()), (1, Vec::new()), "{flag}");
        assert_eq!(found.events[0].flags, [flag]);
    }
    let mut bytes = with("caf?").into_bytes();
    let at = bytes.iter().rposition(|b| *b == b'?').unwrap();
    bytes[at] = 0xe9;
    let found = text(&bytes);
    assert_eq!(found.events[0].text.as_deref(), Some("caf\u{fffd}"));
    assert_eq!(found.events[0].flags, ["lossy_utf8"]);
}

#[test]
fn what_is_no_text_is_named_in_one_row() {
    for (bytes, what) in [(&b"SQLite format 3\0 and pages"[..], "sqlite"), (b"PAR1....", "parquet")]
    {
        let found = text(bytes);
        assert_eq!(
            (found.reasons(), found.progress.status),
            (vec!["unsupported_format"], "unsupported")
        );
        assert!(found.rejected[0].reason.to_string().contains(what));
    }
    assert_eq!(text(b"").progress.status, "empty");
}

#[test]
fn records_in_the_wrapper_of_a_collector_are_read_with_what_it_says() {
    let two = serde_json::to_string(&lines(2)).unwrap();
    let wrapped =
        format!("{{\"log\":{two},\"hostname\":\"h1\",\"@timestamp\":\"2026-11-20T10:00:00Z\"}}\n");
    let found = text(wrapped.as_bytes());
    assert_eq!((found.events.len(), found.reasons()), (2, Vec::new()));
    let [first, second] = &found.events[..] else { panic!() };
    assert_eq!(first.source_format, "claude_code");
    assert_eq!(first.host_name.as_deref(), Some("h1"));
    assert_eq!(second.ts_observed, Some(1_795_168_800_000_000));
    let named = |name: &str| first.attrs.iter().any(|(key, _)| key == name);
    assert!(named("collector_@timestamp") && named("collector_hostname"));
    assert_eq!(found.progress.counts.records, 1);
}

#[test]
fn a_stream_of_events_is_one_record_and_waits_for_its_end() {
    let chunk = |text: &str| {
        format!(
            "data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"
        )
    };
    let open = chunk("he") + &chunk("llo");
    let done = format!("{open}data: [DONE]\n\n");
    let found = text((done.clone() + &lines(1)).as_bytes());
    assert_eq!(found.events[0].text.as_deref(), Some("hello"));
    assert_eq!(found.events[0].flags, ["incomplete_stream"]);
    assert_eq!((found.events.len(), found.reasons()), (2, Vec::new()));
    assert_eq!(text(open.as_bytes()).progress.counts.pending_bytes, open.len() as u64);
    let found = read_with(open.as_bytes(), &Options { finished: true, ..Options::default() });
    assert_eq!(found.events.len(), 1);
    assert_eq!(found.progress.counts.total_bytes(), open.len() as u64);
}

#[test]
fn an_array_of_events_is_one_session_and_one_of_records_is_many() {
    let event = |id: u32, rest: &str| format!(r#"{{"id":{id},"source":"agent",{rest}}}"#);
    let call = event(0, r#""action":"run","args":{"command":"ls"}"#);
    let result = event(1, r#""observation":"run","cause":0,"content":"a","extras":{}"#);
    let found = text(format!("[\n  {call},\n  {result}\n]\n").as_bytes());
    assert_eq!((found.events.len(), found.reasons()), (2, Vec::new()));
    assert_eq!(found.events[0].session_id, found.events[1].session_id);
    assert_eq!(found.events[1].tool_call_event_id, Some(found.events[0].event_id));
    let turns = r#"[[{"role":"user","content":"hi"}]]"#;
    let record = |id: u32| format!(r#"{{"id":{id},"goal":"g","label":0,"contents":{turns}}}"#);
    let found = text(format!("[{},{}]", record(1), record(2)).as_bytes());
    assert_eq!((found.events.len(), found.reasons()), (4, Vec::new()));
    assert_ne!(found.events[0].session_id, found.events[2].session_id);
}
