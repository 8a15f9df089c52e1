//! Who has a home, for those who have to wait.

use std::fmt;
use std::time::Duration;

/// Who uses the embedded server at the moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holder {
    /// The process, when it is known.
    pub pid: Option<u32>,
    /// What it is, such as `pmdb dev`, when it is known.
    pub program: Option<String>,
    /// For how long it has been there, when it is known.
    pub since: Option<Duration>,
}

/// As in "`pmdb dev` (process 4711, for 5 min)".
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let process = self.pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"));
        match (&self.program, self.since) {
            (Some(program), Some(since)) => write!(f, "`{program}` ({process}, for {})", rounded(since)),
            (Some(program), None) => write!(f, "`{program}` ({process})"),
            (None, _) => f.write_str(&process),
        }
    }
}

/// In the unit that fits.
fn rounded(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_the_unit_that_fits() {
        let told = [5, 119, 120, 7199, 7200, 172_800].map(|seconds| rounded(Duration::from_secs(seconds)));
        assert_eq!(told, ["5 s", "119 s", "2 min", "119 min", "2 h", "2 days"]);
    }
}
