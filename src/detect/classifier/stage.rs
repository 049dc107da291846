//! A stage of a model: what reads texts for it, its graph, and copies of that which are ready to run.
//!
//! A graph runs one batch at a time; threads share a stage, and each takes a copy out of its pool.

use super::device::{Device, filled_up};
use super::graph::{Graph, during};
use super::manifest::Input;
use super::onnx::OnnxError;
use super::pool::{Pool, Source};
use super::reader::{Reader, Rows};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes that all copies of a second stage take on the CPU by and large, however many cores there are; threads
/// beyond them wait. Few windows of a log are read by one.
const SECOND_BYTES: usize = 2 << 30;
/// How much larger a copy is than its graph's file, on the embedded runtime (measured: the shipped one's).
const COPY_BY_FILE: usize = 4;

/// What a stage is made of: files, checked.
pub(super) struct Stage {
    pub(super) input: Input,
    pub(super) reader: Reader,
    /// The bytes of its graph.
    pub(super) graph: Cow<'static, [u8]>,
    /// Numbers that the graph gives for a window.
    pub(super) labels: usize,
    pool: Pool<Graph>,
}

/// Windows of one width.
#[derive(Default)]
struct Waiting {
    rows: Rows,
    /// Of each the text and the bytes of the window.
    windows: Vec<(usize, Range<usize>)>,
}

/// Without the weights: they are megabytes.
impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").field("input", &self.input).finish_non_exhaustive()
    }
}

impl Stage {
    pub(super) fn new(
        input: Input,
        reader: Reader,
        graph: Cow<'static, [u8]>,
        labels: usize,
    ) -> Self {
        Self { input, reader, graph, labels, pool: Pool::up_to(usize::MAX) }
    }

    /// The same as a second stage, of which there are no more copies than fit into a room.
    pub(super) fn for_what_passes(mut self) -> Self {
        self.pool = Pool::up_to(SECOND_BYTES / (COPY_BY_FILE * self.graph.len()).max(1));
        self
    }

    /// Runs what shows that the graph is made for what its reader may give.
    ///
    /// # Errors
    /// What failed, and with which input.
    pub(super) fn check(&self, device: &Device) -> Result<(), OnnxError> {
        let graph = self.input.graph();
        for (what, rows) in self.reader.trials() {
            during(&format!("{graph}, {what}"), || self.run(device, &rows)).map_err(|error| {
                match error {
                    // Nothing that the graph could do about.
                    OnnxError::Device(_) => error,
                    _ => {
                        OnnxError::Graph { graph: graph.to_owned(), why: format!("{what} {error}") }
                    }
                }
            })?;
        }
        Ok(())
    }

    /// Calls `each` with every window of some texts, of each the first `most`: the number of the text, the bytes
    /// of the window, and a score per label. Windows come width by width, those of one width in the order of
    /// the texts. Returns the texts that have more windows.
    ///
    /// # Errors
    /// If the tokenizer or the graph fails.
    pub(super) fn each_window(
        &self,
        device: &Device,
        texts: &[&str],
        most: usize,
        mut each: impl FnMut(usize, Range<usize>, &[f32]),
    ) -> Result<Vec<usize>, OnnxError> {
        let mut take = |held: &Waiting| -> Result<(), OnnxError> {
            let scores = self.run(device, &held.rows)?;
            let rows = held.windows.iter().zip(scores.chunks_exact(self.labels));
            rows.for_each(|((text, bytes), scores)| each(*text, bytes.clone(), scores));
            Ok(())
        };
        let (batch, is_filled_up) = self.together(device)?;
        let mut waiting: BTreeMap<usize, Waiting> = BTreeMap::new();
        let mut cut = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            let rows = self.reader.rows(text).map_err(OnnxError::Tokenizer)?;
            if rows.len() > most {
                cut.push(at);
            }
            for row in rows.into_iter().take(most) {
                let length = row.ids.len();
                let width = if is_filled_up { filled_up(length) } else { length };
                let held = waiting.entry(width).or_default();
                held.rows.push(&row, width);
                held.windows.push((at, row.bytes));
                if held.windows.len() == batch {
                    take(&std::mem::take(held))?;
                }
            }
        }
        waiting.values().filter(|held| !held.windows.is_empty()).try_for_each(take)?;
        Ok(cut)
    }

    /// How many windows run together, and whether they are filled up to a common width: on a GPU only, where
    /// the last digits of a score may depend on what stands beside it.
    fn together(&self, device: &Device) -> Result<(usize, bool), OnnxError> {
        let fills_up = self.pool.gpu_fills_up(&Loads { stage: self, device })?;
        Ok(match fills_up {
            Some(fills_up) => (device.batch(), fills_up),
            None => (self.reader.batch(), false),
        })
    }

    /// The scores of rows, a number per label for each.
    pub(super) fn run(&self, device: &Device, rows: &Rows) -> Result<Vec<f32>, OnnxError> {
        if rows.count() == 0 {
            return Ok(Vec::new());
        }
        let loads = Loads { stage: self, device };
        let mut scores = self.pool.run(&loads, rows, self.reader.batch())?;
        for row in scores.chunks_exact_mut(self.labels) {
            let fail = |why| OnnxError::Run { graph: self.input.graph().to_owned(), why };
            self.reader.scores(row).map_err(fail)?;
        }
        Ok(scores)
    }
}

/// What loads a stage's graph on a device.
struct Loads<'s> {
    stage: &'s Stage,
    device: &'s Device,
}

impl Source<Graph> for Loads<'_> {
    fn is_gpu(&self) -> bool {
        self.device.is_gpu_for(&self.stage.input)
    }

    fn on_gpu(&self) -> Result<Option<Graph>, OnnxError> {
        let stage = self.stage;
        self.device.load_on_gpu(&stage.input, &stage.graph, stage.labels)
    }

    fn on_cpu(&self) -> Result<Graph, OnnxError> {
        let stage = self.stage;
        self.device.load_on_cpu(&stage.input, &stage.graph, stage.labels)
    }

    fn fewer(&self, most: usize) {
        self.device.fewer(most);
    }

    fn lose(&self, why: String) -> Result<(), OnnxError> {
        self.device.lose(why)
    }

    fn error(&self, why: String) -> OnnxError {
        OnnxError::Run { graph: self.stage.input.graph().to_owned(), why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::classifier::{Choice, Device, Model, Runtime, Wanted};

    /// What a GPU is given, given to the CPU: windows of several lengths in one batch.
    #[test]
    fn windows_that_are_filled_up_score_as_they_do_alone() {
        let device = Device::new(Runtime::start(&Choice::Embedded).unwrap(), Wanted::Cpu);
        let stage = Model::load(&crate::testing::example()).unwrap().first;
        let texts = ["hide it", "a b c d e f g h i j k l", "poison the well first, then tea"];
        let rows = texts.map(|text| stage.reader.rows(text).unwrap().remove(0));
        let (mut together, mut alone) = (Rows::default(), Vec::new());
        for row in &rows {
            let mut one = Rows::default();
            one.push(row, row.ids.len());
            alone.extend(stage.run(&device, &one).unwrap());
            together.push(row, filled_up(rows.iter().map(|row| row.ids.len()).max().unwrap()));
        }
        assert_eq!((together.count(), together.width % 32), (3, 0));
        let near = |found: &[f32]| {
            let far = found.iter().zip(&alone).find(|(a, b)| (*a - *b).abs() > 1e-5);
            assert_eq!(far, None);
        };
        near(&stage.run(&device, &together).unwrap());
        let parts: Vec<Rows> = together.parts(2).collect();
        let [other, one] = &parts[..] else { panic!("two parts") };
        assert_eq!((other.count(), one.count()), (2, 1));
        let mut halves = stage.run(&device, other).unwrap();
        halves.extend(stage.run(&device, one).unwrap());
        near(&halves);
    }
}
