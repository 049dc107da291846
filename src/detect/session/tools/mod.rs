//! What tools, programs and functions do. The lists are data in `rules/actions`.
//!
//!   glob.rs       names in one form, patterns
//!   taxonomy.rs   tools by name, and the roles of their arguments
//!   commands.rs   programs and library functions
//!   places.rs     what everybody knows, what is sensitive

mod commands;
mod glob;
mod places;
mod taxonomy;

use commands::Commands;
pub(crate) use commands::{Command, names_of};
pub(crate) use glob::normal;
pub(crate) use places::Places;
use taxonomy::Taxonomy;
pub(crate) use taxonomy::sounds_like_sink;
pub(crate) use taxonomy::{Code, Role, Tool};

use super::words::Languages;
use include_dir::Dir;

/// All that is known of tools.
#[derive(Debug)]
pub(crate) struct Tools {
    pub(crate) taxonomy: Taxonomy,
    pub(crate) commands: Commands,
    pub(crate) places: Places,
    /// For names that are words of a language.
    pub(crate) languages: Languages,
}

impl Tools {
    /// Reads a folder of lists.
    pub(crate) fn load(folder: &Dir<'_>, languages: Languages) -> Result<Self, String> {
        let mut tools = Vec::new();
        for file in folder.files() {
            let name = file.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with("tools-") {
                tools.push((name, file.contents_utf8().unwrap_or_default()));
            }
        }
        tools.sort();
        let text = |name: &str| {
            folder
                .files()
                .find(|file| file.path().file_name().is_some_and(|found| found == name))
                .and_then(|file| file.contents_utf8())
                .ok_or_else(|| format!("{name} is missing"))
        };
        Ok(Self {
            taxonomy: Taxonomy::load(&tools, text("heuristics.yml")?)?,
            commands: Commands::load(text("commands.yml")?, text("functions.yml")?)?,
            places: Places::load(text("known-places.yml")?, text("sensitive.yml")?)?,
            languages,
        })
    }
}
