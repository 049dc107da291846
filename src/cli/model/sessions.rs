//! `reveille model sessions`: what the heads beside the judge of sessions look at, for training.

use super::super::exit::Exit;
use super::super::options::{Global, LakeArg};
use super::super::ui::Ui;
use crate::cli::actions::ActionsArg;
use crate::detect::session::{Features, Judgement, number_names};
use crate::pipeline::judge::{self, Options};
use serde_json::{Map, Value, json};

/// Print what the heads beside the judge of sessions look at, for training
///
/// A line of JSON per session: its id, what it was judged to be, tokens with how often they come by
/// block, and numbers. --names prints the names of the numbers instead.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    lake: LakeArg,
    /// Print the names of the numbers, in order
    #[arg(long)]
    names: bool,
    #[command(flatten)]
    actions: ActionsArg,
}

pub(super) fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    if args.names {
        Ui::data(&format!("{}\n", json!(number_names())))?;
        return Ok(Exit::OK);
    }
    let options = Options {
        lake: args.lake.lake.clone(),
        threads: global.thread_count(),
        memory: global.memory_bytes(),
        all: true,
        own: args.actions.load()?,
    };
    let mut printed = Ok(());
    let line =
        |judgement: Judgement, features: Features| format!("{}\n", row(&judgement, &features));
    judge::features(&options, line, |lines| {
        printed = Ui::data(&lines.concat());
        printed.is_ok()
    })?;
    printed?;
    Ok(Exit::OK)
}

fn row(judgement: &Judgement, features: &Features) -> Value {
    let counts = |counts: &[(String, u32)]| -> Value {
        counts
            .iter()
            .map(|(token, count)| (token.clone(), json!(count)))
            .collect::<Map<_, _>>()
            .into()
    };
    let mut blocks: Map<String, Value> =
        features.named().map(|(name, block)| (name.to_owned(), counts(block))).collect();
    blocks.extend(features.hashed().map(|(name, block)| (name.to_owned(), json!(block))));
    json!({
        "session_id": judgement.session_id,
        "verdict": judgement.verdict.as_str(),
        "score": judgement.score,
        "claim_score": judgement.claim_score,
        "event_count": judgement.counts[0],
        "text_bytes": judgement.text_bytes,
        "acts": features.acts,
        "blocks": blocks,
        "numbers": features.numbers,
    })
}
