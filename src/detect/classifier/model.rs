//! A model's folder: what it is, its graph, and the sums of both.
//!
//!   model.json     name, labels, how it reads a text, thresholds
//!   stage1.onnx    the graph of a model that reads hashed words; that of tokens has any name,
//!   tokenizer.json and its tokenizer beside it; a cascade has all of them
//!   SHA256SUMS     a line per file, as `sha256sum` prints it
//!
//! A file that is not what its sum says is an error: a model that is broken or half copied must not judge.
//! Sums are no signature; who may write the folder may write them too.

use super::cascade::Gate;
use super::manifest::{Input, Manifest, Second};
use super::onnx::OnnxError;
use super::reader::Reader;
use super::stage::Stage;
use include_dir::{Dir, include_dir};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

static SHIPPED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/models/reasoning");

const SUMS: &str = "SHA256SUMS";

/// What the model that comes with the program is called.
const SHIPPED_NAME: &str = "reasoning";

/// Largest file of a model; no graph of one file is larger.
const MAX_FILE: u64 = 2 << 30;

/// A model, checked.
#[derive(Debug)]
pub struct Model {
    /// What it is.
    pub manifest: Manifest,
    /// SHA-256 of its `SHA256SUMS`: names all its files.
    pub sha256: String,
    /// Whether it came with the program.
    pub is_shipped: bool,
    /// What reads every text.
    pub(super) first: Stage,
    /// What reads again what passes.
    pub(super) second: Option<Again>,
}

/// What reads again what passes. The shipped one is made when something does: its tokenizer takes longer to
/// read than a small sweep takes.
#[derive(Debug)]
pub(super) struct Again {
    pub(super) gate: Gate,
    input: Input,
    labels: usize,
    made: OnceLock<Stage>,
    /// Whoever makes it holds this: threads that need it at once wait for the first.
    making: Mutex<()>,
}

impl Again {
    /// The stage.
    ///
    /// # Errors
    /// If the program was built from a folder whose files do not belong together.
    pub(super) fn stage(&self) -> Result<&Stage, OnnxError> {
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let get = |name: &str| {
            shipped(name).map_err(|why| ModelError::File { file: name.to_owned(), why })
        };
        let made = stage(&self.input, self.labels, get)
            .map_err(|error| OnnxError::Shipped(error.to_string()))?;
        Ok(self.made.get_or_init(|| made.for_what_passes()))
    }
}

/// A file of the model that comes with the program.
fn shipped(name: &str) -> Result<Cow<'static, [u8]>, String> {
    let file = SHIPPED.get_file(name).ok_or_else(|| "is not there".to_owned())?;
    Ok(Cow::Borrowed(file.contents()))
}

/// A stage out of its files.
fn stage(
    input: &Input,
    labels: usize,
    get: impl Fn(&str) -> Result<Cow<'static, [u8]>, ModelError>,
) -> Result<Stage, ModelError> {
    let wrong = |file: &str, why| ModelError::File { file: file.to_owned(), why };
    let reader = Reader::new(input, &get, wrong)?;
    Ok(Stage::new(input.clone(), reader, get(input.graph())?, labels))
}

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file is not there or cannot be read.
    #[error("{file}: {why}")]
    File {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// A file is not the one the sums were made of.
    #[error(
        "{file}: its SHA-256 is {found}, `SHA256SUMS` says {expected}; the file was changed or is incomplete; \
         after a change of your own make `SHA256SUMS` anew with `sha256sum`"
    )]
    Sum {
        /// The file.
        file: String,
        /// What it is.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// A file has no sum.
    #[error(
        "SHA256SUMS: has no line for {0}; make it anew with `sha256sum`, of model.json and of all files it names"
    )]
    Unlisted(String),
    /// `model.json` says something that cannot be.
    #[error("model.json: {0}")]
    Manifest(String),
}

impl Model {
    /// The model that comes with the program.
    ///
    /// # Errors
    /// If the program was built from a folder whose files do not belong together.
    pub fn shipped() -> Result<Self, ModelError> {
        Self::read(true, shipped)
    }

    /// A model from a folder.
    ///
    /// # Errors
    /// If a file is missing, too large, or not what the sums say.
    pub fn load(folder: &Path) -> Result<Self, ModelError> {
        if !folder.is_dir() {
            let why =
                "is no folder; expected one with model.json, the files it names, and SHA256SUMS"
                    .to_owned();
            return Err(ModelError::File { file: folder.display().to_string(), why });
        }
        Self::read(false, |name| {
            let path = folder.join(name);
            // Whoever opens a pipe waits for somebody who writes.
            if path.exists() && !path.is_file() {
                return Err("is no file".to_owned());
            }
            let file = std::fs::File::open(&path).map_err(|error| error.to_string())?;
            let mut bytes = Vec::new();
            let read = file.take(MAX_FILE + 1).read_to_end(&mut bytes);
            match read.map_err(|error| error.to_string())? as u64 {
                0..=MAX_FILE => Ok(Cow::Owned(bytes)),
                _ => Err(format!("has more than {MAX_FILE} bytes")),
            }
        })
    }

    /// Whether it is called like the one that comes with the program, and is not that one.
    #[must_use]
    pub fn takes_shipped_name(&self) -> bool {
        let is_copy = || {
            let sums =
                SHIPPED.get_file(SUMS).map(|file| hex::encode(Sha256::digest(file.contents())));
            sums.as_ref() == Some(&self.sha256)
        };
        !self.is_shipped && self.manifest.name == SHIPPED_NAME && !is_copy()
    }

    fn read(
        is_shipped: bool,
        file: impl Fn(&str) -> Result<Cow<'static, [u8]>, String>,
    ) -> Result<Self, ModelError> {
        let get =
            |name: &str| file(name).map_err(|why| ModelError::File { file: name.to_owned(), why });
        let sums_file = get(SUMS)?;
        let sums = sums(&String::from_utf8_lossy(&sums_file))?;
        let checked = |name: &str| -> Result<Cow<'static, [u8]>, ModelError> {
            let bytes = get(name)?;
            // A test has looked at those that are part of the program.
            if is_shipped {
                return Ok(bytes);
            }
            let found = hex::encode(Sha256::digest(&bytes));
            let Some(expected) = sums.get(name).cloned() else {
                return Err(ModelError::Unlisted(name.to_owned()));
            };
            if found == expected {
                return Ok(bytes);
            }
            Err(ModelError::Sum { file: name.to_owned(), found, expected })
        };
        let manifest: Manifest = serde_json::from_slice(&checked("model.json")?)
            .map_err(|error| ModelError::Manifest(error.to_string()))?;
        let labels = manifest.labels.len();
        let again = |second: &Second| -> Result<Again, ModelError> {
            let made = OnceLock::new();
            if !is_shipped {
                let stage = stage(&second.input, labels, checked)?;
                made.get_or_init(|| stage.for_what_passes());
            }
            let gate = second.cascade.gate(&manifest.labels, &manifest.hunt);
            Ok(Again { gate, input: second.input.clone(), labels, made, making: Mutex::default() })
        };
        Ok(Self {
            is_shipped,
            first: stage(&manifest.input, labels, checked)?,
            second: manifest.second.as_ref().map(again).transpose()?,
            sha256: hex::encode(Sha256::digest(&sums_file)),
            manifest,
        })
    }
}

fn sums(text: &str) -> Result<BTreeMap<String, String>, ModelError> {
    let line = |(number, line): (usize, &str)| {
        let (sum, name) = line.split_once("  ").ok_or_else(|| ModelError::File {
            file: format!("SHA256SUMS, line {}", number + 1),
            why: "expected a sum, two spaces and a name".to_owned(),
        })?;
        // `sha256sum ./*` writes names so.
        let name = name.trim_end();
        Ok((name.strip_prefix("./").unwrap_or(name).to_owned(), sum.to_ascii_lowercase()))
    };
    text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()).map(line).collect()
}

#[cfg(test)]
mod tests;
