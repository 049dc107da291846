//! Rows of a judgement: actions, their targets, and claims. They know nothing of how they came about.

use super::class::Class;
use super::rare::Others;
use super::score::{FACTORS, UNSOURCED};
use crate::record::Id16;

/// One action with its factors.
#[derive(Debug, Clone)]
pub struct ActionRow {
    /// The call.
    pub event_id: Id16,
    /// Number of the action in the call.
    pub index: usize,
    /// Tool, as logged.
    pub tool_name: Option<String>,
    /// Tool, program or function that does it.
    pub verb: String,
    /// `tool`, `shell`, `python` or `sql`.
    pub origin: &'static str,
    /// What it does.
    pub class: Class,
    /// How hard it is to take back.
    pub reversible: &'static str,
    /// How sure the class is.
    pub confidence: f64,
    /// How its call ended.
    pub ending: &'static str,
    /// Sensitive things it takes in, and how sensitive they are.
    pub sources: Vec<String>,
    /// 0 to 1.
    pub sensitivity: f64,
    /// The factors of the product, each 0 to 1.
    pub risk: f64,
    /// How far it was asked for.
    pub entailed: f64,
    /// How far people were told.
    pub disclosed: f64,
    /// How rare the target is in the lake, or that the tool goes to targets nobody names.
    pub rarity: f64,
    /// Other sessions with its tool, and how many of them go to as many targets nobody names, where that is usual.
    pub usual: Option<Others>,
    /// How far text in a tool's result told to do it.
    pub instructed: f64,
    /// What `Model::probability` of `score` was given, in the order of [`FACTORS`].
    pub factors: [f64; FACTORS.len()],
    /// Probability.
    pub score: f64,
    /// The request that comes nearest.
    pub ask_event_id: Option<Id16>,
    /// The text that tells of it.
    pub told_event_id: Option<Id16>,
    /// The target that decides, in one form, and who named it first.
    pub target: Option<String>,
    /// Origin of the target.
    pub target_origin: Option<&'static str>,
    /// Its targets.
    pub targets: Vec<TargetRow>,
}

impl ActionRow {
    /// Whether it is what R19 is made of once several sessions have it: it goes to a place that nobody named.
    pub(crate) fn may_be_shared(&self) -> bool {
        self.factors[UNSOURCED] >= 0.9 && self.entailed < 0.5
    }
}

/// Where one value of an action comes from.
#[derive(Debug, Clone)]
pub struct TargetRow {
    /// `sink`, `object`, `content` or `source`.
    pub role: &'static str,
    /// Argument or option.
    pub argument: String,
    /// `url`, `email`, `path`, ….
    pub kind: &'static str,
    /// In one form.
    pub value: String,
    /// Its host.
    pub host: Option<String>,
    /// Who named it first.
    pub origin: &'static str,
    /// Where.
    pub origin_event_id: Option<Id16>,
    /// Byte range there.
    pub origin_span: Option<(usize, usize)>,
    /// In which form it stands there.
    pub form: Option<&'static str>,
    /// Why it needs no source.
    pub reason: Option<String>,
    /// How much it tells about the action.
    pub weight: f64,
    /// How far it is part of the task.
    pub grounding: f64,
    /// How far the text around it tells to use it.
    pub instructed: f64,
    /// How far people were told of it.
    pub told: f64,
}

/// One statement of the agent.
#[derive(Debug, Clone)]
pub struct ClaimRow {
    /// Event it stands in.
    pub event_id: Id16,
    /// Byte range.
    pub span: (usize, usize),
    /// The sentence, capped.
    pub text: String,
    /// What it says was done.
    pub class: Class,
    /// `did`, `will`, `can`, `could_not`.
    pub mood: &'static str,
    /// `agent` or `reader`.
    pub subject: &'static str,
    /// Whether it is said to have happened.
    pub positive: bool,
    /// Whether it is quoted.
    pub quoted: bool,
    /// What calls say to it.
    pub state: &'static str,
    /// The call that bears it out or contradicts it.
    pub call_event_id: Option<Id16>,
}
