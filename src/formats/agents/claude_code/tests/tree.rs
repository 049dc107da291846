//! Forks of the tree: which of them are rewinds.

use super::*;
use crate::formats::Update;

#[test]
fn parallel_results_fork_the_tree_but_abandon_nothing() {
    let lines = [
        user(1, 0, "go"),
        calls(2, 1, "m", "a"),
        calls(3, 2, "m", "b"),
        line(7, 3, "progress", r#""data":{"type":"hook_progress","command":"x"}"#),
        returns(4, 3, "b", "B"),
        returns(5, 2, "a", "A"),
        says(6, 4, "n", "done"),
    ];
    let outcome = read(&lines);
    assert!(states(&outcome).iter().all(|state| *state == "active"), "{:?}", states(&outcome));
    assert_eq!(outcome.events[4].tool_call_event_id, Some(outcome.events[2].event_id));
    assert_eq!(outcome.events[5].tool_join, Some(ToolJoin::Id));
    // The same, if the path runs through the other result.
    let mut lines = lines;
    lines[6] = says(6, 5, "n", "done");
    assert!(states(&read(&lines)).iter().all(|state| *state == "active"));
}

#[test]
fn a_rewound_branch_is_abandoned_with_what_hangs_off_it() {
    let outcome = read(&[
        user(1, 0, "go"),
        calls(2, 1, "bad", "t"),
        returns(3, 2, "t", "out"),
        line(4, 3, "progress", r#""data":{"type":"hook_progress","command":"x"}"#),
        says(5, 4, "bad2", "secret"),
        user(6, 1, "retry"),
        says(7, 6, "good", "fine"),
    ]);
    let gone = "abandoned";
    assert_eq!(states(&outcome), ["active", gone, gone, gone, gone, "active", "active"]);
}

#[test]
fn states_are_only_reported_when_they_change_and_survive_a_restart() {
    let first = [user(1, 0, "go"), says(2, 1, "a", "one")].join("\n");
    let second = [user(3, 1, "again"), says(4, 3, "b", "two")].join("\n");
    let mut sink = Sink::new("", Id16::default(), crate::formats::sink::SinkState::default());
    let mut reader = ClaudeReader::default();
    feed_lines(&mut reader, &mut sink, &first);
    let (events, updates) = sink.take();
    assert!(updates.is_empty());
    let mut later = ClaudeReader::default();
    later.restore(&reader.save());
    feed_lines(&mut later, &mut sink, &second);
    let (_, updates) = sink.take();
    let change = Change::Branch(BranchState::Abandoned);
    assert_eq!(updates, [Update { event_id: events[1].event_id, change }]);
    later.finish(&mut sink);
    assert!(sink.take().1.is_empty());
}

fn feed_lines(reader: &mut ClaudeReader, sink: &mut Sink, text: &str) {
    for line in text.lines() {
        let (json, _) = crate::formats::json::parse(line).unwrap();
        let place = crate::record::Place::default();
        let record = Record {
            json: &json,
            place: &place,
            raw_sha256: crate::record::Id32::default(),
            rolling: Id16::of("test", &[line.as_bytes()]),
            index: 0,
            source_stream: Id16::default(),
            flags: &[],
            superseded: false,
            collector: None,
        };
        sink.begin("claude_code", &record);
        reader.read(&record, sink).unwrap();
    }
    reader.finish(sink);
}

#[test]
fn hostile_trees_end() {
    let outcome = read(&[
        user(1, 2, "a"),
        user(2, 1, "b"),
        user(3, 3, "self"),
        user(4, 99, "lost parent"),
        user(5, 99, "its sibling"),
    ]);
    let found = states(&outcome);
    assert_eq!(found[1..3], ["active", "active"]);
    assert_eq!(found[3..], ["abandoned", "active"]);
}
