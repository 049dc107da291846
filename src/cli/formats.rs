//! `reveille formats`: what can be read.

use super::exit::Exit;
use super::ui::Ui;
use crate::formats::{mapped, registry};
use std::fmt::Write as _;

/// List the transcript formats that are recognised
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(super) fn run() -> anyhow::Result<Exit> {
    let mut out = String::new();
    for format in registry::ALL {
        let _ = writeln!(out, "{:<18} {}", format.id(), format.title());
    }
    let _ = writeln!(out, "{:<18} {}", mapped::ID, mapped::TITLE);
    Ui::data(&out)?;
    Ok(Exit::OK)
}
