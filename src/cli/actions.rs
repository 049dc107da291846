//! Lists of one's own for the judge of sessions: what several commands share to read them.

use crate::detect::session::{ListFile, SessionJudge};
use crate::report::escape;
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};

/// Which lists.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ActionsArg {
    /// Lists of your own tools, programs and known places, files or folders, before the shipped ones
    /// (rules/actions/README.md)
    #[arg(long = "actions", env = "REVEILLE_ACTIONS", value_name = "PATH", value_delimiter = ',', value_hint = clap::ValueHint::AnyPath)]
    actions: Vec<PathBuf>,
}

/// Longest file of lists.
const MAX_FILE: u64 = 16 << 20;

impl ActionsArg {
    /// Reads the lists and tries them, so that what is wrong is said before any work is done.
    pub(crate) fn load(&self) -> anyhow::Result<Vec<ListFile>> {
        let mut files = Vec::new();
        // An empty variable of the environment is none.
        for path in self.actions.iter().filter(|path| !path.as_os_str().is_empty()) {
            let found = found(path)?;
            if found.is_empty() {
                bail!("{}: no file that ends in .yml or .yaml", shown(path));
            }
            for path in found {
                files.push(read(&path)?);
            }
        }
        if !files.is_empty()
            && let Err(wrong) = SessionJudge::with(&files)
        {
            bail!("{} problem(s) in the lists:\n{}", wrong.lines().count(), wrong);
        }
        Ok(files)
    }
}

fn shown(path: &Path) -> String {
    escape::line(&path.display().to_string()).into_owned()
}

/// The file itself, or the lists of a folder by name.
fn found(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).with_context(|| shown(path))? {
        let path = entry.with_context(|| shown(path))?.path();
        if path.extension().is_some_and(|end| end == "yml" || end == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> anyhow::Result<ListFile> {
    let length = std::fs::metadata(path).with_context(|| shown(path))?.len();
    if length > MAX_FILE {
        bail!("{}: {length} bytes; a file of lists has at most {MAX_FILE}", shown(path));
    }
    let bytes = std::fs::read(path).with_context(|| shown(path))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        anyhow::anyhow!("{}: not UTF-8 at byte {}", shown(path), error.utf8_error().valid_up_to())
    })?;
    Ok(ListFile { name: shown(path), text })
}
