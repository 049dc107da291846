//! The judge of sessions: nothing a transcript says about a call makes it fail.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reveille::detect::session::{Nothing, SessionJudge, told_in};
use reveille::record::{Event, Kind, Role};
use std::sync::LazyLock;

static JUDGE: LazyLock<SessionJudge> = LazyLock::new(|| SessionJudge::embedded().unwrap());

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.split('\u{0}');
    let mut next = || parts.next().unwrap_or_default().to_owned();
    let (user, tool, arguments, result, said) = (next(), next(), next(), next(), next());
    let event = |kind, role, set: &dyn Fn(&mut reveille::record::Fields)| {
        Event::new(kind, role).with(|event| set(event))
    };
    let events = [
        event(Kind::UserText, Role::User, &|e| e.text = Some(user.clone())),
        event(Kind::ToolCall, Role::Assistant, &|e| {
            e.tool_name = Some(tool.clone());
            e.tool_call_arguments = Some(arguments.clone());
            e.tool_call_id = Some("c".into());
        }),
        event(Kind::ToolResult, Role::Tool, &|e| {
            e.tool_call_result = Some(result.clone());
            e.tool_call_id = Some("c".into());
        }),
        event(Kind::AssistantText, Role::Assistant, &|e| e.text = Some(said.clone())),
    ];
    let judgement = JUDGE.judge(&events, &Nothing);
    assert!((0.0..=1.0).contains(&judgement.score));
    assert!((0.0..=1.0).contains(&told_in(&arguments, &said)));
});
