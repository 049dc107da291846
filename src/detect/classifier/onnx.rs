//! The runtime of ONNX graphs: ONNX Runtime where its library is found, the embedded tract where not.
//!
//! A process has one runtime, chosen at the first start. What was tried and why it was refused is
//! kept, because a silent fallback looks like a choice. Nothing here looks for files: whoever starts the
//! runtime says where the library may be.

use super::graph::{Graph, during};
use super::manifest::Input;
use ort::environment::Environment;
use ort::ep::CUDA;
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Where a library may be, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who names it: an option, a variable, a folder.
    pub source: &'static str,
    /// Path of the library.
    pub path: PathBuf,
}

/// Which runtime is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The first candidate that loads, else tract.
    Best(Vec<Candidate>),
    /// This library or none.
    Only(PathBuf),
    /// tract.
    Embedded,
}

/// What runs graphs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// A library of ONNX Runtime.
    OnnxRuntime {
        /// Where it was found.
        found: Candidate,
        /// What it says of its build.
        build: String,
    },
    /// The embedded one.
    Tract,
}

/// Why a graph cannot be run.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OnnxError {
    /// The library that was asked for does not work.
    #[error("ONNX Runtime cannot be used: {0}")]
    Library(String),
    /// The runtime did not start.
    #[error("the ONNX runtime does not start: {0}")]
    Start(String),
    /// The file is no graph this runtime can run.
    #[error("{graph}: not a graph that runs here: {why}")]
    Graph {
        /// Name of the graph.
        graph: String,
        /// What the runtime says.
        why: String,
    },
    /// Running failed.
    #[error("{graph}: {why}")]
    Run {
        /// Name of the graph.
        graph: String,
        /// What the runtime says.
        why: String,
    },
    /// There is no GPU that works, and it must be one.
    #[error("no graph can run on a GPU: {0}")]
    Device(String),
    /// The model that comes with the program has files that do not belong together.
    #[error("the model of this program is broken: {0}")]
    Shipped(String),
    /// A tokenizer failed on a text.
    #[error("the tokenizer fails on a text: {0}")]
    Tokenizer(String),
}

/// The runtime of this process.
#[derive(Debug)]
pub struct Runtime {
    environment: Environment,
    /// What runs graphs.
    pub backend: Backend,
    /// Libraries that were found and refused, with the reason.
    pub refused: Vec<(Candidate, String)>,
}

static RUNTIME: OnceLock<Result<Runtime, OnnxError>> = OnceLock::new();

/// Why a file cannot be a library, as far as that shows without loading it. Names without a folder are
/// the system loader's business.
fn implausible(path: &Path) -> Option<String> {
    if path.components().count() < 2 {
        return None;
    }
    let read = || {
        let mut file = File::open(path)?;
        let mut head = [0; 64];
        let read = file.read_exact(&mut head);
        Ok::<_, std::io::Error>((head, read.is_ok(), file.metadata()?.len()))
    };
    let (head, is_long, len) = match read() {
        Ok(found) => found,
        Err(error) => return Some(format!("{}: {error}", path.display())),
    };
    if !cfg!(target_os = "linux") {
        return None;
    }
    let number = |at: usize, bytes: usize| {
        head[at..at + bytes].iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))
    };
    // An ELF file of 64 bits, little end first, ends with or after its table of sections.
    let end = number(40, 8).saturating_add(number(58, 2) * number(60, 2));
    match is_long && head.starts_with(&[0x7f, b'E', b'L', b'F', 2, 1]) {
        false => Some(format!("{}: not a library of this system", path.display())),
        true if len < end => Some(format!("{}: cut short, {len} of {end} bytes", path.display())),
        true => None,
    }
}

impl Runtime {
    /// The runtime of this process; only the first call chooses.
    ///
    /// # Errors
    /// If the one library that was asked for does not load, or nothing starts.
    pub fn start(choice: &Choice) -> Result<&'static Self, OnnxError> {
        RUNTIME.get_or_init(|| Self::choose(choice)).as_ref().map_err(Clone::clone)
    }

    fn choose(choice: &Choice) -> Result<Self, OnnxError> {
        let mut refused = Vec::new();
        let (candidates, is_must) = match choice {
            Choice::Best(candidates) => (candidates.clone(), false),
            Choice::Only(path) => {
                (vec![Candidate { source: "--onnxruntime", path: path.clone() }], true)
            }
            Choice::Embedded => (Vec::new(), false),
        };
        let mut is_tried = false;
        for found in candidates {
            let why = match is_tried {
                // After a failure the library takes memory that was never written for a loaded one.
                true => Some("not tried: a process tries one, and that one failed".to_owned()),
                false => implausible(&found.path),
            };
            if let Some(why) = why {
                if is_must {
                    return Err(OnnxError::Library(why));
                }
                refused.push((found, why));
                continue;
            }
            is_tried = true;
            match ort::init_from(&found.path) {
                Ok(builder) => {
                    let environment = start(builder)?;
                    let backend = Backend::OnnxRuntime { found, build: ort::info().to_owned() };
                    return Ok(Self { environment, backend, refused });
                }
                Err(error) if is_must => return Err(OnnxError::Library(error.to_string())),
                Err(error) => refused.push((found, error.to_string())),
            }
        }
        if !ort::set_api(ort_tract::api()) {
            return Err(OnnxError::Start("another runtime is in use already".to_owned()));
        }
        let environment = start(ort::init())?;
        Ok(Self { environment, backend: Backend::Tract, refused })
    }

    /// Loads a graph. Each thread needs its own: a graph runs one batch at a time.
    ///
    /// # Errors
    /// If the bytes are no graph, one with operations this runtime lacks, one that wants other
    /// inputs than the model's way of reading gives, or the GPU does not work.
    pub(super) fn load(
        &self,
        input: &Input,
        graph: &[u8],
        labels: usize,
        is_gpu: bool,
    ) -> Result<Graph, OnnxError> {
        let name = input.graph();
        let refuse = |why: String| OnnxError::Graph { graph: name.to_owned(), why };
        let mut builder = self.builder(is_gpu).map_err(&refuse)?;
        let session = during(&format!("{name}:"), || builder.commit_from_memory(graph));
        let session = session.map_err(|error| refuse(format!("{error}{}", self.hint())))?;
        Graph::new(session, input, labels)
    }

    /// What a graph must be, where the runtime does not say it well.
    fn hint(&self) -> &'static str {
        match self.backend {
            Backend::Tract => {
                " (the embedded runtime wants standard operations, and names for axes that are free)"
            }
            Backend::OnnxRuntime { .. } => "",
        }
    }

    fn builder(&self, is_gpu: bool) -> Result<SessionBuilder, String> {
        let builder = Session::builder(&self.environment).map_err(|error| error.to_string())?;
        let builder = builder
            .with_optimization_level(GraphOptimizationLevel::All)
            .map_err(|error| error.to_string())?;
        let builder = match is_gpu {
            true => builder
                .with_execution_providers([CUDA::default().build().error_on_failure()])
                .map_err(|error| error.to_string())?,
            false => builder,
        };
        match &self.backend {
            // It has one thread and refuses the question.
            Backend::Tract => Ok(builder),
            Backend::OnnxRuntime { .. } => {
                builder.with_intra_threads(1).map_err(|error| error.to_string())
            }
        }
    }
}

fn start(builder: ort::environment::EnvironmentBuilder) -> Result<Environment, OnnxError> {
    let built = builder.with_name("reveille").with_telemetry(false).build();
    built.map_err(|error| OnnxError::Start(error.to_string()))
}
