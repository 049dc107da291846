//! `reveille model`: the classifier's files, and what they are made with.

use super::classifier::ModelArg;
use super::exit::Exit;
use super::ui::Ui;
use crate::detect::classifier::{Backend, Candidate, Classifier, MAX_TEXT, Recipe, Scored};
use crate::report::escape;
use anyhow::{Context as _, bail};
use serde::Deserialize;
use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

/// Look after the classifier
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Info(Info),
    Score(Score),
    Features(Features),
}

/// Say which model and runtime are used here, and why no better ones
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  reveille model info
  reveille model info --onnxruntime none
  ORT_DYLIB_PATH=/opt/onnxruntime/libonnxruntime.so reveille model info --json")]
struct Info {
    #[command(flatten)]
    model: ModelArg,
    /// Print one JSON object instead [default in a pipe]
    #[arg(long)]
    json: bool,
}

/// Score texts from standard input
///
/// Reads lines {"id": …, "text": …} and prints a line per text: how likely it is what each label says,
/// and the bytes of the window that says so most.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  reveille sql --format ndjson \"select event_id as id, reasoning as text from events where reasoning is not null\" \\
    | reveille model score")]
struct Score {
    #[command(flatten)]
    model: ModelArg,
}

/// Turn texts into the features that the first stage reads, for training
///
/// Reads lines {"id": …, "text": …} and prints a line per window: id, first byte, byte after the
/// last, and the numbers of its features.
#[derive(Debug, clap::Args)]
struct Features {
    /// File with the recipe: buckets, width, window, sentence, pairs, stems, grams
    #[arg(long, value_name = "FILE")]
    recipe: PathBuf,
}

pub(super) fn run(args: &Args, _ui: Ui) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Info(args) => info(args),
        Command::Score(args) => score(args),
        Command::Features(args) => features(args),
    }
}

fn info(args: &Info) -> anyhow::Result<Exit> {
    let classifier = args.model.load()?;
    if args.json || !Ui::data_is_terminal() {
        Ui::data(&format!("{}\n", facts(&classifier)))?;
        return Ok(Exit::OK);
    }
    let mut said = String::new();
    for (name, value) in facts(&classifier).as_object().into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let _ = writeln!(said, "{name:<12} {}", escape::line(&value));
    }
    Ui::data(&said)?;
    Ok(Exit::OK)
}

/// What is used, as one object.
fn facts(classifier: &Classifier) -> serde_json::Value {
    let (model, runtime) = (&classifier.model, classifier.runtime);
    let at = |found: &Candidate| format!("{} ({})", found.path.display(), found.source);
    let (name, library, build) = match &runtime.backend {
        Backend::Tract => ("tract (embedded)", None, None),
        Backend::OnnxRuntime { found, build } => ("ONNX Runtime", Some(at(found)), Some(build)),
    };
    let refused: Vec<String> =
        runtime.refused.iter().map(|(found, why)| format!("{}: {why}", at(found))).collect();
    serde_json::json!({
        "model": model.manifest.name,
        "version": model.manifest.version,
        "sha256": model.sha256,
        "labels": model.manifest.labels.join(", "),
        "stage": "1 (hashed words)",
        "runtime": name,
        "library": library,
        "build": build,
        "device": "CPU",
        "refused": refused,
    })
}

fn score(args: &Score) -> anyhow::Result<Exit> {
    /// Texts that are scored together.
    const TOGETHER: usize = 1024;
    let classifier = args.model.load()?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut texts: Vec<Text> = Vec::new();
    for text in read() {
        texts.push(text?);
        if texts.len() == TOGETHER {
            print(&classifier, &std::mem::take(&mut texts), &mut out)?;
        }
    }
    print(&classifier, &texts, &mut out)?;
    out.flush()?;
    Ok(Exit::OK)
}

fn print(classifier: &Classifier, texts: &[Text], out: &mut impl Write) -> anyhow::Result<()> {
    let borrowed: Vec<&str> = texts.iter().map(|text| text.text.as_str()).collect();
    for (text, scored) in texts.iter().zip(classifier.score(&borrowed)?) {
        serde_json::to_writer(&mut *out, &row(classifier, &text.id, &scored))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn row(classifier: &Classifier, id: &str, scored: &Scored) -> serde_json::Value {
    let mut row = serde_json::Map::new();
    row.insert("id".to_owned(), id.into());
    for (label, score) in classifier.model.manifest.labels.iter().zip(&scored.scores) {
        // Where nothing was read there is no score, and 0 would be one.
        let score = (scored.window_count > 0).then(|| f64::from((score * 1e6).round()) / 1e6);
        row.insert(label.clone(), score.into());
    }
    let first = scored.windows.first().cloned().unwrap_or_default();
    row.insert("start".to_owned(), first.start.into());
    row.insert("end".to_owned(), first.end.into());
    row.insert("windows".to_owned(), scored.window_count.into());
    if scored.is_truncated {
        row.insert("read".to_owned(), MAX_TEXT.into());
    }
    row.into()
}

/// The lines of standard input.
fn read() -> impl Iterator<Item = anyhow::Result<Text>> {
    std::io::stdin().lines().enumerate().map(|(at, line)| {
        let line = line.with_context(|| format!("standard input, line {}", at + 1))?;
        let Ok(text) = serde_json::from_str::<Text>(&line) else {
            bail!("standard input, line {}: expected {{\"id\": …, \"text\": …}}", at + 1);
        };
        Ok(text)
    })
}

#[derive(Debug, Deserialize)]
struct Text {
    id: String,
    text: String,
}

fn features(args: &Features) -> anyhow::Result<Exit> {
    let path = args.recipe.display();
    let text = std::fs::read_to_string(&args.recipe).with_context(|| path.to_string())?;
    let recipe: Recipe = serde_json::from_str(&text).with_context(|| path.to_string())?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for text in read() {
        let text = text?;
        for row in recipe.rows(&text.text) {
            let numbers: Vec<i32> = row.features.into_iter().filter(|id| *id != 0).collect();
            let window = (&text.id, row.bytes.start, row.bytes.end, numbers);
            serde_json::to_writer(&mut out, &window)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()?;
    Ok(Exit::OK)
}
