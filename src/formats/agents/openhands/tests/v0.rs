//! V0: actions, observations, trajectories.

use super::*;

const TASK: &str = r#"{"id":0,"timestamp":"2026-11-20T10:00:00.5","source":"user","message":"do it","action":"message","args":{"content":"do it","image_urls":null,"wait_for_response":false}}"#;

/// An action of the agent with the response of the model that it came from.
fn acts(id: u32, action: &str, args: &str, tool: &str, written: &str, content: &str) -> String {
    let written = Json::String(written.into()).compact();
    format!(
        r#"{{"id":{id},"timestamp":"2026-11-20T10:00:01","source":"agent","message":"m","action":"{action}","args":{args},
        "tool_call_metadata":{{"function_name":"{tool}","tool_call_id":"c{id}","model_response":{{"id":"r{id}","model":"kelda-4","choices":[{{"finish_reason":"tool_calls","message":{{"content":{content},"role":"assistant",
        "tool_calls":[{{"id":"c{id}","function":{{"name":"{tool}","arguments":{written}}}}}]}}}}],"usage":{{"prompt_tokens":9,"completion_tokens":5}}}}}},
        "llm_metrics":{{"accumulated_cost":{id}.5,"token_usages":[{{"model":"hub/kelda-4","prompt_tokens":9,"completion_tokens":5,"cache_read_tokens":2,"cache_write_tokens":1,"response_id":"r{id}"}}]}}}}"#
    )
    .replace("\n        ", "")
}

fn sees(id: u32, cause: u32, observation: &str, rest: &str) -> String {
    format!(
        r#"{{"id":{id},"timestamp":"2026-11-20T10:00:02","source":"agent","message":"m","cause":{cause},"observation":"{observation}",{rest}}}"#
    )
}

#[test]
fn a_trajectory_has_thoughts_calls_and_results() {
    let run = acts(
        1,
        "run",
        r#"{"command":"ls","thought":"I look first.","hidden":false,"confirmation_state":"confirmed"}"#,
        "execute_bash",
        r#"{"command": "ls"}"#,
        r#""I look first.""#,
    );
    let failed = sees(
        2,
        1,
        "run",
        r#""content":"no such folder","success":false,"extras":{"command":"ls","hidden":false,"metadata":{"exit_code":2,"working_dir":"/w"}}"#,
    );
    let ends = acts(
        3,
        "finish",
        r#"{"final_thought":"It is done.","task_completed":"true","outputs":{},"thought":"All fine."}"#,
        "finish",
        r#"{"message":"It is done."}"#,
        "null",
    );
    let outcome = read(&[TASK, &run, &failed, &ends]);
    let expected =
        ["user_text", "reasoning", "tool_call", "tool_result", "reasoning", "assistant_text"];
    assert_eq!(kinds(&outcome), expected);
    let events = &outcome.events;
    assert!(events.iter().all(|event| event.session_id == events[0].session_id));
    assert_eq!(events[1].reasoning.as_deref(), Some("I look first."));
    assert_eq!(events[1].reasoning_source, Some(ReasoningSource::ReactText));
    assert_eq!(events[1].json_pointer.as_deref(), Some("/args/thought"));
    let call = &events[2];
    assert_eq!(call.tool_call_arguments.as_deref(), Some(r#"{"command": "ls"}"#));
    assert_eq!(
        (call.tool_name.as_deref(), attr(call, "action")),
        (Some("execute_bash"), Some("\"run\""))
    );
    assert_eq!(attr(call, "args.confirmation_state"), Some("\"confirmed\""));
    assert_eq!(attr(call, "args.command"), None);
    assert_eq!(call.request_model.as_deref(), Some("hub/kelda-4"));
    let usage = Usage {
        input: Some(9),
        output: Some(5),
        cache_read: Some(2),
        cache_creation: Some(1),
        reasoning: None,
    };
    assert_eq!((call.usage, call.cost_usd), (usage, Some(1.5)));
    assert_eq!(events[5].cost_usd, Some(2.0));
    let result = &events[3];
    assert_eq!(
        (result.tool_join, result.tool_call_event_id),
        (Some(ToolJoin::Id), Some(call.event_id))
    );
    assert_eq!(
        (result.tool_exit_code, result.tool_is_error, result.status),
        (Some(2), Some(true), Some("error"))
    );
    assert_eq!(events[5].text.as_deref(), Some("It is done."));
    same_in_two_sittings(&[TASK, &run, &failed, &ends]);
}

#[test]
fn results_are_joined_by_cause_where_no_call_id_is_logged() {
    let call = r#"{"id":4,"source":"agent","action":"read","args":{"path":"a","thought":""}}"#;
    let other = r#"{"id":5,"source":"user","action":"run","args":{"command":"id"}}"#;
    let second = sees(6, 5, "run", r#""content":"root","extras":{"exit_code":0}"#);
    let first = sees(7, 4, "read", r#""content":"text","extras":{"path":"a"}"#);
    let again = sees(8, 4, "read", r#""content":"text","extras":{"path":"a"}"#);
    let orphan = sees(9, 99, "run", r#""content":"?","extras":{}"#);
    let lines = [call, other, &second, &first, &again, &orphan];
    let outcome = read(&lines);
    assert_eq!(kinds(&outcome)[..2], ["tool_call", "tool_call"]);
    let events = &outcome.events;
    assert_eq!(events[0].tool_call_arguments.as_deref(), Some(r#"{"path":"a"}"#));
    assert_eq!(events[1].role, Some(Role::User));
    assert_eq!(events[2].tool_call_event_id, Some(events[1].event_id));
    assert_eq!((events[2].tool_exit_code, events[2].tool_is_error), (Some(0), Some(false)));
    assert_eq!(events[3].tool_call_event_id, Some(events[0].event_id));
    assert_eq!(events[4].flags, ["duplicate_response"]);
    assert_eq!(events[5].tool_join, Some(ToolJoin::Orphan));
    same_in_two_sittings(&lines);
}

#[test]
fn errors_answer_their_call_or_stand_alone() {
    let chat = acts(
        1,
        "chat",
        r#"{"content":"hi","npc_name":"Ada"}"#,
        "chat",
        r#"{"name":"Ada","message":"hi"}"#,
        r#""I ask Ada.""#,
    );
    let error = sees(2, 1, "error", r#""content":"not reached","extras":{"error_id":"E1"}"#);
    let alone = r#"{"id":3,"source":"agent","message":"m","observation":"error","content":"no such tool","extras":{}}"#;
    let vetoed = acts(4, "run", r#"{"command":"rm x"}"#, "execute_bash", "{}", "null");
    let veto = sees(5, 4, "user_rejected", r#""content":"no","extras":{}"#);
    let outcome = read(&[&chat, &error, alone, &vetoed, &veto]);
    let expected = ["reasoning", "tool_call", "tool_result", "error", "tool_call", "tool_result"];
    assert_eq!(kinds(&outcome), expected);
    let events = &outcome.events;
    assert_eq!(events[0].reasoning.as_deref(), Some("I ask Ada."));
    assert_eq!(
        (events[2].tool_is_error, events[2].error_type.as_deref()),
        (Some(true), Some("E1"))
    );
    assert_eq!(events[2].tool_call_result.as_deref(), Some("not reached"));
    assert_eq!(events[3].error_message.as_deref(), Some("no such tool"));
    assert_eq!((events[5].status, events[5].tool_is_error), (Some("denied"), Some(true)));
}

#[test]
fn thinking_is_reasoning_and_its_receipt_is_no_result() {
    let think = acts(
        1,
        "think",
        r#"{"thought":"Two ways."}"#,
        "think",
        r#"{"thought":"Two ways."}"#,
        r#""A moment.""#,
    );
    let receipt = sees(2, 1, "think", r#""content":"Noted.","extras":{}"#);
    let message = r#"{"id":3,"source":"agent","action":"message","args":{"content":"<think>hm</think>Which one?","wait_for_response":true}}"#;
    let outcome = read(&[&think, &receipt, message]);
    let expected = ["reasoning", "reasoning", "lifecycle", "reasoning", "assistant_text"];
    assert_eq!(kinds(&outcome), expected);
    let thoughts: Vec<_> = outcome.events.iter().filter_map(|e| e.reasoning.as_deref()).collect();
    assert_eq!(thoughts, ["A moment.", "Two ways.", "hm"]);
    assert_eq!(outcome.events[3].reasoning_source, Some(ReasoningSource::InlineTag));
    assert_eq!(outcome.events[4].text.as_deref(), Some("Which one?"));
}

#[test]
fn hidden_reasoning_is_counted_and_native_reasoning_is_recorded_once() {
    let hidden = acts(1, "run", r#"{"command":"ls","thought":""}"#, "bash", "{}", "\"\"");
    let hidden = hidden.replace(
        r#""completion_tokens":5}}"#,
        r#""completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":4}}}"#,
    );
    let native = acts(
        2,
        "run",
        r#"{"command":"ls","thought":"I see."}"#,
        "bash",
        "{}",
        r#""I see.","reasoning_content":"I see.""#,
    );
    let outcome = read(&[&hidden, &native]);
    assert_eq!(kinds(&outcome), ["reasoning", "tool_call", "reasoning", "tool_call"]);
    assert_eq!(outcome.events[0].reasoning_state, Some(ReasoningState::TokenCountOnly));
    assert_eq!(outcome.events[1].usage.reasoning, Some(4));
    let sources = attr(&outcome.events[2], "reasoning_sources");
    assert_eq!(sources, Some(r#"["reasoning_content","thought"]"#));
    assert_eq!(outcome.events[2].flags, Vec::<&str>::new());
}

#[test]
fn instructions_tools_and_summaries_have_kinds_of_their_own() {
    let lines = [
        r#"{"id":0,"source":"agent","action":"system","args":{"content":"You help.","tools":[{"name":"bash"}],"openhands_version":"0.40.0","agent_class":"CodeActAgent"}}"#,
        r#"{"id":1,"source":"user","action":"recall","args":{"recall_type":"workspace_context","query":"q","thought":""}}"#,
        r#"{"id":2,"source":"environment","observation":"recall","content":"Added","cause":1,"extras":{"repo_instructions":"Use tabs.","microagent_knowledge":[{"name":"git","trigger":"git","content":"Commit often."}]}}"#,
        r#"{"id":3,"source":"agent","action":"condensation","args":{"forgotten_events_start_id":1,"summary":"So far: nothing."}}"#,
        r#"{"id":4,"source":"environment","observation":"agent_state_changed","content":"","extras":{"agent_state":"finished"}}"#,
        r#"{"id":5,"source":"agent","action":"dance","args":{"style":"slow waltz"}}"#,
        r#"{"id":6,"source":"environment","observation":"weather","content":"rain","extras":{}}"#,
    ];
    let outcome = read(&lines);
    assert_eq!(
        kinds(&outcome),
        [
            "system_prompt",
            "tool_definitions",
            "lifecycle",
            "lifecycle",
            "system_prompt",
            "system_prompt",
            "compaction",
            "compaction_summary",
            "lifecycle",
            "unknown",
            "unknown"
        ]
    );
    let events = &outcome.events;
    assert_eq!(events[0].text.as_deref(), Some("You help."));
    assert_eq!(events[8].source_version.as_deref(), Some("0.40.0"));
    assert_eq!(events[5].text.as_deref(), Some("Commit often."));
    assert_eq!(attr(&events[8], "agent_state"), Some("\"finished\""));
    assert!(events[9].text.as_deref().unwrap().contains("slow waltz"));
    assert!(events[10].text.as_deref().unwrap().contains("rain"));
    same_in_two_sittings(&lines);
}

#[test]
fn an_object_with_a_history_is_a_session_with_its_verdict() {
    let text = r#"{"instruction":"fix it","history":[
        {"action":"message","content":"fix it","wait_for_response":false},
        {"action":"run","command":"make","thought":"Build.","keep_prompt":true,"is_confirmed":"confirmed"},
        {"action":"run","command":"make test","thought":""},
        {"observation":"run","content":"failed","exit_code":2,"command":"make test"},
        {"action":"finish","outputs":{},"thought":"Fixed."}],
        "metrics":{"accumulated_cost":0.5},"success":true,"error":null}"#
        .replace('\n', "");
    let (value, _) = json::parse(&text).unwrap();
    assert_eq!(OpenHands.sniff(&value), 93);
    let outcome = read(&[&text]);
    assert_eq!(
        kinds(&outcome),
        [
            "user_text",
            "reasoning",
            "tool_call",
            "tool_call",
            "tool_result",
            "assistant_text",
            "label"
        ]
    );
    let events = &outcome.events;
    assert_eq!(events[2].tool_call_arguments.as_deref(), Some(r#"{"command":"make"}"#));
    assert_eq!(attr(&events[2], "is_confirmed"), Some("\"confirmed\""));
    assert_eq!(events[4].tool_call_event_id, Some(events[3].event_id));
    assert_eq!((events[4].tool_exit_code, events[4].tool_is_error), (Some(2), Some(true)));
    assert_eq!(events[5].text.as_deref(), Some("Fixed."));
    assert_eq!(events[4].json_pointer.as_deref(), Some("/history/3"));
    assert_eq!(events[6].label.as_ref().unwrap().score, Some(1.0));
    assert_eq!(attr(&events[6], "metrics.accumulated_cost"), Some("0.5"));
    assert!(events.iter().all(|event| event.session_id == events[0].session_id));
    let twice = read(&[&text, &text]);
    assert_ne!(twice.events[0].session_id, twice.events[7].session_id);
}

#[test]
fn histories_of_pairs_and_arrays_are_read_too() {
    let pair = r#"[{"action":"run","args":{"command":"ls"},"source":"agent"},{"observation":"run","content":"a","extras":{}}]"#;
    for text in [format!(r#"{{"history":[{pair},{pair}]}}"#), format!("[{pair},{pair}]")] {
        let (value, _) = json::parse(&text).unwrap();
        assert_eq!(OpenHands.sniff(&value), 93, "{text}");
        let outcome = read(&[&text]);
        assert_eq!(kinds(&outcome), ["tool_call", "tool_result", "tool_call", "tool_result"]);
        assert_eq!(outcome.events[3].tool_call_event_id, Some(outcome.events[2].event_id));
    }
}

#[test]
fn tools_of_servers_and_several_calls_of_one_response() {
    let mcp = r#"{"id":1,"source":"agent","action":"call_tool_mcp","args":{"name":"fetch","arguments":{"url":"u"},"thought":"Get it."}}"#;
    let outcome = read(&[mcp]);
    let call = &outcome.events[1];
    assert_eq!(
        (call.tool_name.as_deref(), call.tool_type.as_deref()),
        (Some("fetch"), Some("mcp"))
    );
    assert_eq!(call.tool_call_arguments.as_deref(), Some(r#"{"url":"u"}"#));
    let one = acts(1, "chat", "{}", "chat", "{}", "\"Both at once.\"");
    let both = r#""tool_calls":[{"id":"c1","function":{"arguments":"{}"}},{"id":"c2","function":{"arguments":"{\"b\":1}"}}]"#;
    let start = one.find(r#""tool_calls":["#).unwrap();
    let end = start + one[start..].find("]}").unwrap() + 1;
    let one = format!("{}{both}{}", &one[..start], &one[end..]);
    let two = one
        .replace(r#""id":1,"#, r#""id":2,"#)
        .replace(r#""tool_call_id":"c1""#, r#""tool_call_id":"c2""#);
    let outcome = read(&[&one, &two]);
    assert_eq!(kinds(&outcome), ["reasoning", "tool_call", "tool_call"]);
    assert_eq!(outcome.events[2].tool_call_arguments.as_deref(), Some(r#"{"b":1}"#));
    assert_eq!(outcome.events[2].call_index, Some(1));
    assert_eq!(outcome.updates.len(), 1, "the usage moves to the last row");
}
