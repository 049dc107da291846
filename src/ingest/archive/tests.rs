//! Tests of archives, all built here byte by byte: what writers, crashes and attackers leave.

use super::super::container::Limits;
use super::super::source::testing::{Outcome, read_with};
use super::super::source::{Job, Options};
use crate::record::Event;
use std::io::Write as _;

const HEADER: &str =
    r#"{"version":2,"status":"started","eval":{"eval_id":"ev","task":"t","model":"m"}}"#;

fn sample(id: u32, answer: &str) -> String {
    format!(
        r#"{{"id":{id},"epoch":1,"input":"q","target":"","messages":[{{"role":"user","content":"q"}},{{"role":"assistant","content":"{answer}"}}]}}"#
    )
}

/// Builds an archive; the directory lists members in the order in which they were added.
#[derive(Default)]
struct Zip {
    bytes: Vec<u8>,
    central: Vec<u8>,
    count: u16,
}

/// How a member is written.
#[derive(Clone, Copy)]
struct Member<'a> {
    name: &'a str,
    method: u16,
    flags: u16,
    /// As packed.
    data: &'a [u8],
    crc: u32,
    size: u32,
}

impl<'a> Member<'a> {
    fn stored(name: &'a str, data: &'a [u8]) -> Self {
        let (crc, size) = (crc(data), data.len() as u32);
        Self { name, method: 0, flags: 0, data, crc, size }
    }

    fn packed(name: &'a str, method: u16, data: &'a [u8], plain: &[u8]) -> Self {
        Self { name, method, flags: 0, data, crc: crc(plain), size: plain.len() as u32 }
    }
}

fn crc(data: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(data);
    sum.sum()
}

impl Zip {
    fn add(mut self, member: Member<'_>) -> Self {
        let offset = self.bytes.len() as u32;
        self.local(member);
        self.list(member, offset);
        self
    }

    /// A member without a line in the directory.
    fn local(&mut self, member: Member<'_>) {
        let behind = member.flags & 8 != 0;
        let told = |value: u32| if behind { 0 } else { value };
        self.bytes.extend(b"PK\x03\x04\x14\0");
        for half in [member.flags, member.method, 0, 0] {
            self.bytes.extend(half.to_le_bytes());
        }
        let len = member.data.len() as u32;
        for word in [told(member.crc), told(len), told(member.size)] {
            self.bytes.extend(word.to_le_bytes());
        }
        self.bytes.extend((member.name.len() as u16).to_le_bytes());
        self.bytes.extend([0, 0]);
        self.bytes.extend(member.name.as_bytes());
        self.bytes.extend(member.data);
        if behind {
            self.bytes.extend(b"PK\x07\x08");
            for word in [member.crc, len, member.size] {
                self.bytes.extend(word.to_le_bytes());
            }
        }
    }

    fn list(&mut self, member: Member<'_>, offset: u32) {
        let central = &mut self.central;
        central.extend(b"PK\x01\x02\x14\0\x14\0");
        for half in [member.flags, member.method, 0, 0] {
            central.extend(half.to_le_bytes());
        }
        for word in [member.crc, member.data.len() as u32, member.size] {
            central.extend(word.to_le_bytes());
        }
        central.extend((member.name.len() as u16).to_le_bytes());
        central.extend([0; 12]);
        central.extend(offset.to_le_bytes());
        central.extend(member.name.as_bytes());
        self.count += 1;
    }

    fn finish(mut self) -> Vec<u8> {
        let start = self.bytes.len() as u32;
        let len = self.central.len() as u32;
        self.bytes.append(&mut self.central);
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend(self.count.to_le_bytes());
        self.bytes.extend(self.count.to_le_bytes());
        self.bytes.extend(len.to_le_bytes());
        self.bytes.extend(start.to_le_bytes());
        self.bytes.extend([0, 0]);
        self.bytes
    }
}

fn read(bytes: &[u8]) -> Outcome {
    read_with(bytes, &Options::default())
}

fn zstd(parts: &[&[u8]]) -> Vec<u8> {
    parts.iter().flat_map(|part| zstd::encode_all(*part, 3).unwrap()).collect()
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn of_two_members_with_one_name_the_last_counts_and_the_first_is_evidence() {
    let (first, second) = (sample(1, "FIRST"), sample(1, "SECOND"));
    let archive = Zip::default()
        .add(Member::stored("samples/1_epoch_1.json", first.as_bytes()))
        .add(Member::stored("samples/1_epoch_1.json", second.as_bytes()))
        .add(Member::stored("header.json", HEADER.as_bytes()))
        .finish();
    let found = read(&archive);
    assert_eq!(found.reasons(), Vec::<&str>::new());
    let answers: Vec<_> = found.events.iter().filter(|e| e.role_name() == "assistant").collect();
    let texts: Vec<_> = answers.iter().map(|e| (e.text.as_deref(), e.branch_name())).collect();
    assert_eq!(texts, [(Some("FIRST"), "superseded"), (Some("SECOND"), "active")]);
    assert_ne!(answers[0].event_id, answers[1].event_id);
    // The header was read first, though it comes last.
    assert!(found.events.iter().all(|e| e.session_id == "ev/1/1"));
    let bytes = first.len() + second.len() + HEADER.len();
    assert_eq!(found.progress.counts.total_bytes(), bytes as u64);
}

#[test]
fn a_member_of_several_zstd_frames_is_read_to_its_end() {
    let text = sample(1, &"x".repeat(500));
    let (a, b) = text.as_bytes().split_at(100);
    let packed = zstd(&[a, b]);
    let archive = Zip::default()
        .add(Member::packed("samples/1_epoch_1.json", 93, &packed, text.as_bytes()))
        .finish();
    let found = read(&archive);
    assert_eq!((found.events.len(), found.reasons()), (2, Vec::new()));
    assert_eq!(found.progress.counts.record_bytes, text.len() as u64);
}

#[test]
fn a_member_that_is_not_what_the_archive_says_keeps_its_rows_and_is_told_of() {
    let text = sample(1, "a");
    let wrong = Member { crc: 7, ..Member::stored("a.json", text.as_bytes()) };
    let short = Member { size: 1, ..Member::stored("b.json", text.as_bytes()) };
    let found = read(&Zip::default().add(wrong).add(short).finish());
    assert_eq!(found.progress.counts.records, 2);
    assert_eq!(found.reasons(), ["decompress_error"; 2]);
}

#[test]
fn without_a_directory_members_are_found_by_their_own_headers() {
    let (one, two, three) = (sample(1, "one"), sample(2, "two"), sample(3, "three"));
    let packed = deflate(two.as_bytes());
    let mut zip = Zip::default();
    zip.local(Member::stored("header.json", HEADER.as_bytes()));
    zip.local(Member::stored("samples/1_epoch_1.json", one.as_bytes()));
    let behind = Member::packed("samples/2_epoch_1.json", 8, &packed, two.as_bytes());
    zip.local(Member { flags: 8, ..behind });
    zip.local(Member::stored("samples/3_epoch_1.json", three.as_bytes()));
    let whole = zip.bytes.len();
    let found = read(&zip.bytes);
    assert_eq!(found.events.len(), 6);
    assert!(found.events.iter().all(|e| e.flags.contains(&"recovered")));
    assert_eq!(found.reasons(), ["decompress_error"]);
    // Cut in the last member: the others are whole.
    let found = read(&zip.bytes[..whole - 20]);
    assert_eq!(found.events.len(), 4);
    assert_eq!(found.reasons(), ["decompress_error", "decompress_error"]);
    assert_eq!(found.progress.status, "failed");
    let told = found.progress.counts.total_bytes() as usize;
    assert_eq!(told, HEADER.len() + one.len() + two.len() + three.len() - 20);
}

#[test]
fn a_header_that_was_never_completed_is_measured() {
    let text = sample(1, "a");
    let mut zip = Zip::default();
    // Zeros, as a writer leaves them that is killed before it goes back.
    zip.local(Member { crc: 0, size: 0, ..Member::stored("a.json", text.as_bytes()) });
    let at = 18;
    zip.bytes[at..at + 4].fill(0);
    let found = read(&zip.bytes);
    assert_eq!((found.events.len(), found.reasons()), (2, vec!["decompress_error"]));
}

#[test]
fn names_that_lead_out_of_the_archive_are_refused() {
    let text = sample(1, "a");
    let names = ["../x.json", "/etc/x", "a/../../x", "C:x", "..\\x", "a\u{1b}[2J", ""];
    let zip = names
        .iter()
        .fold(Zip::default(), |zip, name| zip.add(Member::stored(name, text.as_bytes())));
    let found = read(&zip.add(Member::stored("a..b/c.json", text.as_bytes())).finish());
    assert_eq!(found.reasons(), ["bad_member_name"; 7]);
    assert_eq!(found.progress.counts.records, 1);
}

#[test]
fn encrypted_and_foreign_members_are_named_and_the_others_read() {
    let text = sample(1, "a");
    let plain = Member::stored("a.json", text.as_bytes());
    let png = b"\x89PNG\r\n\x1a\n and so on";
    let archive = Zip::default()
        .add(Member { flags: 1, name: "b.json", ..plain })
        .add(Member { method: 12, name: "c.json", ..plain })
        .add(Member::stored("d.png", png))
        .add(Member::stored("e.zip", b"PK\x03\x04 and so on"))
        .add(Member::stored("folder/", b""))
        .add(plain)
        .finish();
    let found = read(&archive);
    assert_eq!(found.reasons(), ["unsupported_format"; 4]);
    assert_eq!(found.progress.counts.records, 1);
}

#[test]
fn compressed_members_are_opened_like_files() {
    let text = sample(1, "a");
    let packed = zstd(&[text.as_bytes()]);
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let archive = Zip::default()
        .add(Member::stored("a.jsonl.zst", &packed))
        .add(Member::stored("b.jsonl", &utf16))
        .finish();
    let found = read(&archive);
    assert_eq!((found.progress.counts.records, found.reasons()), (2, Vec::new()));
    assert!(found.events[2].flags.contains(&"transcoded"));
}

#[test]
fn bombs_end_at_their_limit_however_many_there_are() {
    let text = sample(1, "a");
    let bomb = vec![b' '; 4 << 20];
    let packed = deflate(&bomb);
    let names: Vec<String> = (0..8).map(|n| format!("{n}.json")).collect();
    let zip = names
        .iter()
        .fold(Zip::default().add(Member::stored("a.json", text.as_bytes())), |zip, name| {
            zip.add(Member::packed(name, 8, &packed, &bomb))
        });
    let limits = Limits { ratio: 10, free: 1 << 20 };
    let found = read_with(&zip.finish(), &Options { limits, ..Options::default() });
    assert_eq!(found.progress.counts.records, 1);
    assert_eq!(found.reasons(), ["decompression_limit"; 8]);
    assert!(found.progress.counts.total_bytes() <= 1 << 20);
}

#[test]
fn members_that_share_bytes_are_read_once() {
    let text = sample(1, "a");
    let mut zip = Zip::default().add(Member::stored("a.json", text.as_bytes()));
    zip.list(Member::stored("b.json", text.as_bytes()), 0);
    let found = read(&zip.finish());
    assert_eq!(found.progress.counts.records, 1);
    assert_eq!(found.reasons(), ["decompress_error"]);
}

#[test]
fn an_archive_cut_or_changed_anywhere_never_panics() {
    let (one, two) = (sample(1, "one"), sample(2, "two"));
    let packed = deflate(two.as_bytes());
    let archive = Zip::default()
        .add(Member::stored("header.json", HEADER.as_bytes()))
        .add(Member::stored("samples/1_epoch_1.json", one.as_bytes()))
        .add(Member::packed("samples/2_epoch_1.json", 8, &packed, two.as_bytes()))
        .finish();
    for at in (4..archive.len()).step_by(3) {
        let cut = read(&archive[..at]);
        assert!(!cut.rejected.is_empty(), "cut at {at}");
        let mut changed = archive.clone();
        changed[at] ^= 0xff;
        read(&changed);
    }
}

#[test]
fn the_library_agrees_about_what_it_wrote() {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, method) in [
        ("samples/1_epoch_1.json", zip::CompressionMethod::Stored),
        ("samples/2_epoch_1.json", zip::CompressionMethod::Deflated),
        ("samples/3_epoch_1.json", zip::CompressionMethod::Zstd),
    ] {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(name, options.compression_method(method).large_file(true)).unwrap();
        writer.write_all(sample(1, name).as_bytes()).unwrap();
    }
    writer.set_comment("PK\x05\x06 is not the end").unwrap();
    let archive = writer.finish().unwrap().into_inner();
    let found = read(&archive);
    assert_eq!((found.progress.counts.records, found.reasons()), (3, Vec::new()));
}

#[test]
fn a_copy_of_a_known_archive_is_not_read_again() {
    let text = sample(1, "a");
    let archive = Zip::default().add(Member::stored("a.json", text.as_bytes())).finish();
    let first = read(&archive);
    let state =
        super::super::state::SourceState::parse(first.progress.state.as_deref().unwrap()).unwrap();
    let again = super::super::source::testing::read_job(&archive, &Options::default(), |job| Job {
        resume: Some(state.clone()),
        ..job
    });
    assert!(again.events.is_empty() && again.rejected.is_empty());
    assert_eq!(again.progress.counts, first.progress.counts);
    assert_eq!(again.progress.content_hash, first.progress.content_hash);
}

#[test]
fn each_member_is_a_log_of_its_own() {
    let log = |id: &str| {
        let line = |kind: &str, payload: String| {
            format!(r#"{{"timestamp":"2026-10-01T10:00:00Z","type":"{kind}","payload":{payload}}}"#)
        };
        let meta = format!(r#"{{"id":"{id}","cwd":"/w","originator":"cli","cli_version":"1"}}"#);
        let say =
            r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"go"}]}"#;
        [line("session_meta", meta), line("response_item", say.to_owned())].join("\n")
    };
    let (one, two) = (log("thread-1"), log("thread-2"));
    let chat =
        r#"{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"ho"}]}"#;
    let zip = Zip::default()
        .add(Member::stored("a.jsonl", one.as_bytes()))
        .add(Member::stored("b.jsonl", two.as_bytes()))
        .add(Member::stored("c.jsonl", chat.as_bytes()))
        .add(Member::stored("d.jsonl", chat.as_bytes()));
    let found = read(&zip.finish());
    let of = |member: &str| -> Vec<String> {
        let here = |e: &&Event| e.container_path.as_deref() == Some(member);
        found.events.iter().filter(here).map(|event| event.session_id.clone()).collect()
    };
    assert!(of("a.jsonl").iter().all(|session| session == "thread-1"), "{:?}", of("a.jsonl"));
    assert!(of("b.jsonl").iter().all(|session| session == "thread-2"), "{:?}", of("b.jsonl"));
    assert_eq!((of("a.jsonl").len(), of("b.jsonl").len()), (2, 2));
    assert_eq!(
        (of("c.jsonl").len(), of("d.jsonl").len()),
        (2, 2),
        "the same twice is two sessions"
    );
    let ids: std::collections::BTreeSet<_> = found.events.iter().map(|e| e.event_id).collect();
    assert_eq!(ids.len(), found.events.len());
}
