//! Sources of `route-engine`, pricing and scheduling of container legs (Rust).

use super::File;

pub(crate) const FILES: &[File] = &[
    ("Cargo.toml", CARGO),
    ("README.md", README),
    ("src/lib.rs", LIB),
    ("src/window.rs", WINDOW),
    ("src/fees.rs", FEES),
    ("src/tariff.rs", TARIFF),
    ("src/client.rs", CLIENT),
    ("tests/window.rs", WINDOW_TEST),
    ("tests/fees.rs", FEES_TEST),
];

const CARGO: &str = r#"
[package]
name = "route-engine"
version = "0.18.3"
edition = "2021"

[dependencies]
serde = { version = "1", features = ["derive"] }
ureq = "2"

[lints.clippy]
all = "deny"
"#;

const README: &str = r#"
# route-engine

Prices and schedules container legs. A *window* is a half-open range of minutes `[start, end)`.
A *fee* is integer cents. Free storage is five days; demurrage starts on day six.

`cargo test` needs no network. Set `TARIFF_URL` to fetch live tariffs.
"#;

const LIB: &str = r#"
//! Prices and schedules container legs.

pub mod client;
pub mod fees;
pub mod tariff;
pub mod window;

/// A leg between two terminals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    pub from: String,
    pub to: String,
    pub window: window::Window,
    pub weight_kg: u32,
}

impl Leg {
    /// True when `next` can start at the terminal where this leg ends.
    pub fn connects(&self, next: &Leg) -> bool {
        self.to == next.from && self.window.end <= next.window.start
    }
}
"#;

const WINDOW: &str = r#"
//! Half-open ranges of minutes.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub start: u32,
    pub end: u32,
}

impl Window {
    pub fn new(start: u32, end: u32) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    pub fn minutes(&self) -> u32 {
        self.end - self.start
    }

    pub fn contains(&self, minute: u32) -> bool {
        self.start <= minute && minute < self.end
    }

    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// Merges windows that touch or overlap.
pub fn merge(mut windows: Vec<Window>) -> Vec<Window> {
    windows.sort_by_key(|window| window.start);
    let mut merged: Vec<Window> = Vec::new();
    for window in windows {
        match merged.last_mut() {
            Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
            _ => merged.push(window),
        }
    }
    merged
}
"#;

const FEES: &str = r#"
//! Storage, demurrage and overweight fees, in cents.

pub const FREE_DAYS: u32 = 5;
pub const DEMURRAGE_PER_DAY: u64 = 7_500;
pub const MAX_WEIGHT_KG: u32 = 26_500;

/// Demurrage for a container that stood `days` full days.
pub fn demurrage(days: u32) -> u64 {
    if days <= FREE_DAYS {
        return 0;
    }
    u64::from(days - FREE_DAYS) * DEMURRAGE_PER_DAY
}

/// Overweight surcharge: 3 cents for every kilogram above the limit.
pub fn overweight(weight_kg: u32) -> u64 {
    u64::from(weight_kg.saturating_sub(MAX_WEIGHT_KG)) * 3
}

/// Splits `total` over `parts` so that the parts add up again.
pub fn split(total: u64, parts: u32) -> Vec<u64> {
    let parts = u64::from(parts.max(1));
    let (each, rest) = (total / parts, total % parts);
    (0..parts).map(|index| each + u64::from(index < rest)).collect()
}
"#;

const TARIFF: &str = r#"
//! Tariffs per lane and month.

use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
pub struct Tariff {
    pub lane: String,
    pub month: u8,
    pub cents_per_km: u32,
}

/// The tariff for a lane in a month, else the lane's first one.
pub fn pick<'a>(tariffs: &'a [Tariff], lane: &str, month: u8) -> Option<&'a Tariff> {
    let mut on_lane = tariffs.iter().filter(|tariff| tariff.lane == lane);
    on_lane.clone().find(|tariff| tariff.month == month).or_else(|| on_lane.next())
}

pub fn price(tariff: &Tariff, km: u32) -> u64 {
    u64::from(tariff.cents_per_km) * u64::from(km)
}
"#;

const CLIENT: &str = r#"
//! Fetches tariffs over HTTPS.

use std::time::Duration;

use crate::tariff::Tariff;

pub fn agent() -> ureq::Agent {
    ureq::AgentBuilder::new()
        .timeout_connect(Duration::from_secs(3))
        .timeout(Duration::from_secs(10))
        .build()
}

pub fn tariffs(url: &str) -> Result<Vec<Tariff>, ureq::Error> {
    let answer = agent().get(url).call()?;
    Ok(answer.into_json().unwrap_or_default())
}
"#;

const WINDOW_TEST: &str = r#"
use route_engine::window::{merge, Window};

fn window(start: u32, end: u32) -> Window {
    Window::new(start, end).unwrap()
}

#[test]
fn the_end_is_not_inside() {
    assert!(window(10, 20).contains(10));
    assert!(!window(10, 20).contains(20));
}

#[test]
fn touching_windows_merge_but_do_not_overlap() {
    assert!(!window(0, 10).overlaps(&window(10, 20)));
    assert_eq!(merge(vec![window(10, 20), window(0, 10)]), [window(0, 20)]);
}
"#;

const FEES_TEST: &str = r#"
use route_engine::fees::{demurrage, overweight, split};

#[test]
fn five_days_are_free() {
    assert_eq!(demurrage(5), 0);
    assert_eq!(demurrage(6), 7_500);
}

#[test]
fn overweight_starts_above_the_limit() {
    assert_eq!(overweight(26_500), 0);
    assert_eq!(overweight(26_510), 30);
}

#[test]
fn a_split_adds_up() {
    assert_eq!(split(100, 3), [34, 33, 33]);
}
"#;
