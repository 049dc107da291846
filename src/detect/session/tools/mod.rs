//! What tools, programs and functions do. The lists are data in `rules/actions`.
//!
//!   glob.rs       names in one form, patterns
//!   taxonomy.rs   tools by name, and the roles of their arguments
//!   commands.rs   programs and library functions
//!   places.rs     what everybody knows, what is sensitive
//!   own.rs        lists of one's own beside all these

mod commands;
mod glob;
mod own;
mod places;
mod taxonomy;

use commands::Commands;
pub(crate) use commands::{Command, names_of};
pub(crate) use glob::normal;
pub use own::ListFile;
use own::Own;
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
    /// Reads a folder of lists, and one's own, which go before them.
    pub(crate) fn load(
        folder: &Dir<'_>,
        own: &[ListFile],
        languages: Languages,
    ) -> Result<Self, String> {
        let own = Own::load(own)?;
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
            taxonomy: Taxonomy::load(&tools, text("heuristics.yml")?, own.tools)?,
            commands: Commands::load(text("commands.yml")?, text("functions.yml")?)?
                .with(own.commands, own.functions)?,
            places: Places::load(text("known-places.yml")?, text("sensitive.yml")?)?
                .with(own.places, own.sources)?,
            languages,
        })
    }
}
