//! `pmdb advise`: what a database does that experience advises against.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::context::{Context, Story, USUAL_WAIT};
use super::report::{AdviseReport, Report};
use crate::advise::{Finding, Ignore, IgnoreLine, parse_ignores, sift};
use crate::cli::AdviseArgs;
use crate::error::Error;
use crate::postgres::{Listen, Session, advise};

/// Read where `--ignore-file` names no other.
const USUAL_FILE: &str = "advise.ignore";

pub(super) async fn run(
    context: &Context,
    args: &AdviseArgs,
    story: &mut dyn Story,
) -> Result<Report, Error> {
    let path = args.ignore_file.as_deref().unwrap_or(Path::new(USUAL_FILE));
    let lines = parse_ignores(path, &read(path, args)?)?;
    let reached = context.reach(Listen::Socket, USUAL_WAIT, story).await?;
    let session = context.connect(&reached.target, story.listener()).await?;
    let findings = look(context, &session).await?;
    let database = session.target().database().to_owned();
    drop(session);
    reached.leave()?;

    tell_of_idle_lines(path, &lines, &findings, story);
    let ignores: Vec<&Ignore> = args.ignore.iter().chain(lines.iter().map(|line| &line.ignore)).collect();
    let sifted = sift(findings, &ignores);
    Ok(Report::Advise(AdviseReport {
        database,
        check: args.check(),
        findings: sifted.findings,
        ignored: sifted.ignored,
    }))
}

/// The text of the file; nothing, where it is the usual one and not there.
fn read(path: &Path, args: &AdviseArgs) -> Result<String, Error> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound && args.ignore_file.is_none() => Ok(String::new()),
        text => text.map_err(|source| Error::File { path: PathBuf::from(path), doing: "read", source }),
    }
}

async fn look(context: &Context, session: &Session) -> Result<Vec<Finding>, Error> {
    let history = [context.table.clone(), context.seeds_table()];
    tokio::select! {
        findings = advise::advise(session.client(), &history) => {
            findings.map_err(|source| Error::Sql { doing: "the catalog cannot be read".to_owned(), source })
        }
        () = context.interrupt.requested() => {
            session.cancel().await;
            Err(Error::Interrupted)
        }
    }
}

/// Lines that have outlived their findings.
fn tell_of_idle_lines(path: &Path, lines: &[IgnoreLine], findings: &[Finding], story: &mut dyn Story) {
    for IgnoreLine { location, ignore } in lines {
        if !findings.iter().any(|finding| ignore.covers(finding)) {
            story.note(&format!(
                "{}:{location}: nothing is left that `{ignore}` could ignore",
                path.display()
            ));
        }
    }
}
