//! `reveille model`: the classifier's files, and what they are made with.

mod detectors;
mod eval;
mod examples;
mod figures;
mod labelled;
mod lines;
mod runtime;
mod scores;
mod sessions;

use super::classifier::{ModelArg, notices};
use super::exit::Exit;
use super::options::Global;
use super::ui::Ui;
use crate::detect::classifier::{
    Backend, Candidate, Classifier, Input, MAX_TEXT, Manifest, OnnxError, Recipe, Scored,
};
use crate::pipeline::pieces::in_pieces;
use crate::report::escape;
use crate::report::summary::counted;
use anyhow::Context as _;
use lines::{Text, read};
use std::fmt::Write as _;
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
    Eval(eval::Args),
    Runtime(runtime::Args),
    Features(Features),
    Sessions(sessions::Args),
}

/// Say which model and runtime are used here, and why no better ones
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  reveille model info
  reveille model info --onnxruntime none
  reveille model info --model ./my-model
  ORT_DYLIB_PATH=/opt/onnxruntime/libonnxruntime.so reveille model info --format json")]
struct Info {
    #[command(flatten)]
    model: ModelArg,
    /// Output: table or json, which is one object [default: table on a terminal, else json]
    #[arg(long, value_enum, hide_possible_values = true)]
    format: Option<Shape>,
    /// What `--format json` was called
    #[arg(long, hide = true, conflicts_with = "format")]
    json: bool,
}

/// How the facts are printed. They are no rows, so the other formats have nothing to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Shape {
    Table,
    Json,
}

impl Info {
    fn shape(&self) -> Shape {
        match self.format {
            Some(shape) => shape,
            None if self.json || !Ui::data_is_terminal() => Shape::Json,
            None => Shape::Table,
        }
    }
}

/// Score texts from standard input
///
/// Reads lines {"id": …, "text": …} and prints a line per text: how likely it is what each label says,
/// the bytes of the window that says so most (`spans`), and whether a finding would alert (`lane` stable), hunt
/// (test) or not be (null). `together` is the sum by which labels alert together. Of a text the first MiB is read,
/// and `read`, `not_evaluated`, `skipped`, `again`, `left` and `cut` say what was read how: see models/README.md.
/// Exit code 4: some lines were rejected.
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

pub(super) fn run(args: &Args, global: &Global, ui: Ui) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Info(args) => info(args),
        Command::Score(args) => score(args, global.thread_count(), ui),
        Command::Eval(args) => eval::run(args, global, ui),
        Command::Runtime(args) => runtime::run(args, ui),
        Command::Features(args) => features(args),
        Command::Sessions(args) => sessions::run(args, global),
    }
}

fn info(args: &Info) -> anyhow::Result<Exit> {
    let classifier = args.model.load()?;
    // What is said of the device must have been tried.
    classifier.try_second()?;
    if args.shape() == Shape::Json {
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
    let (model, runtime) = (&classifier.model, classifier.device.runtime);
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
        "reads": reads(&model.manifest),
        "findings": findings(classifier),
        "alerts": alerts(&model.manifest),
        "shipped": model.is_shipped,
        "runtime": name,
        "library": library,
        "build": build,
        "device": classifier.place().1,
        "no_gpu": classifier.device.why_no_gpu(),
        "refused": refused,
    })
}

/// How a text is read, for people.
fn reads(manifest: &Manifest) -> String {
    let first = reads_by(&manifest.input);
    let Some(second) = &manifest.second else { return first };
    let most = second.cascade.most;
    format!("{first}; of what passes up to {most} windows again by {}", reads_by(&second.input))
}

fn reads_by(input: &Input) -> String {
    match input {
        Input::Words(recipe) => format!("hashed words, {} at a time (stage 1)", recipe.window),
        Input::Tokens(tokens) => format!(
            "tokens of {}, {} at a time, {} of them again in the next window",
            tokens.tokenizer, tokens.max_tokens, tokens.stride
        ),
    }
}

/// Which labels make findings of which kind, and from which score on, for people.
fn findings(classifier: &Classifier) -> String {
    let said = classifier.hunted().map(|(label, kind, least)| {
        format!("{label} from {least} on ({} {})", kind.code(), kind.as_str())
    });
    said.collect::<Vec<_>>().join(", ")
}

fn score(args: &Score, threads: usize, ui: Ui) -> anyhow::Result<Exit> {
    /// Texts, and bytes of them, that are scored together.
    const TOGETHER: usize = 8192;
    const BYTES: usize = 16 << 20;
    let classifier = args.model.load()?;
    let mut texts: Vec<Text> = Vec::new();
    let (mut bytes, mut partly) = (0, 0_u64);
    let exit = read(|text| {
        bytes += text.text.len();
        partly += u64::from(text.text.len() > MAX_TEXT);
        texts.push(text);
        if texts.len() == TOGETHER || bytes >= BYTES {
            bytes = 0;
            return print(&classifier, &std::mem::take(&mut texts), threads);
        }
        Ok(true)
    })?;
    print(&classifier, &texts, threads)?;
    if partly > 0 {
        ui.tell(&format!("Of {} only the first MiB was read (`read`).", counted(partly, "text")));
    }
    notices(&classifier).iter().for_each(|line| ui.tell(line));
    Ok(exit)
}

/// Says whether anybody reads on.
fn print(classifier: &Classifier, texts: &[Text], threads: usize) -> anyhow::Result<bool> {
    let lines = in_pieces(
        texts,
        classifier.piece(),
        threads,
        || false,
        |some| {
            let borrowed: Vec<&str> = some.iter().map(|text| text.text.as_str()).collect();
            let rows = some.iter().zip(classifier.score(&borrowed)?);
            let line =
                |(text, scored): (&Text, Scored)| row(classifier, &text.id, &scored).to_string();
            Ok::<Vec<String>, OnnxError>(rows.map(line).collect())
        },
    )?;
    Ui::more_data(&lines.into_iter().map(|line| line + "\n").collect::<String>())
}

fn row(classifier: &Classifier, id: &str, scored: &Scored) -> serde_json::Value {
    let mut row = serde_json::Map::new();
    row.insert("id".to_owned(), id.into());
    for (label, score) in classifier.model.manifest.labels.iter().zip(&scored.scores) {
        // Where nothing was read there is no score, and 0 would be one.
        let score = (scored.window_count > 0).then(|| f64::from((score * 1e6).round()) / 1e6);
        row.insert(label.clone(), score.into());
    }
    if classifier.model.manifest.together.is_some() {
        let sum = scored.together.as_ref().map(|summed| (summed.sum * 1e4).round() / 1e4);
        row.insert("together".to_owned(), sum.into());
    }
    let labels = classifier.model.manifest.labels.iter().cloned();
    let spans = scored.windows.iter().map(|window| serde_json::json!([window.start, window.end]));
    if scored.window_count > 0 {
        let together = scored.together.iter().map(|summed| {
            let bytes = serde_json::json!([summed.bytes.start, summed.bytes.end]);
            ("together".to_owned(), bytes)
        });
        let spans: serde_json::Map<_, _> = labels.zip(spans).chain(together).collect();
        row.insert("spans".to_owned(), spans.into());
    }
    row.insert("lane".to_owned(), classifier.lane(scored).into());
    row.insert("windows".to_owned(), scored.window_count.into());
    if scored.is_truncated {
        row.insert("read".to_owned(), MAX_TEXT.into());
    }
    if let Some(unread) = scored.unread.filter(|_| !classifier.is_evaluated(scored)) {
        row.insert("not_evaluated".to_owned(), unread.as_str().into());
    }
    let counts = [
        ("skipped", scored.skipped),
        ("again", scored.second_count),
        ("cut", scored.second_cut),
        ("left", scored.second_left),
    ];
    for (name, count) in counts {
        if count > 0 {
            row.insert(name.to_owned(), count.into());
        }
    }
    row.into()
}

/// From which score on labels alert, for people; none if they only hunt.
fn alerts(manifest: &Manifest) -> Option<String> {
    let alone = manifest.alert.iter().map(|(label, least)| format!("{label} from {least} on"));
    let together = manifest
        .together
        .iter()
        .map(|all| format!("{} together from log-odds of {} on", all.labels.join(", "), all.least));
    let said: Vec<String> = alone.chain(together).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

fn features(args: &Features) -> anyhow::Result<Exit> {
    let path = args.recipe.display();
    let text = std::fs::read_to_string(&args.recipe).with_context(|| path.to_string())?;
    let recipe: Recipe = serde_json::from_str(&text).with_context(|| path.to_string())?;
    recipe.check().map_err(|why| anyhow::anyhow!("{path}: {why}"))?;
    read(|text| {
        let mut lines = String::new();
        for row in recipe.rows(&text.text) {
            let numbers: Vec<i32> = row.features.into_iter().filter(|id| *id != 0).collect();
            let window = serde_json::json!([text.id, row.bytes.start, row.bytes.end, numbers]);
            let _ = writeln!(lines, "{window}");
        }
        Ui::more_data(&lines)
    })
}
