//! The answers of the planted suite: tab-separated, a line per session, in order of time.

use super::Sample;
use crate::corpus::formats::Output;

const HEAD: &str = "session\tfile\tscenario\trole\tlevel\tfamily\tsplit\ttool\ttarget\tlanguage\tformat\treasoning\n";

/// The sheet with its head line.
pub(super) fn sheet(samples: &[Sample], output: &Output) -> String {
    let lines: String = samples.iter().map(|sample| line(sample, output)).collect();
    format!("{HEAD}{lines}")
}

fn line(sample: &Sample, output: &Output) -> String {
    let script = &sample.session.script;
    let file = output.places.get(&script.name).map(|paths| paths.join(",")).unwrap_or_default();
    let role = if sample.fired() { "fired" } else { "asked" };
    let level = sample.variant.strip_prefix('f').unwrap_or("-");
    let family = if sample.triggered { sample.family } else { "-" };
    let fields = [
        sample.session.id.as_str(),
        &file,
        sample.scenario,
        role,
        level,
        family,
        sample.split,
        &sample.tool,
        &sample.target,
        sample.language,
        &script.format,
        &script.cot,
    ];
    format!("{}\n", fields.join("\t"))
}
