//! Whether it is the right database: before all data on another machine are lost, its name has to be typed.

use std::io::{self, IsTerminal};

use super::context::Context;
use super::reporter::Reporter;
use crate::cli::Consent;
use crate::commands::error::Error;
use crate::connect::Session;
use crate::postgres::databases;

/// What would be lost.
pub(super) struct Loss<'a> {
    /// A session on the server; not necessarily on the database itself.
    pub session: &'a Session,
    /// The database.
    pub database: &'a str,
    /// How.
    pub kind: LossKind,
}

/// How data are lost.
#[derive(Debug, Clone, Copy)]
pub(super) enum LossKind {
    /// The database goes.
    Drop,
    /// The database is made anew.
    Reset,
    /// What the migrations have made goes.
    UndoAll,
}

impl Loss<'_> {
    /// Whether somebody has to confirm it.
    pub fn needs(&self, consent: Consent) -> bool {
        consent == Consent::Wanted && !self.session.target().is_local()
    }

    /// Asks for the name of the database, where that is needed. Nothing is asked about a database that is not there.
    pub async fn confirm(
        &self,
        context: &Context,
        consent: Consent,
        reporter: &mut dyn Reporter,
    ) -> Result<(), Error> {
        if !self.needs(consent) {
            return Ok(());
        }
        let size = databases::size(self.session.client(), self.database).await.map_err(|source| {
            Error::Sql { doing: format!("the size of the database {} cannot be read", self.database), source }
        })?;
        let Some(size) = size else { return Ok(()) };
        let what = self.sentence(&size);
        let target = self.session.target().with_database(self.database);
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Err(Error::NotConfirmed { what, asked: false }.on(&target));
        }
        reporter.prompt(&format!("The {what}.\nType {} to go on: ", self.database));
        let answer = tokio::select! {
            answer = tokio::task::spawn_blocking(line) => answer.unwrap_or_default(),
            () = context.interrupt.requested() => String::new(),
        };
        if !answer.ends_with('\n') {
            // Whatever is said next begins a line of its own.
            reporter.prompt("\n");
        }
        if context.interrupt.is_requested() {
            return Err(Error::Interrupted);
        }
        match answer.trim_end_matches(['\r', '\n']) == self.database || answer.trim() == self.database {
            true => Ok(()),
            false => Err(Error::NotConfirmed { what, asked: true }.on(&target)),
        }
    }

    fn sentence(&self, size: &str) -> String {
        let size = if size.is_empty() { String::new() } else { format!(" ({size})") };
        let database = format!("database {}{size} on {}", self.database, self.session.target().server());
        match self.kind {
            LossKind::Drop => format!("{database} would be dropped, with all its data"),
            LossKind::Reset => format!("{database} would be made anew, without its data"),
            LossKind::UndoAll => {
                format!("{database} would lose all that its migrations have made, with the data in it")
            }
        }
    }
}

/// What was typed; nothing at the end of the input.
fn line() -> String {
    let mut line = String::new();
    let _ = io::stdin().read_line(&mut line);
    line
}
