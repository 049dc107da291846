//! Which call spawned which sub-agent.
//!
//! A sub-agent's lines name their agent, but not the call they come from. Its first line
//! repeats the prompt of that call, which links the two before the call's result names the
//! agent. Bounded: the oldest spawns and links are forgotten.

use crate::formats::Json;
use crate::record::Id16;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

const MAX_SPAWNS: usize = 256;
const MAX_LINKS: usize = 1024;

/// Spawning calls seen so far, and the agents they made.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Agents {
    spawns: VecDeque<Spawn>,
    links: VecDeque<Link>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Spawn {
    prompt: Id16,
    call: String,
    owner: Option<String>,
}

/// Where a sub-agent comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Link {
    agent: String,
    /// The call that spawned it.
    pub(super) call: String,
    /// The agent that made the call, if that was not the main one.
    pub(super) owner: Option<String>,
}

impl Agents {
    /// Notes a call if it spawns an agent.
    pub(super) fn called(&mut self, call: &str, arguments: &Json<'_>, owner: Option<&str>) {
        let Some(prompt) = arguments.text("prompt") else { return };
        let known = self.spawns.iter().any(|spawn| spawn.call == call);
        if known || call.is_empty() {
            return;
        }
        push(
            &mut self.spawns,
            MAX_SPAWNS,
            Spawn {
                prompt: digest(prompt),
                call: call.to_owned(),
                owner: owner.map(str::to_owned),
            },
        );
    }

    /// Notes that the result of `call` names its agent.
    pub(super) fn answered(&mut self, call: &str, agent: &str) {
        let spawn = self.spawns.iter().position(|spawn| spawn.call == call);
        let owner = spawn.and_then(|at| self.spawns.remove(at)).and_then(|spawn| spawn.owner);
        self.link(agent, call, owner);
    }

    /// The link of an agent, if it is known.
    pub(super) fn of(&self, agent: &str) -> Option<&Link> {
        self.links.iter().rev().find(|link| link.agent == agent)
    }

    /// Finds the call whose prompt an agent's first line repeats; `agent` names the agent,
    /// or the line if the agent has no name.
    pub(super) fn begun(&mut self, agent: &str, prompt: &str) -> Option<&Link> {
        let prompt = digest(prompt);
        let at = self.spawns.iter().position(|spawn| spawn.prompt == prompt)?;
        let spawn = self.spawns.remove(at)?;
        self.link(agent, &spawn.call, spawn.owner);
        self.links.back()
    }

    /// Notes a link that the log states itself.
    pub(super) fn link(&mut self, agent: &str, call: &str, owner: Option<String>) {
        if self.of(agent).is_some_and(|link| link.call == call) {
            return;
        }
        let link = Link { agent: agent.to_owned(), call: call.to_owned(), owner };
        push(&mut self.links, MAX_LINKS, link);
    }
}

fn push<T>(queue: &mut VecDeque<T>, max: usize, item: T) {
    if queue.len() >= max {
        queue.pop_front();
    }
    queue.push_back(item);
}

fn digest(prompt: &str) -> Id16 {
    Id16::of("claude_code.prompt", &[prompt.trim().as_bytes()])
}
