//! Timestamps as logs really write them, and how far each can be trusted.
//!
//! All times are microseconds since the epoch, UTC. A number's unit is guessed from its size
//! (seconds until 1e11, then milli-, micro-, nanoseconds), which is right for 1973 to 5138.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

/// How a time was obtained; the `ts_quality` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum TimeQuality {
    /// Written with its zone or in a unit the format defines.
    Exact,
    /// Taken from the surrounding record.
    Inherited,
    /// Written without a zone; UTC assumed.
    NaiveAssumedUtc,
    /// A bare number whose unit was guessed from its size.
    UnitGuessed,
    /// Something stood there that is no time.
    Invalid,
    /// Nothing stood there.
    #[default]
    Missing,
}

impl TimeQuality {
    /// The column value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Inherited => "inherited",
            Self::NaiveAssumedUtc => "naive_assumed_utc",
            Self::UnitGuessed => "unit_guessed",
            Self::Invalid => "invalid",
            Self::Missing => "missing",
        }
    }
}

/// A time with its quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Time {
    /// Microseconds since the epoch, UTC.
    pub micros: Option<i64>,
    /// How it was obtained.
    pub quality: TimeQuality,
}

const MAX_MICROS: i64 = 253_402_300_799_999_999; // 9999-12-31T23:59:59.999999Z

impl Time {
    /// A time in a unit that the format defines.
    #[must_use]
    pub fn exact(micros: i64) -> Self {
        if (1..=MAX_MICROS).contains(&micros) {
            Self { micros: Some(micros), quality: TimeQuality::Exact }
        } else {
            Self::INVALID
        }
    }

    /// Nanoseconds since the epoch, as OTLP writes them; zero means absent.
    #[must_use]
    pub fn from_nanos(nanos: u64) -> Self {
        if nanos == 0 {
            return Self::default();
        }
        i64::try_from(nanos / 1_000).map_or(Self::INVALID, Self::exact)
    }

    /// The same time marked as taken from the surroundings.
    #[must_use]
    pub fn inherited(self) -> Self {
        match self.quality {
            TimeQuality::Missing | TimeQuality::Invalid => self,
            _ => Self { quality: TimeQuality::Inherited, ..self },
        }
    }

    /// Something unreadable stood where a time belongs.
    pub const INVALID: Self = Self { micros: None, quality: TimeQuality::Invalid };

    /// Reads a bare number of unknown unit.
    #[must_use]
    pub fn from_number(number: f64) -> Self {
        if !number.is_finite() || number <= 0.0 {
            return Self::INVALID;
        }
        let micros = match number {
            n if n < 1e11 => n * 1e6,
            n if n < 1e14 => n * 1e3,
            n if n < 1e17 => n,
            n => n / 1e3,
        };
        if micros > MAX_MICROS as f64 {
            return Self::INVALID;
        }
        Self { micros: Some(micros.round() as i64), quality: TimeQuality::UnitGuessed }
    }

    /// Reads any of the spellings met in logs: RFC 3339, RFC 2822, naive date-times, numbers.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::default();
        }
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Self::exact(time.timestamp_micros());
        }
        if let Some(time) = parse_naive(text) {
            let micros = time.and_utc().timestamp_micros();
            let quality = TimeQuality::NaiveAssumedUtc;
            return match Self::exact(micros) {
                Self::INVALID => Self::INVALID,
                time => Self { quality, ..time },
            };
        }
        if let Ok(time) = DateTime::parse_from_rfc2822(text) {
            return Self::exact(time.timestamp_micros());
        }
        parse_digits(text).unwrap_or(Self::INVALID)
    }
}

fn parse_naive(text: &str) -> Option<NaiveDateTime> {
    const SHAPES: [&str; 4] =
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y/%m/%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    SHAPES
        .iter()
        .find_map(|shape| NaiveDateTime::parse_from_str(text, shape).ok())
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
}

/// Integers go through `i128`, so that nanoseconds keep their last digits.
fn parse_digits(text: &str) -> Option<Time> {
    if let Ok(whole) = text.parse::<i128>() {
        let micros = match whole {
            n if n <= 0 => return Some(Time::INVALID),
            n if n < 100_000_000_000 => n * 1_000_000,
            n if n < 100_000_000_000_000 => n * 1_000,
            n if n < 100_000_000_000_000_000 => n,
            n => n / 1_000,
        };
        let time = i64::try_from(micros).map_or(Time::INVALID, Time::exact);
        return Some(match time.micros {
            Some(_) => Time { quality: TimeQuality::UnitGuessed, ..time },
            None => time,
        });
    }
    text.parse::<f64>().ok().map(Time::from_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_795_262_400_000_000; // 2026-11-21T12:00:00Z

    #[test]
    fn spellings_of_one_instant_agree() {
        for text in [
            "2026-11-21T12:00:00Z",
            "2026-11-21T13:00:00.000+01:00",
            "2026-11-21 12:00:00",
            "Sat, 21 Nov 2026 12:00:00 GMT",
            "1795262400",
            "1795262400000",
            "1795262400000000",
            "1795262400000000000",
            "1795262400.0",
        ] {
            assert_eq!(Time::parse(text).micros, Some(NOON), "{text}");
        }
    }

    #[test]
    fn quality_says_how_a_time_was_obtained() {
        assert_eq!(Time::parse("2026-11-21T12:00:00").quality, TimeQuality::NaiveAssumedUtc);
        assert_eq!(Time::parse("1795262400").quality, TimeQuality::UnitGuessed);
        assert_eq!(Time::parse("yesterday").quality, TimeQuality::Invalid);
        assert_eq!(Time::parse("2026-13-45T00:00:00Z").quality, TimeQuality::Invalid);
        assert_eq!(Time::parse("  ").quality, TimeQuality::Missing);
        assert_eq!(Time::parse("0").quality, TimeQuality::Invalid);
        assert_eq!(Time::from_nanos(0).quality, TimeQuality::Missing);
    }
}
