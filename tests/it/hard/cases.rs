//! The catalogue of hard cases: a row per file that touches a format or container we read.

use super::{Outcome, is_branch, read, shared};
use reveille::ingest::source::Options;
use reveille::record::{BranchState, ReasoningState, TimeQuality, ToolJoin};

/// A file, how many events it gives, why parts of it are rejected, and what else holds.
type Case = (&'static str, usize, &'static [&'static str], fn(&Outcome));

fn nothing(_: &Outcome) {}

/// Bytes, encodings, containers.
const BYTES: &[Case] = &[
    ("h01_truncated_last_line.jsonl", 2, &[], |o| {
        assert_eq!((o.progress.counts.pending_bytes, o.progress.last_offset), (140, 699));
    }),
    ("h02_truncated_middle_line.jsonl", 2, &["json_eof"], |o| {
        assert_eq!((o.rejected[0].place.line, o.rejected[0].place.offset), (Some(2), 262));
    }),
    ("h03_two_objects_one_line.jsonl", 2, &[], |o| {
        assert_eq!(o.places(), [(1, 0), (1, 261)]);
        assert_eq!(o.flagged("concatenated_records"), [false, true]);
    }),
    ("h04_interleaved_write.jsonl", 1, &["json_syntax"], |o| {
        assert_eq!(o.flagged("salvaged"), [true]);
        assert_eq!((o.rejected[0].place.len, o.rejected[0].salvaged), (697, true));
    }),
    ("h05_crlf.jsonl", 2, &[], |o| assert!(o.raw.iter().all(|raw| raw.ends_with(b"}")))),
    ("h06_utf8_bom.jsonl", 2, &[], |o| assert_eq!(o.places()[0], (1, 3))),
    ("h07_utf16le.jsonl", 2, &[], |o| {
        assert_eq!(o.flagged("transcoded"), [true; 2]);
        assert_eq!((o.places()[1], o.events[1].byte_len), ((2, 526), 872));
    }),
    ("h08_invalid_utf8.jsonl", 2, &[], |o| {
        assert_eq!((o.texts()[1], o.flagged("lossy_utf8")[1]), ("caf\u{fffd}", true));
        assert!(o.raw[1].contains(&0xe9));
    }),
    ("h09_lone_surrogate.jsonl", 2, &[], |o| {
        assert_eq!(o.texts()[1], "pre \u{fffd} post");
        assert!(o.flagged("lone_surrogate")[1]);
    }),
    ("h10_escaped_nul.jsonl", 1, &[], |o| assert_eq!(o.texts(), ["a\0b"])),
    ("h11_raw_nul_padding.jsonl", 2, &["nul_padding"], |o| {
        assert_eq!(o.rejected[0].place.len, 512);
    }),
    ("h12_raw_control_char.jsonl", 1, &[], |o| assert_eq!(o.flagged("lenient_json"), [true])),
    ("h13_blank_and_comment_lines.jsonl", 1, &["not_json"], nothing),
    ("h14_pretty_printed_stream.json", 2, &[], |o| assert_eq!(o.places(), [(1, 0), (15, 314)])),
    ("h15_json_array_of_messages.json", 2, &[], |o| {
        assert_eq!(o.events[0].session_id, o.events[1].session_id);
        assert_ne!(o.events[0].event_id, o.events[1].event_id);
    }),
    ("h16_trailing_comma_array.json", 1, &[], |o| assert_eq!(o.flagged("lenient_json"), [true])),
    ("h17_nan_infinity.jsonl", 1, &[], |o| assert_eq!(o.flagged("nonfinite_number"), [true])),
    ("h18_big_int_and_1e999.jsonl", 1, &[], |o| {
        assert_eq!(o.flagged("nonfinite_number"), [true]);
        assert_eq!(o.events[0].ts.micros, None);
        let id = ("id".to_owned(), "12345678901234567890123".to_owned());
        assert!(o.events[0].attrs.contains(&id));
    }),
    ("h19_duplicate_keys.jsonl", 1, &[], |o| {
        assert_eq!((o.texts(), o.flagged("duplicate_keys")), (vec!["evil"], vec![true]));
    }),
    ("h20_deep_nesting_5000.jsonl", 0, &["nesting_limit"], nothing),
    ("h21_huge_line_8MiB.jsonl.gz", 3, &[], |o| {
        assert!(o.events.iter().all(|e| e.text_len() < 1000));
        assert_eq!(o.kinds()[0], "media");
        assert!(o.events[0].media_sha256.is_some() && o.events[0].media_mime.is_some());
        assert!(o.events[0].media_bytes.is_some_and(|bytes| bytes > 6_000_000));
    }),
    ("gzip_multimember.jsonl.gz", 2, &[], |o| assert_eq!(o.progress.compression, "gzip")),
    ("gzip_truncated.jsonl.gz", 24, &["decompress_error"], |o| {
        assert_eq!((o.rejected[0].place.offset, o.progress.status), (8661, "failed"));
    }),
    ("zstd_multiframe.jsonl.zst", 2, &[], |o| assert_eq!(o.progress.compression, "zstd")),
    // Its only block is cut, so there is nothing before the fault.
    ("zstd_truncated.jsonl.zst", 0, &["decompress_error"], nothing),
    ("gz_wrong_extension.jsonl", 2, &[], nothing),
    ("plain_named_gz.json.gz", 2, &[], nothing),
    ("gzip_bomb_64MiB.json.gz", 0, &["not_json", "decompression_limit"], |o| {
        assert!(o.progress.counts.total_bytes() < 48 << 20);
    }),
    ("zip_duplicate_members.eval", 4, &[], |o| {
        let active: Vec<bool> =
            o.events.iter().map(|e| is_branch(e, BranchState::Active)).collect();
        assert_eq!(active, [false, false, true, true]);
        assert_eq!((o.texts()[1], o.texts()[3]), ("FIRST", "SECOND"));
        assert!(is_branch(&o.events[0], BranchState::Superseded));
    }),
    ("zip_multiframe_zstd.eval", 2, &[], |o| assert_eq!(o.progress.counts.total_bytes(), 898)),
    ("zip_truncated_no_central_dir.eval", 2, &["decompress_error"], |o| {
        assert_eq!(o.flagged("recovered"), [true; 2]);
    }),
    ("zip_slip_and_bomb.eval", 2, &["bad_member_name", "not_json", "decompression_limit"], |o| {
        assert!(o.progress.counts.total_bytes() < 20 << 20);
    }),
    ("h30_chunked_eval_sample.eval", 2, &[], |o| assert_eq!(o.texts(), ["long text q", "yo"])),
    ("empty_file.jsonl", 0, &[], |o| assert_eq!(o.progress.status, "empty")),
    ("binary_sqlite.db", 0, &["unsupported_format"], |o| {
        assert!(o.rejected[0].reason.to_string().contains("sqlite"));
    }),
];

/// What records say and how they hang together.
const MEANING: &[Case] = &[
    ("s01_split_message_usage.jsonl", 4, &[], |o| {
        let output: i64 = o.events.iter().filter_map(|e| e.usage.output).sum();
        assert_eq!(output, 42);
        assert!(o.events[1..].iter().all(|e| e.response_id == o.events[1].response_id));
    }),
    ("s02_parallel_tools_forked_tree.jsonl", 6, &[], |o| {
        for (call, result) in [(1, 4), (2, 3)] {
            let joined = o.events[result].tool_call_event_id;
            assert_eq!(joined, Some(o.events[call].event_id));
        }
        assert!(o.events.iter().all(|e| is_branch(e, BranchState::Active)));
    }),
    ("s03_rewound_branch.jsonl", 4, &[], |o| {
        let left: Vec<bool> =
            o.events.iter().map(|e| is_branch(e, BranchState::Abandoned)).collect();
        assert_eq!(left, [false, true, false, false]);
    }),
    ("s04_resume_duplicates_uuid.jsonl", 3, &[], |o| {
        assert_eq!((o.progress.counts.records, o.progress.counts.repeats), (5, 2));
    }),
    ("s05_orphan_tool_result.jsonl", 1, &[], |o| {
        assert_eq!(o.flagged("orphan_tool_result"), [true]);
        assert_eq!(o.events[0].tool_call_event_id, None);
    }),
    ("s06_tool_id_reused.jsonl", 5, &[], |o| {
        for (call, result) in [(1, 2), (3, 4)] {
            assert_eq!(o.events[result].tool_call_event_id, Some(o.events[call].event_id));
        }
        assert!(o.flagged("ambiguous_tool_id")[4]);
    }),
    ("s07_tool_args_not_json.jsonl", 1, &[], |o| {
        assert_eq!(o.events[0].tool_call_arguments.as_deref(), Some("{\"cmd\": \"rm -rf"));
        assert_eq!(o.events[0].tool_arguments_valid, Some(false));
    }),
    ("s08_tool_args_object_and_empty_id.jsonl", 2, &[], |o| {
        assert_eq!(o.events[0].tool_call_arguments.as_deref(), Some("{\"cmd\":\"ls\"}"));
        assert!(o.flagged("synthesized_tool_id")[0]);
        assert_eq!(o.events[1].tool_call_event_id, Some(o.events[0].event_id));
    }),
    ("s09_think_tag_variants.jsonl", 26, &[], |o| {
        let thoughts: Vec<&str> = o.events.iter().filter_map(|e| e.reasoning.as_deref()).collect();
        assert_eq!(thoughts, ["a", "a only closing", "never closed", "1", "2", "h", "h", "s"]);
        assert_eq!(o.flagged("unclosed_think").iter().filter(|flag| **flag).count(), 1);
        assert!(o.texts().contains(&"code: `<think>` literal in text"));
    }),
    ("s10_reasoning_twice.jsonl", 2, &[], |o| {
        assert_eq!(o.events[0].reasoning.as_deref(), Some("plan A"));
        assert_eq!(o.flagged("reasoning_conflict"), [false; 2]);
    }),
    ("s11_encrypted_and_redacted.jsonl", 4, &[], |o| {
        let states: Vec<_> = o.events.iter().map(|e| e.reasoning_state).collect();
        let expected = [
            ReasoningState::Encrypted,
            ReasoningState::Omitted,
            ReasoningState::Encrypted,
            ReasoningState::Plain,
        ];
        assert_eq!(states, expected.map(Some));
        assert_eq!(o.events[3].reasoning.as_deref(), Some("PLAIN COT"));
        assert!(o.events[..3].iter().all(|e| e.reasoning.is_none() && e.text.is_none()));
    }),
    ("s12_compaction_claude.jsonl", 4, &[], |o| {
        assert_eq!(o.kinds()[2..], ["compaction", "compaction_summary"]);
        assert!(o.events[3].is_synthetic);
    }),
    ("s14_timestamps_zoo.jsonl", 15, &[], |o| {
        use TimeQuality::{Exact, Invalid, Missing, NaiveAssumedUtc as Naive, UnitGuessed as Unit};
        const NOON: i64 = 1_795_219_321_437_000;
        let expected = [
            (Some(1_795_168_800_000_000), Exact),
            (Some(1_795_149_000_123_456), Exact),
            (Some(1_781_588_358_809_928), Naive),
            (Some(1_795_219_321_000_000), Unit),
            (Some(NOON), Unit),
            (Some(NOON), Unit),
            (Some(NOON), Unit),
            (Some(NOON), Unit),
            (Some(1_795_168_800_000_000), Exact),
            (None, Invalid),
            (Some(4_070_908_800_000_000), Exact),
            (None, Invalid),
            (None, Missing),
            (None, Missing),
            (None, Invalid),
        ];
        let found: Vec<_> = o.events.iter().map(|e| (e.ts.micros, e.ts.quality)).collect();
        assert_eq!(found, expected);
    }),
    ("s15_role_zoo.jsonl", 18, &[], |o| {
        assert_eq!(o.flagged("unknown_role").iter().filter(|flag| **flag).count(), 3);
    }),
    ("s16_content_shapes.jsonl", 11, &[], |o| {
        let expected = ["", "a\nb", "x", "v", "tv", "it", "no type", "42", "", "otel", "gem"];
        assert_eq!(o.texts(), expected);
    }),
    ("s17_history_resend.jsonl", 13, &[], |o| assert_eq!(o.progress.counts.records, 6)),
    ("s18_subagent_shared_session.jsonl", 5, &[], |o| {
        for at in [2, 3] {
            assert_eq!(o.events[at].agent_id.as_deref(), Some("a1"));
            assert_eq!(o.events[at].is_sidechain, Some(true));
        }
    }),
    ("s19_synthetic_user_lines.jsonl", 5, &[], |o| {
        assert!(o.events.iter().all(|e| e.is_synthetic), "{:?}", o.texts());
    }),
    ("s20_api_error_message.jsonl", 1, &[], |o| {
        assert_eq!((o.kinds(), &o.events[0].response_model), (vec!["error"], &None));
    }),
    ("s21_sse_stream_log.txt", 2, &[], |o| {
        assert_eq!(o.events[0].reasoning.as_deref(), Some("hidden"));
        assert_eq!(o.texts()[1], "he");
        assert_eq!(o.flagged("incomplete_stream"), [true; 2]);
        assert!(o.events.iter().all(|e| e.finish_reason.is_none()));
    }),
    ("s26_otlp_json_variants.jsonl", 4, &[], |o| {
        let spans: std::collections::BTreeSet<_> = o.places().into_iter().collect();
        assert_eq!(spans.len(), 3);
    }),
    ("s27_otel_flattened_prompts.jsonl", 5, &[], |o| {
        assert_eq!(o.texts(), ["s", "two", "ten", "", "c"]);
        let indexes: Vec<_> = o.events.iter().map(|e| e.message_index).collect();
        assert_eq!(indexes, [0, 2, 10, 11, 11].map(Some), "gaps stay");
    }),
    ("s28_attr_truncated_json.jsonl", 2, &[], |o| {
        assert_eq!((o.texts()[0], o.flagged("truncated_attribute")), ("abcd", vec![true; 2]));
    }),
    ("s29_double_instrumented_span.jsonl", 2, &[], |o| {
        assert!(o.events[0].call_group.is_some());
        assert_eq!(o.events[0].call_group, o.events[1].call_group);
        assert_eq!(o.events.iter().filter(|e| !e.usage.is_empty()).count(), 1);
    }),
    ("s30_injection_in_fields.jsonl", 1, &[], |o| {
        assert_eq!(o.flagged("invisible_chars"), [true]);
        let text = "\u{1b}[2J\u{202e}evil\u{200b} =cmd|'/C calc'!A0 <script>x</script> \
                    '; DROP TABLE events;--";
        assert_eq!(o.texts(), [text], "kept as it was");
    }),
    ("s31_secrets_in_payload.jsonl", 1, &[], nothing),
    ("s32_unknown_type_future.jsonl", 2, &[], |o| {
        assert_eq!((o.kinds()[0], o.texts()[0]), ("unknown", "new"));
    }),
    // The fourth is of a format that is not read.
    ("s33_mixed_formats_one_file.jsonl", 3, &["unknown_format"], |o| {
        let formats: Vec<_> = o.events.iter().map(|e| e.source_format).collect();
        assert_eq!(formats, ["claude_code", "codex_rollout", "openai_chat"]);
    }),
    ("s36_xml_tool_tags.jsonl", 3, &[], |o| {
        assert_eq!(o.kinds(), ["tool_call", "tool_call", "tool_result"]);
        assert_eq!(o.events[2].role_raw.as_deref(), Some("user"));
        assert_eq!(o.events[2].tool_join, Some(ToolJoin::Order));
    }),
    ("s37_case_and_unicode_path.jsonl", 2, &[], |o| {
        assert!(o.events.iter().all(|e| e.cwd.is_some()));
    }),
    // Four records, of which two repeat the ids of the others.
    ("s38_jsonl_in_json_string.jsonl", 2, &[], |o| {
        assert_eq!((o.progress.counts.records, o.progress.counts.repeats), (3, 2));
        assert!(o.events.iter().all(|e| e.source_format == "claude_code"));
    }),
];

/// Files of formats that are not read: rejected, never silent.
const UNREAD: &[&str] = &[
    "s13_gemini_rewind_set.jsonl",
    "s22_azure_apim_split.jsonl",
    "s23_bedrock_s3_pointer.json",
    "s24_bedrock_stream_chunks.json",
    "s25_mlflow_ids_and_double_json.json",
    "s34_mcp_jsonrpc.jsonl",
    "s35_react_text.txt",
];

#[test]
fn hard_cases_behave_as_their_catalogue_says() {
    let Some(folder) = shared().map(|data| data.join("formats/_hard")) else { return };
    let mut failed: Vec<&str> = Vec::new();
    for (name, events, reasons, check) in BYTES.iter().chain(MEANING) {
        // All of them, so that one failure does not hide another.
        let result = std::panic::catch_unwind(|| {
            let found = read(&folder.join(name), &Options::default());
            assert_eq!(found.reasons(), *reasons, "{name}");
            assert_eq!(found.events.len(), *events, "{name}");
            check(&found);
        });
        if result.is_err() {
            failed.push(*name);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn formats_that_are_not_read_are_rejected_and_never_silent() {
    let Some(folder) = shared().map(|data| data.join("formats/_hard")) else { return };
    for name in UNREAD {
        let found = read(&folder.join(name), &Options::default());
        assert!(found.events.is_empty() && !found.rejected.is_empty(), "{name}");
    }
}

#[test]
fn every_line_of_the_catalogue_has_a_case() {
    let Some(folder) = shared().map(|data| data.join("formats/_hard")) else { return };
    let known: Vec<&str> = BYTES.iter().chain(MEANING).map(|case| case.0).collect();
    let catalogue = std::fs::read_to_string(folder.join("MANIFEST.tsv")).unwrap();
    for line in catalogue.lines().skip(1) {
        let name = line.split('\t').next().unwrap_or_default();
        assert!(known.contains(&name) || UNREAD.contains(&name), "{name}");
    }
}

#[test]
fn a_cut_tail_of_a_finished_source_is_rejected() {
    let Some(folder) = shared().map(|data| data.join("formats/_hard")) else { return };
    let options = Options { finished: true, ..Options::default() };
    let found = read(&folder.join("h01_truncated_last_line.jsonl"), &options);
    assert_eq!((found.events.len(), found.reasons()), (2, vec!["truncated_tail"]));
}

#[test]
fn rejections_say_nothing_of_what_was_in_the_file() {
    let Some(folder) = shared().map(|data| data.join("formats/_hard")) else { return };
    let text = std::fs::read_to_string(folder.join("s31_secrets_in_payload.jsonl")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cut.jsonl");
    std::fs::write(&path, text.trim_end().strip_suffix('}').unwrap().to_owned() + "\n{}\n")
        .unwrap();
    let found = read(&path, &Options::default());
    assert!(!found.rejected.is_empty());
    assert!(found.rejected.iter().all(|r| !r.reason.to_string().contains("AKIA")));
}
