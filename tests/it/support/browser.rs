//! Pages in a real browser.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::missing;
use super::wait::PATIENCE;

/// What it may be called.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// A browser without a window.
pub struct Browser(PathBuf);

impl Browser {
    /// The one of this machine. `None`: skip the test.
    pub fn find() -> Option<Browser> {
        let path = env::var_os("PATH").unwrap_or_default();
        let found = env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name)));
        let found = found.into_iter().find(|program| program.is_file());
        if found.is_none() {
            missing("Chromium", "on Debian: apt-get install chromium");
        }
        found.map(Browser)
    }

    /// The page as it is once its scripts have run.
    pub fn open(&self, page: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("page.html");
        std::fs::write(&file, page).unwrap();
        // One that hangs must not hang the tests.
        let output = Command::new("timeout")
            .arg(PATIENCE.as_secs().to_string())
            .arg(&self.0)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
            ])
            .args(["--window-size=1600,1000", "--dump-dom"])
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .arg(format!("file://{}", file.display()))
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a script says after those of the page: the value that its function returns. What forbids the page to run
    /// others than its own is taken out for that.
    pub fn ask(&self, page: &str, function_body: &str) -> Value {
        let (before, after) = page.split_once("<meta http-equiv=\"Content-Security-Policy\"").unwrap();
        let (_, after) = after.split_once('>').unwrap();
        let script = format!(
            "<pre id=\"answer\"></pre><script>{{ let answer; try {{ answer = (() => {{ {function_body} }})(); }} \
             catch (error) {{ answer = String(error); }} \
             document.querySelector(\"#answer\").textContent = encodeURIComponent(JSON.stringify(answer)); }}</script></body>"
        );
        let (whole, end) = after.rsplit_once("</body>").unwrap();
        let dom = self.open(&format!("{before}{whole}{script}{end}"));
        let (_, answer) =
            dom.split_once("<pre id=\"answer\">").unwrap_or_else(|| panic!("no answer in {dom}"));
        let (answer, _) = answer.split_once("</pre>").unwrap();
        serde_json::from_str(&percent_decoded(answer)).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        match (first, others) {
            (b'%', [high, low, others @ ..]) => {
                let digits = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                rest = others;
            }
            _ => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}
