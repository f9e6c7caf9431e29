//! A session: listens, serves until Ctrl-C, and says what it cost.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::middleware::from_fn_with_state;
use tokio::runtime::Builder;

use super::address::Address;
use super::book::Book;
use super::door::{admit, keep};
use super::limits::Limits;
use crate::interrupt;
use crate::progress;
use crate::stop::Stop;

/// Threads that tokenise and render; requests beyond wait.
const HANDS: usize = 8;

/// How often Ctrl-C is looked for.
const GLANCE: Duration = Duration::from_millis(50);

/// Takes the port, before anything is loaded.
///
/// # Errors
/// Another program has it, or the address is not of this machine.
pub fn listen(address: &Address) -> Result<TcpListener> {
    let listener = TcpListener::bind(address.socket).map_err(|error| {
        Stop::missing(format!(
            "cannot listen on `{}`: {error}\nhelp: end the program that listens there, or name another port with `--listen` (port 0 takes any that is free)",
            address.socket
        ))
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves until Ctrl-C; `farewell` runs when nobody is served any more. Says the session's sums.
///
/// # Errors
/// The system gives no thread.
pub fn serve(
    listener: TcpListener,
    address: Address,
    app: Router,
    limits: &Limits,
    book: Book,
    farewell: impl FnOnce(),
) -> Result<()> {
    interrupt::listen()?;
    let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(HANDS).build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        progress::say(&format!("listening on http://{}/v1; Ctrl-C ends it", listener.local_addr()?));
        let app = app.layer(from_fn_with_state(Arc::new(address), admit));
        keep(listener, app, limits.connections, interrupted()).await;
        anyhow::Ok(())
    })?;
    farewell();
    // What still runs has nobody to answer to.
    runtime.shutdown_background();
    progress::say(&book.close().sentence());
    Ok(())
}

async fn interrupted() {
    while !interrupt::requested() {
        tokio::time::sleep(GLANCE).await;
    }
}
