//! Customer-desk simulations in the tau layout: a JSON array of tasks with their trajectories.

use serde_json::{Value, json};

use super::Output;
use crate::corpus::cast;
use crate::corpus::rng::Rng;
use crate::corpus::session::{AgentTurn, Session, Turn};

/// Writes one array per model.
pub(crate) fn write(sessions: &[&Session], rng: &Rng, out: &mut Output) {
    for model in [cast::KELDA, cast::BRAGE, cast::TERN] {
        let mine: Vec<&Session> =
            sessions.iter().copied().filter(|session| session.script.model == model).collect();
        let mut ids = rng.fork("retail").fork(model);
        let tasks: Vec<Value> = mine
            .iter()
            .enumerate()
            .map(|(number, session)| task(session, number, &mut ids))
            .collect();
        let path = format!("evals/customer-desk/{model}-customer-desk.json");
        let mut text = format!("{:#}\n", json!(tasks));
        for (number, session) in mine.iter().enumerate() {
            out.append(session, &path, &std::mem::take(&mut text));
            out.locate(session, format!("task_id {number}"));
        }
    }
}

fn task(session: &Session, number: usize, ids: &mut Rng) -> Value {
    let mut trajectory = vec![json!({ "role": "system", "content": session.system })];
    let mut asked = String::new();
    for turn in &session.turns {
        match turn {
            Turn::User(user) => {
                if asked.is_empty() {
                    asked.clone_from(&user.text);
                }
                trajectory.push(json!({ "role": "user", "content": user.text }));
            }
            Turn::Agent(turn) => step(session, turn, ids, &mut trajectory),
            Turn::Rewind => {}
        }
    }
    json!({
        "task_id": number, "reward": 1.0,
        "info": {
            "task": { "user_id": format!("cust_{}", ids.range(1000, 9999)), "instruction": asked },
            "source": "user", "model": session.script.model, "session_id": session.id,
        },
        "traj": trajectory, "trial": 0,
    })
}

fn step(session: &Session, turn: &AgentTurn, ids: &mut Rng, trajectory: &mut Vec<Value>) {
    let mut message = json!({ "role": "assistant", "content": turn.say });
    if let Some(think) = turn.think.as_ref().filter(|_| session.script.cot != "absent") {
        message["reasoning_content"] = json!(think);
    }
    let mut results = Vec::new();
    let mut calls = Vec::new();
    for call in &turn.calls {
        let id = format!("call_{}", ids.base62(24));
        calls.push(json!({ "id": id, "type": "function", "function": {
            "name": call.tool, "arguments": call.args.to_string(),
        }}));
        results.push(json!({
            "role": "tool", "tool_call_id": id, "name": call.tool, "content": call.result,
        }));
    }
    if !calls.is_empty() {
        message["tool_calls"] = json!(calls);
    }
    trajectory.push(message);
    trajectory.extend(results);
}
