//! Makes output comparable: what differs from run to run is replaced by its kind.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

/// In this order: a time would otherwise lose its seconds to a duration.
static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let patterns = [
        (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?(\.\d+)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?))?", "[TIME]"),
        (r"\b\d+(\.\d+)? ?(ns|µs|us|ms|s|min)\b", "[DURATION]"),
        (r"/[^\s'`,]*/pmdb-[0-9a-f]{8}\b", "[SOCKET_DIR]"),
        (r"%2F[^\s'`,&]*%2Fpmdb-[0-9a-f]{8}\b", "[SOCKET_DIR]"),
        (r"\.s\.PGSQL\.\d+", ".s.PGSQL.[PORT]"),
        (r"\b(port[ =:]|127\.0\.0\.1:|localhost:)\d+", "${1}[PORT]"),
        (r"\b(pid|PID|process|Process)([ =:]+)\d+", "${1}${2}[PID]"),
    ];
    patterns.map(|(pattern, kind)| (Regex::new(pattern).unwrap(), kind)).into()
});

/// What to replace in the output of one command.
#[derive(Clone)]
pub struct Filter {
    hidden: Vec<(String, &'static str)>,
}

impl Filter {
    pub(super) fn new(project: &Path) -> Filter {
        Filter { hidden: vec![(project.display().to_string(), "[PROJECT]")] }
    }

    pub(super) fn hide(&mut self, text: &str, kind: &'static str) {
        self.hidden.push((text.to_owned(), kind));
    }

    pub(super) fn apply(&self, text: &str) -> String {
        let text =
            self.hidden.iter().fold(text.to_owned(), |text, (hidden, kind)| text.replace(hidden, kind));
        PATTERNS.iter().fold(text, |text, (pattern, kind)| pattern.replace_all(&text, *kind).into_owned())
    }
}

#[test]
fn what_differs_from_run_to_run_is_hidden() {
    let filter = Filter::new(Path::new("/tmp/x/project"));
    let filtered = |text| filter.apply(text);
    assert_eq!(filtered("in /tmp/x/project/a.sql"), "in [PROJECT]/a.sql");
    assert_eq!(filtered("at 2026-11-23 10:15:00.123+00, 1.5 ms"), "at [TIME], [DURATION]");
    assert_eq!(filtered("at 2026-11-23T10:15:00Z in 12s"), "at [TIME] in [DURATION]");
    assert_eq!(filtered("127.0.0.1:5432 (pid 123)"), "127.0.0.1:[PORT] (pid [PID])");
    assert_eq!(filtered("host=/tmp/pmdb-01ab23cd port=5432"), "host=[SOCKET_DIR] port=[PORT]");
    assert_eq!(filtered("0001_create_users.sql:12:3"), "0001_create_users.sql:12:3");
}
