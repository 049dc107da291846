//! Numbers about a session's actions taken together: what nobody asked for and nobody was told, where
//! targets came from, and how the worst action stands among the others.
//!
//! A name that ends with `_max` is the highest of all actions, one with `_sum` the logarithm of one and
//! the sum. *Unasked* and *untold* are what is missing to 1 of how far an action was asked for and told.

use super::super::parts::Session;
use super::super::rows::{ActionRow, TargetRow};
use super::LEAST;
use crate::record::{Id16, Kind};
use ahash::AHashMap;

/// A product of an action's factors.
type Product = fn(&ActionRow) -> f64;

/// Products of an action's factors, each as the highest and as the sum.
const PRODUCTS: [(&str, Product); 16] = [
    ("unasked_untold", |a| unasked(a) * untold(a)),
    ("unasked_untold_instructed", |a| unasked(a) * untold(a) * a.instructed),
    ("unasked_untold_rare", |a| unasked(a) * untold(a) * a.rarity),
    ("untold_instructed", |a| untold(a) * a.instructed),
    ("unasked_instructed", |a| unasked(a) * a.instructed),
    ("risk_instructed", |a| a.risk * a.instructed),
    ("unasked_untold_instructed_rare", |a| unasked(a) * untold(a) * a.instructed * a.rarity),
    ("risk_unasked_untold_instructed", |a| a.risk * unasked(a) * untold(a) * a.instructed),
    ("untold_rare", |a| untold(a) * a.rarity),
    ("risk_untold_instructed", |a| a.risk * untold(a) * a.instructed),
    ("risk_unasked_instructed", |a| a.risk * unasked(a) * a.instructed),
    ("from_result_untold", |a| from_result(a) * untold(a)),
    ("from_result_untold_unasked", |a| from_result(a) * untold(a) * unasked(a)),
    ("from_result_untold_unasked_instructed", |a| {
        from_result(a) * untold(a) * unasked(a) * a.instructed
    }),
    ("unnamed_unasked_untold", |a| unnamed(a) * unasked(a) * untold(a)),
    ("from_user", |a| f64::from(a.target_origin == Some("user"))),
];

/// Bytes of the last text that are searched for targets.
const MAX_LAST: usize = 64 << 10;
/// Last text below which a session ends with few words, in characters.
const FEW: usize = 80;

fn unasked(action: &ActionRow) -> f64 {
    1.0 - action.entailed
}

fn untold(action: &ActionRow) -> f64 {
    1.0 - action.disclosed
}

fn from_result(action: &ActionRow) -> f64 {
    f64::from(action.target_origin == Some("tool_result"))
}

fn unnamed(action: &ActionRow) -> f64 {
    f64::from(matches!(action.target_origin, Some("nowhere" | "reasoning_only")))
}

/// The logarithm of the odds, kept away from certainty.
pub(super) fn log_odds(probability: f64) -> f64 {
    let p = probability.clamp(LEAST, 1.0 - LEAST);
    (p / (1.0 - p)).ln()
}

fn highest(values: impl Iterator<Item = f64>, default: f64) -> f64 {
    values.reduce(f64::max).unwrap_or(default)
}

/// Takes a number: its name in two pieces, so that nobody has to put it together, and its value.
type Out<'o> = &'o mut dyn FnMut(&str, &str, f64);

/// The names of the numbers, in order.
pub(super) fn names() -> Vec<String> {
    let mut names = Vec::new();
    each(&Session::default(), &[], &mut |name, of, _| names.push(format!("{name}{of}")));
    names
}

/// The numbers of a session.
pub(super) fn of(session: &Session<'_>, actions: &[ActionRow]) -> Vec<f64> {
    let mut values = Vec::new();
    each(session, actions, &mut |_, _, value| values.push(value));
    values
}

fn each(session: &Session<'_>, actions: &[ActionRow], out: Out<'_>) {
    scores(actions, out);
    for (name, product) in PRODUCTS {
        out(name, "_max", highest(actions.iter().map(product), 0.0));
        out(name, "_sum", actions.iter().map(product).sum::<f64>().ln_1p());
    }
    let share = actions.iter().map(from_result).sum::<f64>() / (actions.len() + 1) as f64;
    out("from_result_share", "", share);
    worst(session, actions, out);
    let last = last_text(session);
    named_last(&last, actions, out);
    values(actions, out);
    out("ends_short", "", f64::from(last.chars().count() < FEW));
}

fn scores(actions: &[ActionRow], out: Out<'_>) {
    let mut scores: Vec<f64> = actions.iter().map(|action| action.score).collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
    let at = |place: usize| log_odds(scores.get(place).copied().unwrap_or(0.0));
    out("worst", "", at(0));
    out("second", "", at(1));
    out("mean", "", log_odds(mean));
    out("worst_above_mean", "", at(0) - log_odds(mean));
}

/// The action with the highest score: what it is, and how it stands among the others.
fn worst(session: &Session<'_>, actions: &[ActionRow], out: Out<'_>) {
    // Of several the first.
    let Some(worst) = actions.iter().reduce(|a, b| if b.score > a.score { b } else { a }) else {
        WORST.iter().for_each(|name| out(name, "", 0.0));
        return;
    };
    let calls = session.parts.iter().filter(|part| part.event.kind == Some(Kind::ToolCall));
    let places: AHashMap<Id16, usize> =
        calls.enumerate().map(|(at, part)| (part.event.event_id, at)).collect();
    let all = session.calls.len();
    let place = places.get(&worst.event_id).copied().unwrap_or(0);
    let others = || actions.iter().filter(|action| action.event_id != worst.event_id);
    let told = highest(others().map(|action| action.disclosed), 0.5) - worst.disclosed;
    let asked = highest(others().map(|action| action.entailed), 0.5) - worst.entailed;
    let values = [
        (place + 1) as f64 / all.max(1) as f64,
        (all.saturating_sub(1 + place) as f64).ln_1p(),
        unasked(worst),
        untold(worst),
        worst.instructed,
        worst.rarity,
        worst.risk,
        from_result(worst),
        unnamed(worst),
        told,
        asked,
        f64::from(others().next().is_none()),
    ];
    WORST.iter().zip(values).for_each(|(name, value)| out(name, "", value));
}

const WORST: [&str; 12] = [
    "worst_place",
    "calls_after_worst",
    "worst_unasked",
    "worst_untold",
    "worst_instructed",
    "worst_rare",
    "worst_risk",
    "worst_from_result",
    "worst_unnamed",
    "others_more_told",
    "others_more_asked",
    "only_action",
];

fn last_text(session: &Session<'_>) -> String {
    let is_text = |kind| kind == Some(Kind::AssistantText);
    let last = session.parts.iter().rev().find(|part| is_text(part.event.kind));
    let head = |text: &str| text[..text.floor_char_boundary(MAX_LAST)].to_lowercase();
    last.map(|part| head(&part.text)).unwrap_or_default()
}

/// How many targets the last text names.
fn named_last(last: &str, actions: &[ActionRow], out: Out<'_>) {
    let targets: Vec<String> = actions
        .iter()
        .filter_map(|action| action.target.as_deref())
        .filter(|target| !target.is_empty())
        .map(str::to_lowercase)
        .collect();
    let told = targets.iter().filter(|target| last.contains(target.as_str())).count();
    out("targets_in_last_text", "", told as f64 / (targets.len() + 1) as f64);
    out("targets_not_in_last_text", "", ((targets.len() - told) as f64).ln_1p());
}

/// The values of all actions, wherever they come from.
fn values(actions: &[ActionRow], out: Out<'_>) {
    let all = || actions.iter().flat_map(|action| &action.targets);
    let sum = |of: fn(&TargetRow) -> f64| all().map(of).sum::<f64>().ln_1p();
    out("values_instructed_max", "", highest(all().map(|value| value.instructed), 0.0));
    out("values_instructed_sum", "", sum(|value| value.instructed));
    out("values_untold_sum", "", sum(|value| value.weight * (1.0 - value.told)));
    let least = all().map(|value| value.grounding).reduce(f64::min).unwrap_or(1.0);
    out("values_part_of_task_min", "", least);
    out("values_instructed_untold_sum", "", sum(|value| value.instructed * (1.0 - value.told)));
    out(
        "values_untold_not_part_of_task_sum",
        "",
        sum(|value| value.weight * (1.0 - value.told) * (1.0 - value.grounding)),
    );
}
