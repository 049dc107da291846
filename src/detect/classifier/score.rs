//! Texts into scores: the highest of each label over the windows of a text, by one stage or two.
//!
//! The same text gives the same score whatever stands beside it: only windows of one width run together,
//! and only where a row's sum runs over the row alone; and which windows a second stage reads depends on
//! their text alone.

use super::again::{MOST_ROWS, Passed, choose, letters};
use super::cascade::Gate;
use super::device::{Device, Wanted};
use super::kinds::{Say, says};
use super::model::Model;
use super::onnx::{Backend, OnnxError, Runtime};
use super::reader::Reader;
use super::scripts::Scripts;
use super::stage::Stage;
use super::together::Summed;
use super::unread::Unread;
use super::words;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes of a text that are read; a longer one is scored by its beginning, and says so.
pub const MAX_TEXT: usize = 1 << 20;
/// What a graph is tried with: letters, and a sign and two scripts that a tokenizer may not know.
const TRIAL: &str = "a b c ☃ 漢 \u{e000}";

/// How likely a text is what each label says.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Highest score of each label, in the order of the model's labels.
    pub scores: Vec<f32>,
    /// Bytes of the window with the highest score of each label.
    pub windows: Vec<Range<usize>>,
    /// The window in which the labels that alert together say most; of two stages none that should have been read again
    /// and was not. Without such labels, or windows, none.
    pub together: Option<Summed>,
    /// Of each of these labels that alerts, by its number, the window in which it is hunted and they say most.
    pub alerting: BTreeMap<usize, Summed>,
    /// Windows that were scored; none if the text has no words.
    pub window_count: usize,
    /// Of these, windows that a second stage has read too.
    pub second_count: usize,
    /// Windows that a second stage should have read, and did not: too many of the text passed.
    pub second_left: usize,
    /// Of the windows a second stage has read, those of which it read only the beginning.
    pub second_cut: usize,
    /// Bytes in runs that are too long to be words: data, or a script that puts no space between them. Only a model of
    /// hashed words leaves them out.
    pub skipped: usize,
    /// Why no window was scored, where none was; or why scores mean little.
    pub unread: Option<Unread>,
    /// Whether the text was longer than [`MAX_TEXT`].
    pub is_truncated: bool,
}

/// A model with its runtime. Threads share it.
#[derive(Debug)]
pub struct Classifier {
    /// The model.
    pub model: Model,
    /// What runs it, and where.
    pub device: Device,
    /// Which labels make findings.
    pub(super) says: Vec<Say>,
    /// Numbers of the labels that alert together.
    pub(super) together: Vec<usize>,
    /// The scripts it has learnt.
    scripts: Option<Scripts>,
}

impl Classifier {
    /// A classifier; loads its graph once and runs it on whatever shows that it is made for the model.
    ///
    /// A second stage that came with the program was tried when it was built, and loads when it is needed.
    ///
    /// # Errors
    /// If the runtime cannot run a graph, or a graph gives something else than the labels' numbers.
    pub fn new(model: Model, runtime: &'static Runtime) -> Result<Self, OnnxError> {
        Self::on(model, Device::new(runtime, Wanted::Cpu))
    }

    /// The same on a device.
    ///
    /// # Errors
    /// Those of [`Self::new`], or if it must be a GPU and none works.
    pub fn on(model: Model, device: Device) -> Result<Self, OnnxError> {
        // A manifest that was read has scripts that there are.
        let scripts = Scripts::named(&model.manifest.scripts).unwrap_or_default();
        let (says, together) = (says(&model.manifest), model.manifest.together_at());
        let classifier = Self { says, together, scripts, model, device };
        classifier.try_stage(&classifier.model.first)?;
        if !classifier.model.is_shipped || classifier.device.must_be_gpu() {
            classifier.try_second()?;
        }
        Ok(classifier)
    }

    /// Runs the second stage, if there is one, on whatever shows that it works here.
    ///
    /// # Errors
    /// If it does not.
    pub fn try_second(&self) -> Result<(), OnnxError> {
        let second = self.model.second.as_ref();
        second.map_or(Ok(()), |second| self.try_stage(second.stage()?))
    }

    fn try_stage(&self, stage: &Stage) -> Result<(), OnnxError> {
        // First what says which of its files do not belong together.
        stage.check(&self.device)?;
        stage.each_window(&self.device, &[TRIAL], usize::MAX, |_, _, _| {}).map(|_| ())
    }

    /// The same without its second stage: what everything is scored by.
    #[must_use]
    pub fn first_stage(mut self) -> Self {
        self.model.second = None;
        self
    }

    /// What runs its graphs, for people: the runtime, and the device of graphs over tokens.
    #[must_use]
    pub fn place(&self) -> (&'static str, &'static str) {
        let by = match &self.device.runtime.backend {
            Backend::Tract => "tract",
            Backend::OnnxRuntime { .. } => "ONNX Runtime",
        };
        (by, if self.model.manifest.reads_tokens() { self.device.name() } else { "CPU" })
    }

    /// Texts that are worth holding together: as many as take a moment, if nothing passes.
    #[must_use]
    pub fn together(&self) -> usize {
        // A graph over tokens takes about a thousand times as long.
        if self.model.first.reader.batch() > 1 { 4096 } else { 256 }
    }

    /// Texts that a thread should take at once: few, as windows that are read again stand anywhere, but
    /// enough for a GPU to have its batches.
    #[must_use]
    pub fn piece(&self) -> usize {
        if self.device.name() == "CPU" { 64 } else { 2 * self.device.batch() }
    }

    /// Scores texts.
    ///
    /// # Errors
    /// If the tokenizer or a graph fails.
    pub fn score(&self, texts: &[&str]) -> Result<Vec<Scored>, OnnxError> {
        let mut out: Vec<Scored> = texts.iter().map(|text| self.unread(text)).collect();
        let cut = |text: &&'_ str| text.floor_char_boundary(MAX_TEXT.min(text.len()));
        let texts: Vec<&str> = texts.iter().map(|text| &text[..cut(text)]).collect();
        let (first, second) = (&self.model.first, self.model.second.as_ref());
        let mut passed = Vec::new();
        first.each_window(&self.device, &texts, usize::MAX, |text, bytes, scores| {
            out[text].window_count += 1;
            match second.map(|second| &second.gate) {
                Some(gate) if gate.passes(scores) => {
                    passed.push(Passed { text, bytes, scores: scores.to_vec() });
                }
                Some(gate) => self.keep(&mut out[text], &gate.unread(scores), bytes),
                None => self.keep(&mut out[text], scores, bytes),
            }
        })?;
        if let Some(second) = second.filter(|_| !passed.is_empty()) {
            let (again, left) = choose(&second.gate, passed);
            for one in left {
                out[one.text].second_left += 1;
                // It would alert by the first stage alone.
                out[one.text].keep(&one.scores, one.bytes);
            }
            self.read_again(second.stage()?, &second.gate, &texts, again, &mut out)?;
        }
        for (text, scored) in texts.iter().zip(&mut out) {
            if matches!(first.reader, Reader::Words(_)) {
                scored.skipped = words::unread(text);
            }
            if scored.window_count == 0 {
                scored.unread = Some(Unread::of(text));
            } else if self.scripts.as_ref().is_some_and(|scripts| scripts.is_foreign(text)) {
                scored.unread = Some(Unread::OtherScript);
            }
        }
        Ok(out)
    }

    /// The scores of windows by both stages.
    fn read_again(
        &self,
        stage: &Stage,
        gate: &Gate,
        texts: &[&str],
        again: Vec<Passed>,
        out: &mut [Scored],
    ) -> Result<(), OnnxError> {
        let parts: Vec<(String, bool)> =
            again.iter().map(|one| letters(&texts[one.text][one.bytes.clone()])).collect();
        let borrowed: Vec<&str> = parts.iter().map(|(part, _)| part.as_str()).collect();
        // A window of words may be several of tokens.
        let mut highest: Vec<Option<Vec<f32>>> = vec![None; again.len()];
        let each = |at: usize, _, scores: &[f32]| match &mut highest[at] {
            Some(known) => {
                known.iter_mut().zip(scores).for_each(|(known, new)| *known = known.max(*new))
            }
            none => *none = Some(scores.to_vec()),
        };
        let cut = stage.each_window(&self.device, &borrowed, MOST_ROWS, each)?;
        for (at, (one, second)) in again.into_iter().zip(highest).enumerate() {
            let scored = &mut out[one.text];
            match second {
                Some(second) => {
                    scored.second_count += 1;
                    scored.second_cut += usize::from(parts[at].1 || cut.binary_search(&at).is_ok());
                    self.keep(scored, &gate.both(&one.scores, &second), one.bytes);
                }
                None => scored.keep(&one.scores, one.bytes),
            }
        }
        Ok(())
    }

    /// One more window of a text.
    fn keep(&self, scored: &mut Scored, scores: &[f32], bytes: Range<usize>) {
        if let Some(together) = &self.model.manifest.together {
            let summed = Summed::of(&self.together, scores, bytes.clone());
            if summed.sum >= together.least {
                let hunted = self.together.iter().filter(|at| self.reaches(**at, scores));
                for at in hunted {
                    let known = scored.alerting.entry(*at).or_insert_with(|| summed.clone());
                    known.keep(&summed);
                }
            }
            scored.together.get_or_insert_with(|| summed.clone()).keep(&summed);
        }
        scored.keep(scores, bytes);
    }

    /// A text of which no window has been scored.
    fn unread(&self, text: &str) -> Scored {
        let labels = self.model.manifest.labels.len();
        Scored {
            scores: vec![0.0; labels],
            windows: vec![0..0; labels],
            together: None,
            alerting: BTreeMap::new(),
            window_count: 0,
            second_count: 0,
            second_left: 0,
            second_cut: 0,
            skipped: 0,
            unread: None,
            is_truncated: text.len() > MAX_TEXT,
        }
    }
}

impl Scored {
    /// Whether only a part was read: the beginning, or by a second stage that of a window.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.is_truncated || self.second_cut > 0
    }

    /// One more window; of equal scores the first window of the text counts, in whatever order they come.
    fn keep(&mut self, scores: &[f32], bytes: Range<usize>) {
        let best = self.scores.iter_mut().zip(&mut self.windows);
        for ((known, window), score) in best.zip(scores) {
            let rank = |score: f32, window: &Range<usize>| (score, Reverse(window.start));
            if window.start == window.end || rank(*score, &bytes) > rank(*known, window) {
                (*known, *window) = (*score, bytes.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests;
