//! What a person has found out about a statement that was running when a run broke off.

use super::event::Listener;
use super::history::HistoryScope;
use super::migrator::Migrator;
use super::migrator_error::MigratorError;
use crate::migration::{Direction, Half, Position, Progress, Version};

/// What a person says of the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// It is done: the next run goes on after it.
    Done,
    /// The next run is to send it again.
    Again,
}

/// The statement that was resolved.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The version as the history has it.
    pub version: Version,
    /// The name in the history.
    pub name: String,
    /// Its number, from 1.
    pub statement: usize,
    /// How many the half has.
    pub total: usize,
    /// How it begins; empty where the history does not keep the text.
    pub sql: String,
}

impl Migrator {
    /// Records what a person has found out about the statement of this version that is in flight. Runs nothing. `None`: no
    /// statement of it is in flight.
    ///
    /// # Errors
    /// [`MigratorError::Lock`] while a run is at work, [`MigratorError::History`].
    pub async fn resolve(
        &self,
        version: &Version,
        resolution: Resolution,
        listener: &mut dyn Listener,
    ) -> Result<Option<Resolved>, MigratorError> {
        let lock = self.lock(listener).await?;
        let resolved = self.resolve_locked(version, resolution, listener).await;
        lock.release().await;
        resolved
    }

    async fn resolve_locked(
        &self,
        version: &Version,
        resolution: Resolution,
        listener: &mut dyn Listener,
    ) -> Result<Option<Resolved>, MigratorError> {
        let history = self.read(HistoryScope::Shown, listener).await?;
        let row = history.rows.iter().find(|row| row.version == *version);
        let Some((row, progress)) = row.and_then(|row| Some((row, row.progress.as_ref()?))) else {
            return Ok(None);
        };
        if !progress.in_flight {
            return Ok(None);
        }
        let half = progress.sql.as_deref().and_then(|sql| Half::from_stored(sql, progress.direction).ok());
        let part = half.as_ref().and_then(|half| half.part_at(progress.done));
        let statement = progress.done + part.map_or(1, |part| part.statements.len());
        let last = half.as_ref().zip(part.and_then(|part| part.statements.last()));
        let sql = last.map_or_else(String::new, |(half, last)| half.first_line(last));
        self.record(&row.version, progress, resolution, statement, listener).await?;
        let (version, name) = (row.version.clone(), row.shown_name().to_owned());
        Ok(Some(Resolved { version, name, statement, total: progress.total, sql }))
    }

    async fn record(
        &self,
        version: &Version,
        progress: &Progress,
        resolution: Resolution,
        statement: usize,
        listener: &mut dyn Listener,
    ) -> Result<(), MigratorError> {
        let now = match resolution {
            Resolution::Done => statement,
            Resolution::Again => progress.done,
        };
        let table = self.history_table();
        let mut statements =
            vec![table.progress(version, progress.direction, progress.position(), Position::Done(now))];
        if now >= progress.total {
            statements.push(match progress.direction {
                Direction::Up => table.finish_up(version, 0),
                Direction::Down => table.delete(version),
            });
        }
        let access = self.history_access();
        let asking = access.asking();
        access.write(&asking, listener, table.write(&asking, &statements)).await
    }
}
