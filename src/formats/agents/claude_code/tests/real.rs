//! The shared samples, if present: true token totals, nothing unknown.

use super::*;
use crate::formats::agents::util::samples;

/// What summing usage over the last line of each response gives.
fn truth(text: &str) -> (i64, i64) {
    let mut last = std::collections::BTreeMap::new();
    for line in text.lines() {
        let Ok(json) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        for holder in [&json, &json["data"]["message"]] {
            let message = &holder["message"];
            if let (Some(id), "assistant", true) = (
                message["id"].as_str(),
                holder["type"].as_str().unwrap_or_default(),
                message["usage"].is_object(),
            ) {
                let usage = &message["usage"];
                let count = |key: &str| usage[key].as_i64().unwrap_or_default();
                let input = count("input_tokens")
                    + count("cache_creation_input_tokens")
                    + count("cache_read_input_tokens");
                last.insert(id.to_owned(), (input, count("output_tokens")));
            }
        }
    }
    last.values().fold((0, 0), |sum, usage| (sum.0 + usage.0, sum.1 + usage.1))
}

#[test]
fn real_sessions_give_true_totals_and_nothing_unknown() {
    let mut files = samples("formats/claude_code");
    files.extend(samples("sessions/claude_code"));
    for (name, text) in files {
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("{\"")).collect();
        let records: Vec<&str> =
            lines.iter().copied().filter(|line| !line.contains("silly")).collect();
        let outcome = testing::read_records(&ClaudeCode, &records);
        assert!(outcome.rejected.is_empty(), "{name}");
        for record in &records {
            let score = ClaudeCode.sniff(&crate::formats::json::parse(record).unwrap().0);
            assert!(score >= 80, "{name}: {score}");
        }
        let found = (total(&outcome, |u| u.input), total(&outcome, |u| u.output));
        assert_eq!(found, truth(&text), "{name}");
        let unknown = outcome.events.iter().filter(|e| e.kind == Some(Kind::Unknown)).count();
        assert!(unknown <= usize::from(name.contains("edge")), "{name}: {unknown} unknown");
        for event in outcome.events.iter().filter(|e| e.kind == Some(Kind::ToolResult)) {
            let join = event.tool_join.unwrap();
            assert_ne!(join, ToolJoin::Ambiguous, "{name}");
        }
    }
}
