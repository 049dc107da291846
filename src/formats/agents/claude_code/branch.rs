//! The tree that `parentUuid` spans, and which of its lines were abandoned.
//!
//! The user may rewind: the next line then hangs off an earlier one, and what followed that
//! stays in the file. What is kept is the path from the newest line of the conversation up to
//! its root. Not every line beside that path was abandoned: the fragments of one response and
//! the results of its parallel calls fork the tree too, and so do hooks and progress lines.
//!
//! A component of the tree (the part after a compaction, say, whose parent is null) is judged
//! by itself, because a missing link is no sign of a rewind.
//!
//! Bounded: past [`MAX_NODES`] the oldest lines are forgotten and keep the state they have.

use crate::formats::{Change, Sink};
use crate::record::{BranchState, Id16};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet, VecDeque};

const MAX_NODES: usize = 1 << 15;
const MAX_RETRACTED: usize = 4096;

/// What a line is to the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) enum Part {
    /// A message of user or assistant.
    Talk,
    /// Hooks, progress, notices, injected text: belongs to its parent.
    #[default]
    Aside,
    /// A message of a sub-agent: not on the main branch and never rewound.
    Side,
}

/// One line with a uuid.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Node {
    pub(super) id: Id16,
    pub(super) part: Part,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parent: Option<Id16>,
    /// The response this line is a fragment of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response: Option<Id16>,
    /// Calls made here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) calls: Vec<Id16>,
    /// Calls answered here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) answers: Vec<Id16>,
    /// The call that spawned the sub-agent this line belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) spawn: Option<String>,
    /// Hash of what the line says, to tell a copy from a forgery.
    pub(super) digest: Id16,
    /// The line is a copy from another session.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) copied: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) events: Vec<Id16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<BranchState>,
}

/// All lines with a uuid, in file order.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Tree {
    nodes: VecDeque<Node>,
    retracted: VecDeque<Id16>,
    /// Number of nodes forgotten so far; positions in `index` count from the beginning.
    #[serde(default)]
    forgotten: usize,
    #[serde(skip)]
    index: HashMap<Id16, usize>,
}

impl Tree {
    /// Rebuilds what is not saved.
    pub(super) fn restored(mut self) -> Self {
        let forgotten = self.forgotten;
        let entries = self.nodes.iter().enumerate().map(|(at, node)| (node.id, at + forgotten));
        self.index = entries.collect();
        self
    }

    /// The line with this id.
    pub(super) fn get(&self, id: Id16) -> Option<&Node> {
        self.nodes.get(self.position(id)?)
    }

    fn position(&self, id: Id16) -> Option<usize> {
        self.index.get(&id)?.checked_sub(self.forgotten)
    }

    /// Adds a line; if its uuid is known already, only its events are added.
    pub(super) fn insert(&mut self, node: Node) {
        if let Some(known) = self.position(node.id).and_then(|at| self.nodes.get_mut(at)) {
            // Ids follow from uuid and part, so the longer list contains the shorter.
            if node.events.len() > known.events.len() {
                known.events = node.events;
            }
            return;
        }
        if self.nodes.len() >= MAX_NODES {
            if let Some(oldest) = self.nodes.pop_front() {
                self.index.remove(&oldest.id);
            }
            self.forgotten += 1;
        }
        self.index.insert(node.id, self.nodes.len() + self.forgotten);
        self.nodes.push_back(node);
    }

    /// Notes that a line was withdrawn, whether it has been seen or not.
    pub(super) fn retract(&mut self, id: Id16) {
        if !self.is_retracted(id) {
            if self.retracted.len() >= MAX_RETRACTED {
                self.retracted.pop_front();
            }
            self.retracted.push_back(id);
        }
    }

    /// Whether a line was withdrawn.
    pub(super) fn is_retracted(&self, id: Id16) -> bool {
        self.retracted.contains(&id)
    }

    /// Tells the sink about every line whose state has changed.
    pub(super) fn settle(&mut self, sink: &mut Sink) {
        let states = self.states();
        for (node, state) in self.nodes.iter_mut().zip(states) {
            let before = node.state.unwrap_or_else(|| base_state(node));
            if before != state {
                for event in &node.events {
                    sink.update(*event, Change::Branch(state));
                }
            }
            node.state = Some(state);
        }
    }

    fn states(&self) -> Vec<BranchState> {
        let kept = self.kept();
        let retracted: HashSet<Id16> = self.retracted.iter().copied().collect();
        let state = |(node, kept): (&Node, bool)| match (retracted.contains(&node.id), kept) {
            (true, _) => BranchState::Retracted,
            (false, true) => base_state(node),
            (false, false) => BranchState::Abandoned,
        };
        self.nodes.iter().zip(kept).map(state).collect()
    }

    /// For each line, whether it was kept.
    fn kept(&self) -> Vec<bool> {
        let parents = self.parents();
        let mut kept = self.on_path(&parents);
        let mut responses = HashSet::new();
        let mut calls: HashSet<Id16> = HashSet::new();
        for (node, _) in self.nodes.iter().zip(&kept).filter(|(_, kept)| **kept) {
            responses.extend(node.response);
        }
        for (node, kept) in self.nodes.iter().zip(kept.iter_mut()) {
            *kept |= node.part == Part::Side;
            *kept |= node.response.is_some_and(|id| responses.contains(&id));
            if *kept {
                calls.extend(&node.calls);
            }
        }
        for (node, kept) in self.nodes.iter().zip(kept.iter_mut()) {
            *kept |= node.answers.iter().any(|id| calls.contains(id));
        }
        self.follow_parents(&parents, &mut kept);
        kept
    }

    /// Position of each line's parent, where it is known.
    fn parents(&self) -> Vec<Option<usize>> {
        let parent = |node: &Node| self.position(node.parent?);
        self.nodes.iter().map(parent).collect()
    }

    /// Marks the path from the newest message of each component to its root.
    fn on_path(&self, parents: &[Option<usize>]) -> Vec<bool> {
        let mut newest: HashMap<Id16, usize> = HashMap::new();
        for (at, root) in self.roots(parents).into_iter().enumerate() {
            if self.nodes.get(at).is_some_and(|node| node.part == Part::Talk) {
                newest.insert(root, at);
            }
        }
        let mut on_path = vec![false; parents.len()];
        for leaf in newest.into_values() {
            let mut next = Some(leaf);
            while let Some(seen) = next.and_then(|at| on_path.get_mut(at)) {
                if std::mem::replace(seen, true) {
                    break;
                }
                next = next.and_then(|at| parents.get(at).copied().flatten());
            }
        }
        on_path
    }

    /// The name of each line's component: its root, or the parent the root has lost.
    fn roots(&self, parents: &[Option<usize>]) -> Vec<Id16> {
        let mut roots: Vec<Option<Id16>> = vec![None; parents.len()];
        let mut walked = Vec::new();
        for start in 0..parents.len() {
            let mut at = start;
            walked.clear();
            // A cycle can only be a forgery; whatever line closes it serves as its root.
            let mut on_walk = HashSet::new();
            let root = loop {
                if let Some(known) = roots.get(at).copied().flatten() {
                    break known;
                }
                walked.push(at);
                on_walk.insert(at);
                let node = self.nodes.get(at);
                match parents.get(at).copied().flatten() {
                    Some(parent) if !on_walk.contains(&parent) => at = parent,
                    Some(_) => break node.map(|node| node.id).unwrap_or_default(),
                    None => break node.map(|n| n.parent.unwrap_or(n.id)).unwrap_or_default(),
                }
            };
            for at in &walked {
                if let Some(slot) = roots.get_mut(*at) {
                    *slot = Some(root);
                }
            }
        }
        roots.into_iter().map(Option::unwrap_or_default).collect()
    }

    /// Asides share the fate of what they hang off. A parent usually stands before its child,
    /// so one pass does; chains written in reverse take at most a few more.
    fn follow_parents(&self, parents: &[Option<usize>], kept: &mut [bool]) {
        const PASSES: usize = 8;
        let aside = |node: &Node| node.part == Part::Aside;
        for (at, node) in self.nodes.iter().enumerate().filter(|(_, node)| aside(node)) {
            let orphan = parents.get(at).copied().flatten().is_none();
            if let Some(slot) = kept.get_mut(at) {
                *slot |= orphan || node.parent.is_none();
            }
        }
        for _ in 0..PASSES {
            let mut changed = false;
            for (at, _) in self.nodes.iter().enumerate().filter(|(_, node)| aside(node)) {
                let parent = parents.get(at).copied().flatten();
                let parent_kept = parent.and_then(|parent| kept.get(parent).copied());
                if let Some(slot) = kept.get_mut(at).filter(|slot| !**slot)
                    && parent_kept == Some(true)
                {
                    *slot = true;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
    }
}

/// The state of a line that was kept.
fn base_state(node: &Node) -> BranchState {
    if node.copied { BranchState::Copied } else { BranchState::Active }
}
