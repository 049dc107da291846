//! Where graphs run: on the CPU, or those over tokens on a GPU by the CUDA provider of ONNX Runtime.
//!
//! That a provider is compiled in says nothing, and by default a library that cannot use it goes on without
//! a word. So it is asked to fail, what it says is kept, and everything goes on on the CPU. The same holds
//! for a GPU that is lost while it works.

use super::graph::Graph;
use super::manifest::Input;
use super::onnx::{Backend, OnnxError, Runtime};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Where graphs over tokens are wanted to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// On a GPU if that works, else on the CPU.
    Auto,
    /// On the CPU.
    Cpu,
    /// On a GPU or not at all.
    Cuda,
}

/// A runtime, and whether it may use a GPU.
#[derive(Debug)]
pub struct Device {
    /// What runs graphs.
    pub runtime: &'static Runtime,
    wanted: Wanted,
    /// Windows that run together on a GPU.
    batch: usize,
    /// Whether a graph was loaded onto it.
    works: AtomicBool,
    /// Why it does not work, or not any more.
    lost: OnceLock<String>,
    /// Windows that a GPU runs at once after it has failed on more; 0 if it has not.
    fewer: AtomicUsize,
}

/// Windows that run together on a GPU, unless said otherwise.
const BATCH: usize = 256;
/// Widths of windows are filled up to a multiple of this, so that few are alone with theirs.
const STEP: usize = 32;

impl Device {
    /// The device that is wanted; whether it works shows when a graph is loaded.
    #[must_use]
    pub fn new(runtime: &'static Runtime, wanted: Wanted) -> Self {
        let lost = OnceLock::new();
        let why = match (wanted, &runtime.backend) {
            (Wanted::Cpu, _) => Some("not asked for"),
            (_, Backend::Tract) => {
                Some("the embedded runtime has no GPU; see `model runtime install`")
            }
            _ => None,
        };
        why.into_iter().for_each(|why| {
            let _ = lost.set(why.to_owned());
        });
        let (works, fewer) = (AtomicBool::new(false), AtomicUsize::new(0));
        Self { runtime, wanted, batch: BATCH, works, lost, fewer }
    }

    /// The same with another number of windows that run together on a GPU.
    #[must_use]
    pub fn with_batch(self, batch: usize) -> Self {
        Self { batch: batch.max(1), ..self }
    }

    /// Loads a graph onto the GPU; none if that does not work.
    ///
    /// # Errors
    /// If it must.
    pub(super) fn load_on_gpu(
        &self,
        input: &Input,
        graph: &[u8],
        labels: usize,
    ) -> Result<Option<Graph>, OnnxError> {
        match self.runtime.load(input, graph, labels, true) {
            Ok(loaded) => {
                self.works.store(true, Ordering::Relaxed);
                Ok(Some(loaded))
            }
            Err(OnnxError::Graph { why, .. }) => self.lose(why).map(|()| None),
            Err(other) => Err(other),
        }
    }

    /// Loads a graph for the CPU.
    ///
    /// # Errors
    /// If it is no graph that runs here, or must run on a GPU.
    pub(super) fn load_on_cpu(
        &self,
        input: &Input,
        graph: &[u8],
        labels: usize,
    ) -> Result<Graph, OnnxError> {
        if self.must_be_gpu() && matches!(input, Input::Tokens(_)) {
            self.lose("none works".to_owned())?;
        }
        self.runtime.load(input, graph, labels, false)
    }

    /// Whether graphs over tokens run on a GPU or not at all.
    pub(super) fn must_be_gpu(&self) -> bool {
        self.wanted == Wanted::Cuda
    }

    /// Whether graphs that are fed like this run on the GPU, as far as is known.
    pub(super) fn is_gpu_for(&self, input: &Input) -> bool {
        matches!(input, Input::Tokens(_)) && self.lost.get().is_none()
    }

    /// Goes on without the GPU.
    ///
    /// # Errors
    /// If it must not.
    pub(super) fn lose(&self, why: String) -> Result<(), OnnxError> {
        let why = self.lost.get_or_init(|| why);
        match self.wanted {
            Wanted::Cuda => Err(OnnxError::Device(why.clone())),
            Wanted::Auto | Wanted::Cpu => Ok(()),
        }
    }

    /// Why graphs over tokens do not run on a GPU, if that is known and was not asked for.
    #[must_use]
    pub fn why_no_gpu(&self) -> Option<&str> {
        self.lost.get().map(String::as_str).filter(|_| self.wanted != Wanted::Cpu)
    }

    /// Why a GPU that worked does not any more.
    #[must_use]
    pub fn why_lost(&self) -> Option<&str> {
        self.why_no_gpu().filter(|_| self.works.load(Ordering::Relaxed))
    }

    /// It failed on more windows at once than this, and gets no more from now on.
    pub(super) fn fewer(&self, most: usize) {
        // A model may have two graphs here, each with batches of its own.
        let before = self.fewer.swap(most, Ordering::Relaxed);
        if before > 0 {
            self.fewer.fetch_min(before, Ordering::Relaxed);
        }
    }

    /// How many windows a GPU runs at once that has failed on as many as were wanted.
    #[must_use]
    pub fn had_too_many(&self) -> Option<usize> {
        Some(self.fewer.load(Ordering::Relaxed)).filter(|most| *most > 0)
    }

    /// Its name: the CPU until a graph was loaded onto a GPU.
    #[must_use]
    pub fn name(&self) -> &'static str {
        let works = self.works.load(Ordering::Relaxed) && self.lost.get().is_none();
        if works { "CUDA" } else { "CPU" }
    }

    /// Windows that run together on a GPU.
    pub(super) fn batch(&self) -> usize {
        self.batch
    }
}

/// The width that a window of `width` tokens is filled up to on a GPU.
pub(super) fn filled_up(width: usize) -> usize {
    width.next_multiple_of(STEP)
}
