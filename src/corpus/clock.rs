//! Calendar arithmetic on Unix milliseconds, in UTC: just what file names and time stamps need.
//!
//! Written out so that the corpus has no dependency that could change its bytes.

/// One day in milliseconds.
pub(crate) const DAY: i64 = 86_400_000;

/// Monday 2026-09-28, 00:00 UTC: the first day of the corpus.
pub(crate) const FIRST_DAY: i64 = 20_724 * DAY;

/// Year, month and day of a moment (Howard Hinnant's `civil_from_days`).
pub(crate) fn civil(ms: i64) -> (i64, i64, i64) {
    let shifted = ms.div_euclid(DAY) + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// `2026-10-05`.
pub(crate) fn date(ms: i64) -> String {
    let (year, month, day) = civil(ms);
    format!("{year:04}-{month:02}-{day:02}")
}

fn time_of_day(ms: i64) -> (i64, i64, i64, i64) {
    let in_day = ms.rem_euclid(DAY);
    (in_day / 3_600_000, in_day / 60_000 % 60, in_day / 1000 % 60, in_day % 1000)
}

/// `2026-10-05T09:12:33.120Z`.
pub(crate) fn rfc3339(ms: i64) -> String {
    let (hour, minute, second, milli) = time_of_day(ms);
    format!("{}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z", date(ms))
}

/// `2026-10-05T09-12-33`, for file names.
pub(crate) fn file_stamp(ms: i64) -> String {
    let (hour, minute, second, _) = time_of_day(ms);
    format!("{}T{hour:02}-{minute:02}-{second:02}", date(ms))
}

/// `2026-10-05 09:12:33`.
pub(crate) fn plain(ms: i64) -> String {
    let (hour, minute, second, _) = time_of_day(ms);
    format!("{} {hour:02}:{minute:02}:{second:02}", date(ms))
}

/// The Monday of the week of `ms`, as a file label: `week-2026-10-05`.
pub(crate) fn week(ms: i64) -> String {
    let monday = ms - (ms.div_euclid(DAY) + 3).rem_euclid(7) * DAY;
    format!("week-{}", date(monday))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_day_is_monday_28_september_2026() {
        assert_eq!(rfc3339(FIRST_DAY), "2026-09-28T00:00:00.000Z");
        assert_eq!(week(FIRST_DAY + 6 * DAY), "week-2026-09-28");
        assert_eq!(week(FIRST_DAY + 7 * DAY), "week-2026-10-05");
        assert_eq!(date(0), "1970-01-01");
    }
}
