//! The stages of a sweep one by one, over the demo corpus: cut, parse, read, Arrow, rules, index.

#![allow(missing_docs, reason = "the macros of criterion make functions without")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use reveille::corpus;
use reveille::detect::rules::RuleSet;
use reveille::formats::json;
use reveille::index::SplitWriter;
use reveille::ingest::cut::{Cutter, Position};
use reveille::ingest::source::{self, Job, Options};
use reveille::record::Event;
use reveille::record::columns::{RunStamp, batch_of};
use std::hint::black_box;

/// All line-delimited text of the demo corpus.
fn lines() -> Vec<u8> {
    let files = corpus::demo(1);
    let jsonl = files.iter().filter(|file| file.path.ends_with(".jsonl"));
    jsonl.flat_map(|file| file.bytes.iter().copied().chain([b'\n'])).collect()
}

fn events(folder: &std::path::Path) -> Vec<Event> {
    let mut events = Vec::new();
    for found in reveille::ingest::walk::walk(&[folder.to_owned()], None, |_| None).files {
        let job = Job {
            path: found.path,
            size: found.size,
            mtime_micros: found.mtime_micros,
            head: Vec::new(),
            resume: None,
            prefix: None,
        };
        let read = source::read(&job, &Options::default(), &mut |mut chunk| {
            events.append(&mut chunk.events);
            Ok(())
        });
        assert!(read.is_ok());
    }
    events
}

fn cutting_and_parsing(c: &mut Criterion) {
    let text = lines();
    let mut group = c.benchmark_group("records");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("cut", |b| {
        b.iter(|| {
            let hasher = blake3::Hasher::new();
            let mut cutter = Cutter::new(&text[..], 1 << 28, Position::default(), hasher);
            let mut pieces = 0;
            while let Some(piece) = cutter.next_piece() {
                pieces += piece.bytes.len();
                if piece.cut == reveille::ingest::cut::Cut::Pending {
                    break;
                }
            }
            black_box(pieces)
        });
    });
    let text = String::from_utf8_lossy(&text).into_owned();
    group.bench_function("parse", |b| {
        b.iter(|| text.lines().filter(|line| json::parse(line).is_ok()).count());
    });
    group.finish();
}

fn from_events(c: &mut Criterion) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora/demo");
    let events = events(&folder);
    let bytes: usize = events.iter().map(|event| event.text_len()).sum();
    let rules = RuleSet::embedded();
    let batch = batch_of(&events, &RunStamp::default()).unwrap_or_else(|e| panic!("{e}"));
    let mut group = c.benchmark_group("events");
    group.throughput(Throughput::Bytes(bytes as u64));
    group
        .bench_function("arrow", |b| b.iter(|| batch_of(black_box(&events), &RunStamp::default())));
    group.bench_function("rules", |b| b.iter(|| rules.scan(black_box(&events)).len()));
    group.bench_function("index", |b| {
        b.iter_batched(
            || SplitWriter::new(256 << 20),
            |mut writer| {
                writer.add(&batch).unwrap_or_else(|e| panic!("{e}"));
                writer.finish().map(|bytes| bytes.len()).unwrap_or_default()
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, cutting_and_parsing, from_events);
criterion_main!(benches);
