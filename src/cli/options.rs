//! Options that several commands share.

use super::ui::Colour;
use std::path::PathBuf;

/// Options of every command.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Global {
    /// Say nothing but data and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) color: Colour,
    /// Memory to use, e.g. 2G or 512M [default: a quarter of the machine's]
    #[arg(long, global = true, value_parser = size)]
    pub(crate) memory: Option<u64>,
    /// Threads to use [default: one per core]
    #[arg(long, global = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Show what happens inside (-v, -vv)
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

impl Global {
    /// Memory in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        let bytes = self.memory.unwrap_or_else(|| total_memory() / 4);
        usize::try_from(bytes).unwrap_or(usize::MAX).max(64 << 20)
    }

    /// Threads.
    pub(crate) fn thread_count(&self) -> usize {
        self.threads.map_or_else(
            || std::thread::available_parallelism().map_or(2, usize::from),
            usize::from,
        )
    }
}

/// Which lake.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LakeArg {
    /// Folder of the lake
    #[arg(long, env = "REVEILLE_LAKE", default_value = "lake", value_hint = clap::ValueHint::DirPath)]
    pub(crate) lake: PathBuf,
}

/// Reads `512`, `64k`, `2G`, `1.5GiB`.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let lower = text.trim().to_ascii_lowercase();
    let digits = lower.trim_end_matches(|ch: char| ch.is_ascii_alphabetic());
    let unit = lower.strip_prefix(digits).unwrap_or_default();
    let factor: u64 = match unit {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        "t" | "tb" | "tib" => 1 << 40,
        _ => return Err(format!("unknown unit `{unit}`; use k, M, G or T")),
    };
    let number: f64 =
        digits.trim().parse().map_err(|_| "expected a number such as 512M".to_owned())?;
    if !number.is_finite() || number < 0.0 {
        return Err("expected a size that is not negative".to_owned());
    }
    Ok((number * factor as f64) as u64)
}

/// The machine's memory; 4 GiB if it cannot be told. Of a limit set by the container the
/// smaller one counts.
fn total_memory() -> u64 {
    const FALLBACK: u64 = 4 << 30;
    let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kilobytes << 10)
    });
    let group = std::fs::read_to_string("/sys/fs/cgroup/memory.max")
        .ok()
        .and_then(|text| text.trim().parse().ok());
    machine.unwrap_or(FALLBACK).min(group.unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_write_them() {
        assert_eq!(size("512"), Ok(512));
        assert_eq!(size("2G"), Ok(2 << 30));
        assert_eq!(size("1.5GiB"), Ok(3 << 29));
        assert!(size("2 parsecs").is_err());
        assert!(size("G").is_err());
    }
}
