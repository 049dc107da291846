//! `reveille completions`: for shells.

use super::exit::Exit;
use super::ui::Ui;

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  reveille completions bash > ~/.local/share/bash-completion/completions/reveille")]
pub(crate) struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

pub(super) fn run(args: &Args, mut command: clap::Command) -> anyhow::Result<Exit> {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut command, "reveille", &mut out);
    Ui::data(&String::from_utf8_lossy(&out))?;
    Ok(Exit::OK)
}
