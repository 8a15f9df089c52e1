//! A request to stop that comes from outside, such as Ctrl-C.

use std::pin::pin;
use std::time::Duration;

use tokio::sync::watch;

use crate::connect::Session;

/// Between two requests to cancel.
const CANCEL_AGAIN: Duration = Duration::from_millis(250);

/// The side that says stop.
#[derive(Debug)]
pub struct Interrupter(watch::Sender<bool>);

/// The receiving side of a request to stop. It can be cloned; all clones receive the same.
#[derive(Debug, Clone)]
pub struct Interrupt(watch::Receiver<bool>);

/// Makes both sides.
pub fn interrupt() -> (Interrupter, Interrupt) {
    let (sender, receiver) = watch::channel(false);
    (Interrupter(sender), Interrupt(receiver))
}

impl Interrupter {
    /// Says stop, for good.
    pub fn interrupt(&self) {
        self.0.send_replace(true);
    }
}

impl Interrupt {
    /// One that never says stop.
    pub fn never() -> Interrupt {
        interrupt().1
    }

    /// Whether it was said.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is said; forever, when nobody can say it any more.
    pub async fn requested(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|requested| *requested).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits for what the server does on this session. Once interrupted, it asks the server to cancel, again and again,
    /// until the server answers: a request that reaches it before the statement does is lost.
    pub async fn cancels<T>(&self, session: &Session, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        tokio::select! {
            biased;
            result = &mut work => return result,
            () = self.requested() => {}
        }
        loop {
            let asking = async {
                session.cancel().await;
                tokio::time::sleep(CANCEL_AGAIN).await;
            };
            tokio::select! {
                biased;
                result = &mut work => return result,
                () = asking => {}
            }
        }
    }
}
