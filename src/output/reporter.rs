//! What a command has to say before its answer.

use super::printable::{printable, set_in};
use super::streams::{to_stderr, to_stdout};
use super::{NOTE, Printer, failure, fill, json};
use crate::cli::Format;
use crate::commands::error::Error;
use crate::commands::{Reporter, SeedRows};
use crate::diagnosis::Diagnose;
use crate::embedded::DownloadEvent;
use crate::postgres::Listener;
use crate::postgres::load::LoadListener;
use crate::postgres::verify::VerifyListener;

impl Reporter for Printer {
    fn note(&mut self, text: &str) {
        self.tell(&format!("{NOTE}note:{NOTE:#} {}\n", set_in(text)));
    }

    fn prompt(&mut self, text: &str) {
        self.progress.clear();
        to_stderr(&printable(text));
    }

    fn download(&mut self, event: &DownloadEvent) {
        match event {
            DownloadEvent::Waiting(holder) => {
                self.note(&format!("waiting for {holder}, which is fetching PostgreSQL"));
            }
            DownloadEvent::Begins { version, url, cache } => {
                self.note(&format!(
                    "there is no PostgreSQL on this machine: fetching {version}, once, from {url} into {} \
                     (PMDB_DOWNLOAD=never forbids it)",
                    cache.display()
                ));
                self.progress.begin_bytes();
            }
            DownloadEvent::Progress { done, total } => self.progress.bytes(*done, *total),
            DownloadEvent::Ends { version, folder } => {
                self.progress.clear();
                self.note(&format!("PostgreSQL {version} is in {}", folder.display()));
            }
        }
    }

    fn made_rows(&mut self, rows: &SeedRows) {
        self.clear();
        self.tell(&fill::made(rows));
    }

    fn ready(&mut self, url: &str, command: Option<&str>) {
        self.progress.clear();
        if let Some(command) = command {
            // Standard output is the command's.
            self.tell(&format!("{url}\nready; running `{}`\n", printable(command)));
            return;
        }
        // The server runs all the same, and stays until it is interrupted.
        let _ = match self.format {
            Format::Json => to_stdout(&json::ready(url)),
            _ => to_stdout(&format!("{url}\n")),
        };
        self.tell("ready; Ctrl-C stops it\n");
    }

    fn idle(&mut self) {
        self.clear();
    }

    fn failed(&mut self, error: &Error) {
        to_stderr(&failure::text(&error.diagnosis()));
        self.note("the next change of a file is tried again");
    }

    fn listener(&mut self) -> &mut dyn Listener {
        self
    }

    fn load_listener(&mut self) -> &mut dyn LoadListener {
        self
    }

    fn verify_listener(&mut self) -> &mut dyn VerifyListener {
        self
    }
}
