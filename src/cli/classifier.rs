//! Which model and which runtime: what several commands share to make a classifier.

use super::exit;
use super::ui::Ui;
use crate::detect::classifier::{
    Candidate, Choice, Classifier, Device, Model, Runtime, Wanted, running,
};
use crate::report::escape;
use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// Which classifier.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ModelArg {
    /// Folder of a classifier, see models/README.md [default: the one that comes with the program]
    #[arg(long, env = "REVEILLE_MODEL", value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub(crate) model: Option<PathBuf>,
    /// Library of ONNX Runtime, or `none` for the embedded runtime [default: where ORT_DYLIB_PATH
    /// says, beside the program, in the user's data folder, in the system's]
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    pub(crate) onnxruntime: Option<PathBuf>,
    /// Where graphs over tokens run [default: on a GPU if ONNX Runtime can use one, else on the CPU]
    #[arg(long, env = "REVEILLE_DEVICE", value_name = "DEVICE", value_enum, default_value_t = DeviceArg::Auto, hide_default_value = true)]
    pub(crate) device: DeviceArg,
    /// Windows that run together on a GPU
    #[arg(long, value_name = "N", default_value_t = 256, hide = true)]
    pub(crate) gpu_batch: usize,
}

/// Where graphs over tokens run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DeviceArg {
    /// On a GPU if that works, else on the CPU; `model info` says which and why
    Auto,
    /// On the CPU
    Cpu,
    /// On a GPU by CUDA, or it is an error
    Cuda,
}

impl DeviceArg {
    fn wanted(self) -> Wanted {
        match self {
            Self::Auto => Wanted::Auto,
            Self::Cpu => Wanted::Cpu,
            Self::Cuda => Wanted::Cuda,
        }
    }
}

/// What went another way than was asked for. A fallback that nobody hears of looks like a choice; that the
/// system has no library is none.
pub(crate) fn notices(classifier: &Classifier) -> Vec<String> {
    let refused = classifier.device.runtime.refused.iter();
    let mut lines: Vec<String> = refused
        .filter(|(found, _)| found.source != "system")
        .map(|(found, why)| {
            let path = found.path.display().to_string();
            let (path, why) = (escape::line(&path), escape::line(why));
            format!("Not used: {path} ({}): {why}", found.source)
        })
        .collect();
    if let Some(most) = classifier.device.had_too_many() {
        lines.push(format!(
            "The GPU failed on larger batches (out of memory?): it had {most} windows at once; see --gpu-batch"
        ));
    }
    if let Some(why) = classifier.device.why_lost() {
        lines.push(format!("Went on without the GPU: {}", escape::line(why)));
    }
    lines
}

/// Makes an error of a panic within the embedded runtime. Such a panic cannot be left: it stands in a
/// function that others than Rust may call, and would abort without a word on which graph it was. What
/// it may interrupt is a scan, and a lake stands that at any moment.
#[expect(
    clippy::exit,
    reason = "the panic cannot be returned from, and after it the process aborts"
)]
pub(super) fn explain_broken_graphs() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let Some(graph) = running() else { return usual(panic) };
        let why = panic.payload_as_str().unwrap_or("it panicked");
        Ui::error(&format!(
            "error: {graph} The embedded runtime cannot run this: {}",
            escape::line(why)
        ));
        std::process::exit(exit::FATAL.into());
    }));
}

/// Start of a library's file name; what follows is its version.
pub(super) const LIBRARY: &str = "libonnxruntime.so";

impl ModelArg {
    /// The classifier, ready: its files are checked and its graph has run.
    pub(crate) fn load(&self) -> anyhow::Result<Classifier> {
        let named = || match &self.model {
            None => "the shipped model".to_owned(),
            Some(folder) => format!("model {}", folder.display()),
        };
        let model = self.model.as_deref().map_or_else(Model::shipped, Model::load);
        let model = model.with_context(named)?;
        let runtime = Runtime::start(&self.choice())?;
        let device = Device::new(runtime, self.device.wanted()).with_batch(self.gpu_batch);
        Classifier::on(model, device).with_context(named)
    }

    /// The same, for whoever writes what it says into a lake: what it said there before is replaced by name.
    pub(crate) fn load_for_lake(&self) -> anyhow::Result<Classifier> {
        let classifier = self.load()?;
        anyhow::ensure!(
            !classifier.model.takes_shipped_name(),
            "model {}: calls itself `{}` as the shipped one does, whose findings it would replace; give it \
             another `name` in model.json, and make SHA256SUMS anew",
            escape::line(&self.model.as_deref().unwrap_or(Path::new("")).display().to_string()),
            escape::line(&classifier.model.manifest.name)
        );
        Ok(classifier)
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
