//! A session that stands in the way.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc as queue, oneshot};
use tokio::time::timeout;

use super::wait::PATIENCE;

/// A session that has run something and stays connected, its transaction open, until the value is dropped.
pub struct Held {
    stop: Option<oneshot::Sender<()>>,
    more: queue::UnboundedSender<String>,
    thread: Option<JoinHandle<()>>,
}

impl Held {
    /// A session that has run this.
    pub fn new(url: &str, sql: &str) -> Held {
        let (held, ready) = Held::begin(url, sql);
        ready.recv_timeout(PATIENCE).expect("the SQL of the session that is to be held failed, or waits");
        held
    }

    /// A session that runs this, and may have to wait for others.
    pub fn running(url: &str, sql: &str) -> Held {
        Held::begin(url, sql).0
    }

    fn begin(url: &str, sql: &str) -> (Held, mpsc::Receiver<()>) {
        let (url, sql) = (url.to_owned(), sql.to_owned());
        let (stop, mut stopped) = oneshot::channel::<()>();
        let (more, mut to_run) = queue::unbounded_channel::<String>();
        let (ready, is_ready) = mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (client, connection) =
                    tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
                let connection = tokio::spawn(connection);
                let cancel = client.cancel_token();
                let work = async {
                    client.batch_execute(&sql).await.unwrap();
                    let _ = ready.send(());
                    while let Some(sql) = to_run.recv().await {
                        client.batch_execute(&sql).await.unwrap();
                    }
                };
                tokio::select! {
                    () = work => {}
                    _ = &mut stopped => {}
                }
                // What it waits for may be let go only after it.
                let _ = timeout(PATIENCE, cancel.cancel_query(tokio_postgres::NoTls)).await;
                drop(client);
                let _ = timeout(PATIENCE, connection).await;
            });
        });
        (Held { stop: Some(stop), more, thread: Some(thread) }, is_ready)
    }

    /// Has the session run this too; it may have to wait for others.
    pub fn send(&self, sql: &str) {
        self.more.send(sql.to_owned()).unwrap();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
