//! Which model and which runtime: what several commands share to make a classifier.

use crate::detect::classifier::{Candidate, Choice, Classifier, Model, Runtime};
use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// Which classifier.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ModelArg {
    /// Folder of a classifier [default: the one that comes with the program]
    #[arg(long, env = "REVEILLE_MODEL", value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub(crate) model: Option<PathBuf>,
    /// Library of ONNX Runtime, or `none` for the embedded runtime [default: where ORT_DYLIB_PATH
    /// says, beside the program, in the user's data folder, in the system's]
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    pub(crate) onnxruntime: Option<PathBuf>,
}

/// Start of a library's file name; what follows is its version.
pub(super) const LIBRARY: &str = "libonnxruntime.so";

impl ModelArg {
    /// The model's files, checked.
    pub(crate) fn model(&self) -> anyhow::Result<Model> {
        match &self.model {
            None => Model::shipped().context("the shipped model"),
            Some(folder) => {
                Model::load(folder).with_context(|| format!("model {}", folder.display()))
            }
        }
    }

    /// The classifier, ready.
    pub(crate) fn load(&self) -> anyhow::Result<Classifier> {
        let model = self.model()?;
        Ok(Classifier::new(model, Runtime::start(&self.choice())?)?)
    }

    fn choice(&self) -> Choice {
        match &self.onnxruntime {
            Some(path) if path.as_os_str() == "none" => Choice::Embedded,
            Some(path) => Choice::Only(absolute(path)),
            None => Choice::Best(candidates()),
        }
    }
}

/// A relative path would be looked for beside the program first.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Where a library may be, best first.
fn candidates() -> Vec<Candidate> {
    let mut found = Vec::new();
    let variable = std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty());
    found.extend(
        variable
            .map(|path| Candidate { source: "ORT_DYLIB_PATH", path: absolute(Path::new(&path)) }),
    );
    let exe = std::env::current_exe().ok();
    let beside = exe.as_deref().and_then(Path::parent).into_iter().flat_map(libraries);
    found.extend(beside.map(|path| Candidate { source: "beside the program", path }));
    let data = runtime_folder();
    let own = data.iter().flat_map(|folder| libraries(folder));
    found.extend(own.map(|path| Candidate { source: "data folder", path }));
    found.push(Candidate { source: "system", path: LIBRARY.into() });
    found
}

/// Where `model runtime install` puts a library: in `$XDG_DATA_HOME/reveille`, or the same below the home
/// folder.
pub(super) fn runtime_folder() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")));
    base.map(|base| base.join("reveille/onnxruntime"))
}

/// Libraries in a folder, the newest version first.
fn libraries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_library = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(LIBRARY))
    };
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_library).collect();
    let version = |path: &PathBuf| -> Vec<u32> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name[LIBRARY.len()..].split('.').filter_map(|part| part.parse().ok()).collect()
    };
    found.sort_by(|a, b| version(b).cmp(&version(a)).then(a.cmp(b)));
    found
}
