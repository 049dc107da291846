//! `reveille model runtime install`: ONNX Runtime out of a file that the user has brought.
//!
//! Fetches nothing. What is unpacked is checked three times: against the sums that a wheel carries, by
//! loading it, and by scoring with it; only then does it take its place.

use crate::cli::classifier::{LIBRARY, runtime_folder};
use crate::cli::exit::Exit;
use crate::cli::ui::Ui;
use crate::detect::classifier::{Backend, Choice, Classifier, Model, Runtime};
use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

/// Look after ONNX Runtime
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Install(Install),
}

/// Put the library of ONNX Runtime where every command finds it
///
/// Takes a wheel of onnxruntime or onnxruntime-gpu as `pip download` brings it, a zip archive, an unpacked
/// folder or the library itself. Nothing is fetched. The library is checked against the wheel's own
/// sums, loaded, and has to score a text before it takes its place.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pip download --no-deps onnxruntime && reveille model runtime install onnxruntime-*.whl
  reveille model runtime install /opt/onnxruntime/lib")]
struct Install {
    /// Wheel, zip archive, folder or library
    #[arg(value_hint = clap::ValueHint::AnyPath)]
    from: PathBuf,
    /// Where to put it [default: the folder `onnxruntime` in the user's data folder of Reveille]
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    to: Option<PathBuf>,
}

pub(super) fn run(args: &Args, ui: Ui) -> anyhow::Result<Exit> {
    let Command::Install(args) = &args.command;
    let to = match &args.to {
        Some(folder) => folder.clone(),
        None => runtime_folder().context("there is no home folder; say where with --to")?,
    };
    let (files, build) = in_folder(&to, || install(&args.from, &to))?;
    for name in &files {
        Ui::data(&format!("{}\n", to.join(name).display()))?;
    }
    match &args.to {
        // The newest version there would be used, whatever was installed last.
        None => remove_others(&to, &files)?,
        Some(_) => {
            ui.tell("Commands look there if --onnxruntime or ORT_DYLIB_PATH names the library.")
        }
    }
    ui.tell(&format!("Installed, loaded and tried: {}", crate::report::escape::line(&build)));
    Ok(Exit::OK)
}

/// Does something in a folder that need not be there; if that fails, what was made of it goes again.
fn in_folder<T>(folder: &Path, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
    let made: Vec<&Path> = folder.ancestors().take_while(missing).collect();
    let done = std::fs::create_dir_all(folder)
        .with_context(|| folder.display().to_string())
        .and_then(|()| work());
    if done.is_err() {
        for path in made {
            // Only an empty one goes: others may have put something there meanwhile.
            if std::fs::remove_dir(path).is_err() {
                break;
            }
        }
    }
    done
}

/// Unpacks, tries and puts in place; gives the files and what the library says of its build.
fn install(from: &Path, to: &Path) -> anyhow::Result<(Vec<String>, String)> {
    // Beside its place, so that the last step is a rename on one file system.
    let partial = to.join(format!(".partial-{}", std::process::id()));
    std::fs::create_dir(&partial).with_context(|| partial.display().to_string())?;
    let installed = unpack(from, &partial).and_then(|files| {
        let build = try_out(&partial, &files)?;
        for name in &files {
            let (from, to) = (partial.join(name), to.join(name));
            std::fs::rename(&from, &to).with_context(|| to.display().to_string())?;
        }
        Ok((files, build))
    });
    std::fs::remove_dir_all(&partial).with_context(|| partial.display().to_string())?;
    installed.with_context(|| from.display().to_string())
}

/// Removes what was installed before, so that what was tried is what is used.
fn remove_others(folder: &Path, kept: &[String]) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if belongs(&name) && !kept.contains(&name) {
            let path = folder.join(&name);
            std::fs::remove_file(&path).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

/// Whether a file belongs to the runtime: the library, and what it loads from beside itself.
fn belongs(name: &str) -> bool {
    let is_provider = name.starts_with("libonnxruntime_providers_") && name.ends_with(".so");
    (name.starts_with(LIBRARY) || is_provider) && name.len() < 100
}

/// The last part of a path inside an archive. Nothing else of it is ever used as a path.
fn base(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// Copies the files that belong to the runtime and returns their names.
fn unpack(from: &Path, to: &Path) -> anyhow::Result<Vec<String>> {
    let mut files = if from.is_dir() {
        from_folder(from, to)?
    } else if base(&from.to_string_lossy()).starts_with(LIBRARY) {
        copy(from, to)?
    } else {
        from_archive(from, to)?
    };
    files.sort();
    files.dedup();
    ensure!(
        files.iter().any(|name| name.starts_with(LIBRARY)),
        "holds no {LIBRARY}; expected a wheel of onnxruntime for this system, an archive, a folder or the library"
    );
    Ok(files)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<Vec<String>> {
    let name = base(&from.to_string_lossy()).to_owned();
    std::fs::copy(from, to.join(&name)).with_context(|| from.display().to_string())?;
    Ok(vec![name])
}

fn from_folder(from: &Path, to: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in walkdir::WalkDir::new(from).max_depth(3).sort_by_file_name() {
        let entry = entry?;
        let is_file = std::fs::metadata(entry.path()).is_ok_and(|meta| meta.is_file());
        if is_file && belongs(&entry.file_name().to_string_lossy()) {
            names.extend(copy(entry.path(), to)?);
        }
    }
    Ok(names)
}

/// Largest library that is unpacked.
const MAX_LIBRARY: u64 = 2 << 30;

fn from_archive(from: &Path, to: &Path) -> anyhow::Result<Vec<String>> {
    let file = File::open(from)?;
    let mut archive = zip::ZipArchive::new(std::io::BufReader::new(file))
        .context("neither a wheel nor a zip archive; unpack others and give the folder")?;
    let sums = sums(&mut archive)?;
    let mut names = Vec::new();
    for at in 0..archive.len() {
        let mut member = archive.by_index(at)?;
        let path = member.name()?.into_owned();
        let name = base(&path).to_owned();
        if !member.is_file() || !belongs(&name) {
            continue;
        }
        let found = write(&mut member, &to.join(&name)).with_context(|| name.clone())?;
        match sums.get(&path) {
            Some(expected) if *expected != found => bail!(
                "{name}: its SHA-256 is {found}, the wheel's RECORD says {expected}; fetch it again"
            ),
            None if !sums.is_empty() => bail!("{name}: the wheel's RECORD does not list it"),
            _ => names.push(name),
        }
    }
    Ok(names)
}

/// Writes a member and returns its SHA-256 as wheels write it.
fn write(member: &mut impl Read, to: &Path) -> anyhow::Result<String> {
    let mut out = File::create(to)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut written = 0_u64;
    loop {
        let count = member.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        written += count as u64;
        ensure!(written <= MAX_LIBRARY, "grows past {MAX_LIBRARY} bytes");
        hasher.update(&buffer[..count]);
        out.write_all(&buffer[..count])?;
    }
    out.sync_all()?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(hasher.finalize()))
}

/// Path to SHA-256 of the files of a wheel, from its RECORD; empty for other archives.
fn sums<R: Read + std::io::Seek>(
    archive: &mut zip::ZipArchive<R>,
) -> anyhow::Result<BTreeMap<String, String>> {
    const MAX_RECORD: u64 = 16 << 20;
    let names: Vec<String> = archive.file_names().flatten().map(Cow::into_owned).collect();
    let Some(name) = names.into_iter().find(|name| name.ends_with(".dist-info/RECORD")) else {
        return Ok(BTreeMap::new());
    };
    let mut text = String::new();
    archive.by_name(&name)?.take(MAX_RECORD).read_to_string(&mut text).context(name)?;
    let line = |line: &str| {
        let (path, rest) = line.rsplit_once(",sha256=")?;
        let (sum, _) = rest.split_once(',')?;
        Some((path.trim_matches('"').to_owned(), sum.to_owned()))
    };
    Ok(text.lines().filter_map(line).collect())
}

/// Loads the library and scores a text with it; returns what it says of its build.
fn try_out(folder: &Path, files: &[String]) -> anyhow::Result<String> {
    let library = files.iter().find(|name| name.starts_with(LIBRARY)).context("no library")?;
    let path = std::path::absolute(folder.join(library))?;
    let runtime = Runtime::start(&Choice::Only(path))?;
    let classifier = Classifier::new(Model::shipped()?, runtime)?;
    classifier.try_second()?;
    let scored = classifier.score(&["I will read the file and answer."])?;
    ensure!(scored[0].scores.iter().all(|score| score.is_finite()), "it gives no numbers");
    match &runtime.backend {
        Backend::OnnxRuntime { build, .. } => Ok(build.clone()),
        Backend::Tract => bail!("it was not the library that answered"),
    }
}
