//! The number of the next migration.

use super::Version;

/// A version that is a timestamp, as in `20260131235959`, has this many digits.
const TIMESTAMP_DIGITS: usize = 14;

/// Continues a folder's own numbering: moments where the newest version is one, else the next number with as many
/// digits. `now` is the present moment, from [`utc_timestamp`]. The first of all is `0001`.
pub fn next_version(taken: &[Version], now: &Version) -> Version {
    let Some(newest) = taken.iter().max() else { return Version::from_number(1, 4) };
    if newest.unpadded().len() >= TIMESTAMP_DIGITS && now > newest {
        return now.clone();
    }
    newest.next()
}

/// The time as a version, whatever the folder's own numbering is; after a newer version, that one and 1 more.
pub fn next_timestamp(taken: &[Version], now: &Version) -> Version {
    match taken.iter().max() {
        Some(newest) if newest >= now => newest.next(),
        _ => now.clone(),
    }
}

/// A point in time as a version. `seconds` count from 1970-01-01 00:00:00 UTC.
pub fn utc_timestamp(seconds: u64) -> Version {
    let (year, month, day) = civil_date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let number = [month, day, hour, minute, second].iter().fold(year, |number, part| number * 100 + part);
    Version::from_number(number, TIMESTAMP_DIGITS)
}

/// Year, month and day of a day counted from 1970-01-01, by years that begin in March, so that a leap day comes last.
fn civil_date(days: u64) -> (u64, u64, u64) {
    const DAYS_TO_1970: u64 = 719_468;
    const ERA: u64 = 146_097;
    let days = days + DAYS_TO_1970;
    let day_of_era = days % ERA;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + days / ERA * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(taken: &[&str], now: &str) -> String {
        let taken: Vec<Version> = taken.iter().map(|text| text.parse().unwrap()).collect();
        next_version(&taken, &now.parse().unwrap()).to_string()
    }

    #[test]
    fn an_empty_folder_begins_at_0001() {
        assert_eq!(next(&[], "20261123101500"), "0001");
    }

    #[test]
    fn a_numbered_folder_goes_on_by_one_with_as_many_digits() {
        assert_eq!(next(&["0001", "0009", "0002"], "20261123101500"), "0010");
        assert_eq!(next(&["7"], "20261123101500"), "8");
        assert_eq!(next(&["99"], "20261123101500"), "100");
    }

    #[test]
    fn a_folder_of_moments_goes_on_with_now_and_never_goes_back() {
        assert_eq!(next(&["20250101000000"], "20261123101500"), "20261123101500");
        assert_eq!(next(&["20300101000000"], "20261123101500"), "20300101000001");
    }

    #[test]
    fn a_timestamp_that_is_asked_for_is_the_newest_version_all_the_same() {
        let now: Version = "20261123101500".parse().unwrap();
        let next = |taken: &str| next_timestamp(&[taken.parse().unwrap()], &now).to_string();
        assert_eq!(next_timestamp(&[], &now), now);
        assert_eq!(next("0007"), "20261123101500");
        assert_eq!(next("20300101000000"), "20300101000001");
    }

    #[test]
    fn a_moment_is_written_by_the_calendar() {
        assert_eq!(utc_timestamp(0).as_str(), "19700101000000");
        assert_eq!(utc_timestamp(951_782_400).as_str(), "20000229000000");
        assert_eq!(utc_timestamp(1_795_428_900).as_str(), "20261123101500");
    }
}
