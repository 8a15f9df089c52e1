use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// The version of a migration: the decimal digits that its file name begins with.
///
/// Versions are compared as numbers of any length, so `1` and `0001` are equal, and a timestamp of
/// fourteen digits needs no integer type that holds it. How a version was written is kept for display.
#[derive(Debug, Clone)]
pub struct Version {
    digits: String,
    /// How many of the digits stand in front of the number. Versions are compared often: a run that finds nothing to do
    /// among a thousand does so ten thousand times.
    zeros: usize,
}

/// A text that is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a version: a version is made of the digits 0 to 9 alone")]
pub struct VersionError(String);

impl Version {
    /// The version as it was written, leading zeros included.
    pub fn as_str(&self) -> &str {
        &self.digits
    }

    /// The version without leading zeros: equal for equal versions. Zero is `0`.
    pub fn unpadded(&self) -> &str {
        &self.digits[self.zeros..]
    }

    /// From digits, at least one.
    fn new(digits: String) -> Version {
        let significant = digits.trim_start_matches('0').len().max(1);
        Version { zeros: digits.len().saturating_sub(significant), digits }
    }

    /// A number with at least this many digits.
    pub(crate) fn from_number(number: u64, digits: usize) -> Version {
        Version::new(format!("{number:0digits$}"))
    }

    /// The next number, with at least as many digits.
    pub(crate) fn next(&self) -> Version {
        let mut digits = self.digits.clone().into_bytes();
        for digit in digits.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                return Version::new(String::from_utf8_lossy(&digits).into_owned());
            }
            *digit = b'0';
        }
        Version::new(format!("1{}", String::from_utf8_lossy(&digits)))
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(VersionError(text.to_owned()));
        }
        Ok(Version::new(text.to_owned()))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mine, theirs) = (self.unpadded(), other.unpadded());
        mine.len().cmp(&theirs.len()).then_with(|| mine.cmp(theirs))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.unpadded() == other.unpadded()
    }
}

impl Eq for Version {}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.unpadded().hash(state);
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.digits)
    }
}

impl serde::Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.digits)
    }
}

#[cfg(test)]
serialized_as_text!(Version);

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn leading_zeros_do_not_make_another_version() {
        assert_eq!(version("1"), version("0001"));
        assert_eq!(version("0"), version("000"));
        assert_eq!(HashSet::from([version("1"), version("01")]).len(), 1);
        assert_eq!(version("0001").to_string(), "0001");
        assert_eq!(version("000").unpadded(), "0");
    }

    #[test]
    fn versions_are_ordered_by_number_whatever_their_length() {
        assert!(version("9") < version("10"));
        assert!(version("0099") < version("100"));
        assert!(version("20261123101500") < version("99999999999999999999999999999999"));
    }

    #[test]
    fn only_ascii_digits_make_a_version() {
        for text in ["", "-1", "+1", "1a", " 1", "1.0", "٣"] {
            assert!(text.parse::<Version>().is_err(), "{text:?}");
        }
        assert_eq!(
            "1a".parse::<Version>().unwrap_err().to_string(),
            "\"1a\" is not a version: a version is made of the digits 0 to 9 alone"
        );
    }

    #[cfg(feature = "inspect")]
    #[test]
    fn a_version_is_serialized_as_it_was_written() {
        assert_eq!(serde_json::to_string(&version("0007")).unwrap(), "\"0007\"");
    }
}
