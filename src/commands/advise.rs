//! `pmdb advise`: what a database does that experience advises against.

use std::path::Path;

use super::context::{Context, DEFAULT_WAIT};
use super::ignore;
use super::report::{AdviseReport, Report};
use super::reporter::Reporter;
use super::server_handle::ServerHandle;
use crate::advise::{Advice, AdviceIgnore, Rule, sift};
use crate::cli::{AdviseArgs, Check};
use crate::commands::error::Error;
use crate::connect::Session;
use crate::ignore::IgnoreLine;
use crate::postgres::advise;

/// Read where `--ignore-file` names no other.
const USUAL_FILE: &str = "advise.ignore";

pub(super) async fn run(
    context: &Context,
    args: &AdviseArgs,
    reporter: &mut dyn Reporter,
) -> Result<Report, Error> {
    if let Some(rule) = args.explain {
        return Ok(Report::Rule(rule));
    }
    let path = args.ignore_file.as_deref().unwrap_or(Path::new(USUAL_FILE));
    let lines = ignore::lines::<Rule>(args.ignore_file.as_deref(), USUAL_FILE)?;
    let looking = async |server: &ServerHandle, reporter: &mut dyn Reporter| {
        let session = context.connect(&server.target, reporter.listener()).await?;
        Ok((session.target().name(), look(context, &session).await?))
    };
    let (database, findings) = context.with_server(DEFAULT_WAIT, reporter, looking).await?;

    tell_of_idle_lines(path, &lines, &findings, reporter);
    let ignores: Vec<&AdviceIgnore> =
        args.ignore.iter().chain(lines.iter().map(|line| &line.ignore)).collect();
    let sifted = sift(findings, &ignores);
    Ok(Report::Advise(AdviseReport {
        database,
        checks: args.check() == Check::Yes,
        findings: sifted.findings,
        ignored: sifted.ignored,
    }))
}

/// What the rules find in a database, without what the usual file says is known.
pub(super) async fn not_known(context: &Context, session: &Session) -> Result<Vec<Advice>, Error> {
    let lines = ignore::lines::<Rule>(None, USUAL_FILE)?;
    let ignores: Vec<&AdviceIgnore> = lines.iter().map(|line| &line.ignore).collect();
    Ok(sift(look(context, session).await?, &ignores).findings)
}

async fn look(context: &Context, session: &Session) -> Result<Vec<Advice>, Error> {
    let history = context.own_tables();
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
fn tell_of_idle_lines(
    path: &Path,
    lines: &[IgnoreLine<Rule>],
    findings: &[Advice],
    reporter: &mut dyn Reporter,
) {
    for IgnoreLine { location, ignore } in lines {
        if !findings.iter().any(|finding| ignore.covers(finding)) {
            reporter.note(&format!(
                "{}:{location}: nothing is left that `{ignore}` could ignore",
                path.display()
            ));
        }
    }
}
