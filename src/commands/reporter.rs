//! Who hears what a command has to say meanwhile.

use crate::commands::SeedRows;
use crate::commands::error::Error;
use crate::embedded::DownloadEvent;
use crate::postgres::Listener;
use crate::postgres::load::LoadListener;
use crate::postgres::verify::VerifyListener;

/// Listens to a command: events of a migrator, and notes in words.
pub trait Reporter: Listener {
    /// Something worth saying that is neither an answer nor an error.
    fn note(&mut self, text: &str);

    /// A question to the person at the terminal, who answers on the same line.
    fn prompt(&mut self, text: &str);

    /// PostgreSQL is being fetched.
    fn download(&mut self, event: &DownloadEvent);

    /// Comments of a seed have made rows.
    fn made_rows(&mut self, rows: &SeedRows);

    /// A server is ready to be used, at this URL, and stays until it is interrupted, or until this command ends.
    fn ready(&mut self, url: &str, command: Option<&str>);

    /// What was being done has ended, and nothing is done now.
    fn idle(&mut self);

    /// Something has failed, and the command goes on.
    fn failed(&mut self, error: &Error);

    /// The same listener for a migrator.
    fn listener(&mut self) -> &mut dyn Listener;

    /// The same listener for loading rows.
    fn load_listener(&mut self) -> &mut dyn LoadListener;

    /// The same listener for verifying.
    fn verify_listener(&mut self) -> &mut dyn VerifyListener;
}
