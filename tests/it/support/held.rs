//! A session that stands in the way.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

/// A session that has run something and stays connected, its transaction open, until the value is dropped.
pub struct Held {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Held {
    pub fn new(url: &str, sql: &str) -> Held {
        let (url, sql) = (url.to_owned(), sql.to_owned());
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (client, connection) =
                    tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
                let connection = tokio::spawn(connection);
                client.batch_execute(&sql).await.unwrap();
                ready.send(()).unwrap();
                let _ = stopped.await;
                drop(client);
                let _ = connection.await;
            });
        });
        is_ready.recv().expect("the SQL of the session that is to be held failed");
        Held { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
