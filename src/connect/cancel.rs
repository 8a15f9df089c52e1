//! Asking a server to cancel what a session is doing, over a connection of its own.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_postgres::config::Host;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{CancelToken, Config, NoTls};

use super::tls::Connector;

/// Sends the request to where the session is connected, and waits until the other side has closed the connection, as libpq does:
/// PgBouncer 1.18 ends, with all its connections, when a client closes this one first.
///
/// # Errors
/// When the server cannot be reached. Whether the statement ends by it, its own answer tells.
pub(super) async fn cancel(token: &CancelToken, config: &Config, tls: Option<&Connector>) -> io::Result<()> {
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let address = config.get_hostaddrs().first().map(|address| SocketAddr::new(*address, port));
    match (address, config.get_hosts().first()) {
        (Some(address), host) => {
            let stream = ReadToTheEnd(TcpStream::connect(address).await?);
            let name = match host {
                Some(Host::Tcp(name)) => name,
                _ => "",
            };
            let Some(tls) = tls else { return sent(token.cancel_query_raw(stream, NoTls).await) };
            let mut tls = Connector::clone(tls);
            let tls = MakeTlsConnect::<ReadToTheEnd<TcpStream>>::make_tls_connect(&mut tls, name)
                .map_err(io::Error::other)?;
            sent(token.cancel_query_raw(stream, tls).await)
        }
        #[cfg(unix)]
        (None, Some(Host::Unix(folder))) => {
            let socket = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await?;
            sent(token.cancel_query_raw(ReadToTheEnd(socket), NoTls).await)
        }
        _ => Err(io::ErrorKind::AddrNotAvailable.into()),
    }
}

fn sent(result: Result<(), tokio_postgres::Error>) -> io::Result<()> {
    result.map_err(io::Error::other)
}

/// A connection that is closed only after the other side has closed it.
struct ReadToTheEnd<S>(S);

impl<S: AsyncRead + Unpin> AsyncRead for ReadToTheEnd<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for ReadToTheEnd<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut rest = [0; 64];
        loop {
            let mut buffer = ReadBuf::new(&mut rest);
            match ready!(Pin::new(&mut self.0).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                // Closed, in whatever way.
                _ => return Pin::new(&mut self.0).poll_shutdown(context),
            }
        }
    }
}
