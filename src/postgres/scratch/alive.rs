//! By what other runs see that one on a server of the user's is alive, and leave its databases alone.

use std::time::Instant;

use postgres_protocol::escape::escape_literal;
use tokio_postgres::error::SqlState;

use super::{ScratchError, execute};
use crate::connect::{OFF_FOR_THE_TRANSACTION, Session, Target};
use crate::postgres::history_access::POOLER_PATIENCE;

/// A connection with the name of the run that stays in a transaction. Between transactions a pooler gives a connection to other
/// clients, and then it bears their names.
pub(super) async fn sign_of_life(target: &Target, name: &str) -> Result<Session, ScratchError> {
    let session = Session::connect(target).await?;
    let open = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT {OFF_FOR_THE_TRANSACTION}; SET LOCAL application_name = {}",
        escape_literal(name)
    );
    execute(&session, &open, "kept").await?;
    Ok(session)
}

/// Asks the first question beside the sign of life: a pooler may have no second server connection to give.
pub(super) async fn beside_it<T>(
    question: impl Future<Output = Result<T, ScratchError>>,
) -> Result<T, ScratchError> {
    let start = Instant::now();
    match tokio::time::timeout(POOLER_PATIENCE, question).await {
        // PgBouncer ends a client that has waited for as long as its query_wait_timeout.
        Ok(Err(ScratchError::Sql { source, .. })) if source.is(&SqlState::PROTOCOL_VIOLATION) => {
            Err(ScratchError::PoolTooSmall { waited: start.elapsed() })
        }
        Ok(answer) => answer,
        Err(_) => Err(ScratchError::PoolTooSmall { waited: POOLER_PATIENCE }),
    }
}
