//! A stage of a model: what reads texts for it, its graph, and copies of that which are ready to run.
//!
//! A graph runs one batch at a time; threads share a stage, and each takes a copy out of its pool.

use super::device::{Device, filled_up};
use super::graph::{Graph, during};
use super::manifest::Input;
use super::onnx::OnnxError;
use super::reader::{Reader, Rows};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// What a stage is made of: files, checked.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) input: Input,
    pub(super) reader: Reader,
    /// The bytes of its graph.
    pub(super) graph: Cow<'static, [u8]>,
    /// Numbers that the graph gives for a window.
    pub(super) labels: usize,
    pool: Mutex<Vec<Graph>>,
}

/// Windows of one width.
#[derive(Default)]
struct Waiting {
    rows: Rows,
    /// Of each the text and the bytes of the window.
    windows: Vec<(usize, Range<usize>)>,
}

impl Stage {
    pub(super) fn new(
        input: Input,
        reader: Reader,
        graph: Cow<'static, [u8]>,
        labels: usize,
    ) -> Self {
        Self { input, reader, graph, labels, pool: Mutex::default() }
    }

    /// Runs what shows that the graph is made for what its reader may give.
    ///
    /// # Errors
    /// What failed, and with which input.
    pub(super) fn check(&self, device: &Device) -> Result<(), OnnxError> {
        let graph = self.input.graph();
        for (what, rows) in self.reader.trials() {
            during(&format!("{graph}, {what}"), || self.run(device, &rows)).map_err(|error| {
                OnnxError::Graph { graph: graph.to_owned(), why: format!("{what} {error}") }
            })?;
        }
        Ok(())
    }

    /// Calls `each` with every window of some texts: the number of the text, the bytes of the window, and a
    /// score per label. Windows come width by width, those of one width in the order of the texts.
    ///
    /// # Errors
    /// If the tokenizer or the graph fails.
    pub(super) fn each_window(
        &self,
        device: &Device,
        texts: &[&str],
        mut each: impl FnMut(usize, Range<usize>, &[f32]),
    ) -> Result<(), OnnxError> {
        let mut take = |held: &Waiting| -> Result<(), OnnxError> {
            let scores = self.run(device, &held.rows)?;
            let rows = held.windows.iter().zip(scores.chunks_exact(self.labels));
            rows.for_each(|((text, bytes), scores)| each(*text, bytes.clone(), scores));
            Ok(())
        };
        let (batch, is_filled_up) = self.together(device)?;
        let mut waiting: BTreeMap<usize, Waiting> = BTreeMap::new();
        for (at, text) in texts.iter().enumerate() {
            for row in self.reader.rows(text).map_err(OnnxError::Tokenizer)? {
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
        waiting.values().filter(|held| !held.windows.is_empty()).try_for_each(take)
    }

    /// How many windows run together, and whether they are filled up to a common width: on a GPU only, where
    /// the last digits of a score may depend on what stands beside it.
    fn together(&self, device: &Device) -> Result<(usize, bool), OnnxError> {
        if !device.is_gpu_for(&self.input) {
            return Ok((self.reader.batch(), false));
        }
        let graph = self.take(device)?;
        let (is_gpu, has_mask) = (graph.is_gpu, graph.has_mask());
        self.give(graph);
        match is_gpu {
            true => Ok((device.batch(), has_mask)),
            false => Ok((self.reader.batch(), false)),
        }
    }

    /// The scores of rows, a number per label for each.
    pub(super) fn run(&self, device: &Device, rows: &Rows) -> Result<Vec<f32>, OnnxError> {
        if rows.count() == 0 {
            return Ok(Vec::new());
        }
        let mut scores = self.numbers(device, rows)?;
        for row in scores.chunks_exact_mut(self.labels) {
            let fail = |why| OnnxError::Run { graph: self.input.graph().to_owned(), why };
            self.reader.scores(row).map_err(fail)?;
        }
        Ok(scores)
    }

    /// What the graph says of rows. A GPU that fails gets half as many, and when it fails on one it is lost.
    fn numbers(&self, device: &Device, rows: &Rows) -> Result<Vec<f32>, OnnxError> {
        let mut graph = self.take(device)?;
        let error = match graph.run(rows, self.labels) {
            Ok(numbers) => {
                self.give(graph);
                return Ok(numbers);
            }
            Err(error) if !graph.is_gpu => return Err(error),
            Err(error) => error,
        };
        drop(graph);
        if rows.count() > 1 {
            let [one, other] = rows.halves();
            let mut numbers = self.numbers(device, &one)?;
            numbers.extend(self.numbers(device, &other)?);
            return Ok(numbers);
        }
        device.lose(format!("it failed while it worked: {error}"))?;
        self.numbers(device, rows)
    }

    /// A copy of the graph that nobody uses; copies on a GPU that was lost are left.
    fn take(&self, device: &Device) -> Result<Graph, OnnxError> {
        let is_gpu = device.is_gpu_for(&self.input);
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        pool.retain(|graph| !graph.is_gpu || is_gpu);
        let pooled = pool.pop();
        drop(pool);
        pooled.map_or_else(|| device.load(&self.input, &self.graph), Ok)
    }

    fn give(&self, graph: Graph) {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner).push(graph);
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
        let [one, other] = together.halves();
        assert_eq!((one.count(), other.count()), (1, 2));
        let mut halves = stage.run(&device, &one).unwrap();
        halves.extend(stage.run(&device, &other).unwrap());
        near(&halves);
    }
}
