//! The rows of one table by COPY BINARY: made on a thread of their own, written on a connection.
//!
//! Between the two lie a few buffers of a fixed size, so memory does not grow with the rows.

use std::pin::pin;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::SinkExt;
use tokio::sync::mpsc;
use tokio_postgres::{Client, Error};

use super::rows::RowSource;

/// About how large a buffer is, in bytes.
const BUFFER: usize = 128 * 1024;

/// How many buffers may wait for the connection.
const WAITING: usize = 4;

/// More rows than this are never made at once, however narrow they are.
const MOST_ROWS: u64 = 10_000;

/// The signature, no flags, no extension (PostgreSQL manual, "COPY", "Binary Format").
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What ends the rows.
const TRAILER: i16 = -1;

/// The columns whose values are given, as COPY takes them. A table may have none.
pub(in crate::postgres) fn column_list(columns: &[String]) -> String {
    if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) }
}

/// Copies all rows of a table within the transaction that is open, and gives back how many of them the server has kept. `progress` is
/// told how many have been sent.
pub(super) async fn copy(
    client: &Client,
    statement: &str,
    (place, rows): (usize, u64),
    source: &Arc<dyn RowSource>,
    mut progress: impl FnMut(u64),
) -> Result<u64, Error> {
    let mut sink = pin!(client.copy_in::<_, Bytes>(statement).await?);
    let (sender, mut buffers) = mpsc::channel(WAITING);
    let source = Arc::clone(source);
    let making = tokio::task::spawn_blocking(move || make(source.as_ref(), place, rows, &sender));
    while let Some((buffer, end)) = buffers.recv().await {
        sink.send(buffer).await?;
        progress(end);
    }
    // Without this, the rows before a panic would pass for all of them.
    if let Err(panicked) = making.await {
        std::panic::resume_unwind(panicked.into_panic());
    }
    sink.finish().await
}

/// Makes the rows and hands them on in buffers, each with the number of rows up to its end. Where nobody takes them any more,
/// it ends.
fn make(source: &dyn RowSource, place: usize, rows: u64, sender: &mpsc::Sender<(Bytes, u64)>) {
    let mut buffer = BytesMut::with_capacity(BUFFER);
    buffer.put_slice(HEADER);
    let (mut end, mut step) = (0, 1);
    while end < rows {
        let slice = end..(end + step).min(rows);
        let before = buffer.len();
        end = slice.end;
        source.write(place, slice, &mut buffer);
        step = next_step(step, buffer.len() - before);
        if buffer.len() < BUFFER / 2 {
            continue;
        }
        let full = std::mem::replace(&mut buffer, BytesMut::with_capacity(BUFFER));
        if sender.blocking_send((full.freeze(), end)).is_err() {
            return;
        }
    }
    buffer.put_i16(TRAILER);
    let _ = sender.blocking_send((buffer.freeze(), rows));
}

/// How many rows fill about half a buffer, after this many have taken this many bytes.
fn next_step(rows: u64, bytes: usize) -> u64 {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX).max(1);
    let half_a_buffer = u64::try_from(BUFFER / 2).unwrap_or_default();
    (rows.saturating_mul(half_a_buffer) / bytes).clamp(1, MOST_ROWS)
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;

    /// Rows of this many bytes.
    struct Wide(usize);

    impl RowSource for Wide {
        fn write(&self, _table: usize, rows: Range<u64>, buffer: &mut BytesMut) {
            for _ in rows {
                buffer.put_bytes(0, self.0);
            }
        }
    }

    fn buffers(width: usize, rows: u64) -> Vec<(usize, u64)> {
        let (sender, mut receiver) = mpsc::channel(100_000);
        make(&Wide(width), 0, rows, &sender);
        drop(sender);
        std::iter::from_fn(|| receiver.blocking_recv()).map(|(buffer, end)| (buffer.len(), end)).collect()
    }

    #[test]
    fn buffers_do_not_grow_with_the_rows() {
        for (width, rows) in [(4, 5_000_000), (100, 100_000), (30_000, 1000)] {
            let buffers = buffers(width, rows);
            let bytes: usize = buffers.iter().map(|(bytes, _)| bytes).sum();
            assert_eq!(bytes as u64, HEADER.len() as u64 + width as u64 * rows + 2);
            assert_eq!(buffers.last().map(|(_, end)| *end), Some(rows));
            assert!(buffers.iter().all(|(bytes, _)| *bytes <= BUFFER + width), "{width}");
        }
    }

    #[test]
    fn rows_of_more_than_a_buffer_go_one_by_one() {
        let buffers = buffers(1_000_000, 5);
        assert_eq!(buffers.iter().map(|(_, end)| *end).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 5]);
    }

    #[test]
    fn a_table_without_rows_is_a_header_and_a_trailer() {
        assert_eq!(buffers(1, 0), [(HEADER.len() + 2, 0)]);
    }
}
