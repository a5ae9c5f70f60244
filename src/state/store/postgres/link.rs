//! One connection to the server, made anew when it is cut.
//!
//! Invariant: one statement is one transaction and one message each way, with nothing that a session would keep:
//! whichever connection of a pooling proxy it meets, it means the same. An answer that did not come is told apart
//! from a refusal.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row};

use super::address::Address;
use super::tls::connector;
use crate::instance::visible;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a server is waited for that was there. With what one write may take before that is noticed it must
/// fit in what a pipeline leaves a program after its signal, which is 7.5 s.
const PATIENCE: Duration = Duration::from_millis(2500);
/// How long it is waited for each time once that is over.
const GLANCE: Duration = Duration::from_millis(300);
/// The pause before the second try; each one is twice as long.
const SOON: Duration = Duration::from_millis(50);

/// A parameter of a statement, with its type: then the server need not be asked for it.
pub(super) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// Why a statement gave no rows.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server refused it: nothing was changed.
    Refused(Box<Error>),
    /// There was no connection to send it on: nothing was changed.
    NotSent(io::Error),
    /// It was sent, and what became of it is not known.
    Lost(io::Error),
}

impl Failure {
    /// The server's code for its refusal.
    pub(super) fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Refused(error) => error.code(),
            Self::NotSent(_) | Self::Lost(_) => None,
        }
    }

    /// In words for people.
    pub(super) fn into_io(self) -> io::Error {
        match self {
            Self::Refused(error) => io::Error::other(words(&error)),
            Self::NotSent(error) | Self::Lost(error) => error,
        }
    }
}

/// A connection, or the way to one.
pub(super) struct Link {
    pub(super) address: Arc<Address>,
    client: Option<Client>,
    standing: Standing,
}

/// What is known of the server.
#[derive(Debug, Clone, Copy)]
enum Standing {
    /// It was never reached.
    Unknown,
    /// It answered the last time.
    Answers,
    /// It did not, since then.
    Silent(Instant),
}

impl Standing {
    /// How long it is waited for.
    fn patience(self) -> Option<Duration> {
        match self {
            Self::Unknown => None,
            Self::Answers => Some(PATIENCE),
            Self::Silent(since) => Some(PATIENCE.saturating_sub(since.elapsed()).max(GLANCE)),
        }
    }

    fn is_silent(&mut self) {
        match self {
            Self::Answers => *self = Self::Silent(Instant::now()),
            Self::Unknown | Self::Silent(_) => {}
        }
    }
}

impl Link {
    /// Nothing is called yet.
    pub(super) const fn new(address: Arc<Address>) -> Self {
        Self { address, client: None, standing: Standing::Unknown }
    }

    /// Makes one statement, which ends within `limit`.
    pub(super) async fn ask(
        &mut self,
        statement: &str,
        parameters: &[Parameter<'_>],
        limit: Duration,
    ) -> Result<Vec<Row>, Failure> {
        let statement = self.address.sql(statement);
        let limit = self.limit(limit);
        let client = self.client().await.map_err(Failure::NotSent)?;
        let answer = timeout(limit, client.query_typed(&statement, parameters)).await;
        self.judged(answer)
    }

    /// Makes statements without parameters, all of them or none.
    pub(super) async fn batch(&mut self, statements: &str, limit: Duration) -> Result<(), Failure> {
        let limit = self.limit(limit);
        let client = self.client().await.map_err(Failure::NotSent)?;
        let answer = timeout(limit, client.batch_execute(statements)).await;
        self.judged(answer)
    }

    /// A server that is silent is not waited for as long as one that answers.
    fn limit(&self, limit: Duration) -> Duration {
        match self.standing {
            Standing::Silent(_) => self.standing.patience().unwrap_or(limit).min(limit),
            Standing::Unknown | Standing::Answers => limit,
        }
    }

    fn judged<T>(
        &mut self,
        answer: Result<Result<T, Error>, tokio::time::error::Elapsed>,
    ) -> Result<T, Failure> {
        let error = match answer {
            Ok(Ok(answer)) => {
                self.standing = Standing::Answers;
                return Ok(answer);
            }
            Ok(Err(error)) => error,
            Err(_) => {
                self.client = None;
                self.standing.is_silent();
                let late = io::Error::new(io::ErrorKind::TimedOut, "the server did not answer in time");
                return Err(Failure::Lost(late));
            }
        };
        // A server that is going down may have done it before it said so.
        if error.code().is_some() && !is_going_down(&error) {
            self.standing = Standing::Answers;
            return Err(Failure::Refused(Box::new(error)));
        }
        self.client = None;
        self.standing.is_silent();
        Err(Failure::Lost(io::Error::other(words(&error))))
    }

    /// Whether a statement would go out on a connection that is there.
    pub(super) fn is_up(&self) -> bool {
        self.client.as_ref().is_some_and(|client| !client.is_closed())
    }

    async fn client(&mut self) -> io::Result<&Client> {
        if !self.is_up() {
            self.client = None;
            let connected = self.connect_patiently().await;
            if connected.is_err() {
                self.standing.is_silent();
            }
            self.client = Some(connected?);
        }
        self.client.as_ref().ok_or_else(|| io::Error::other("no connection"))
    }

    async fn connect_patiently(&self) -> io::Result<Client> {
        let patience = self.standing.patience();
        let until = Instant::now() + patience.unwrap_or_default();
        let mut pause = SOON;
        loop {
            let limit =
                patience.map_or(CONNECT, |_| until.saturating_duration_since(Instant::now()).max(SOON));
            let (error, passes) = match timeout(limit, self.connect()).await {
                Ok(Ok(client)) => return Ok(client),
                Ok(Err(failed)) => failed,
                Err(_) => (io::Error::new(io::ErrorKind::TimedOut, "no connection in time"), true),
            };
            if !passes || Instant::now() + pause >= until {
                return Err(error);
            }
            sleep(pause).await;
            pause *= 2;
        }
    }

    /// One try: the client, or why not, and whether that may pass by itself.
    async fn connect(&self) -> Result<Client, (io::Error, bool)> {
        let Address { config, password, tls, authorities, .. } = &*self.address;
        let (tls, authorities) = (*tls, authorities.clone());
        // The system's authorities are files.
        let connector = tokio::task::spawn_blocking(move || connector(tls, authorities.as_deref())).await;
        let connector = connector.map_err(io::Error::other).flatten().map_err(|error| (error, false))?;
        let mut config = config.clone();
        if let Some(password) = password {
            config.password(password.expose());
        }
        match config.connect(connector).await {
            Ok((client, connection)) => {
                // It ends with its client; what goes wrong, the client is told.
                tokio::spawn(async move { drop(connection.await) });
                Ok(client)
            }
            Err(error) => {
                let passes = match error.code() {
                    Some(code) => is_going_down(&error) || *code == SqlState::TOO_MANY_CONNECTIONS,
                    None => is_io(&error),
                };
                let words = words(&error);
                let words = password.as_ref().map_or_else(|| words.clone(), |secret| secret.redact(&words));
                Err((io::Error::other(words), passes))
            }
        }
    }
}

/// Whether the server says that it, or this connection to it, comes to an end or has not begun yet.
fn is_going_down(error: &Error) -> bool {
    let code = error.code().map_or("", SqlState::code);
    code.starts_with("08") || code.starts_with("57P")
}

/// Whether the network is why, and not what was said over it.
fn is_io(error: &Error) -> bool {
    let mut causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|io| io.get_ref().is_none_or(|inner| !inner.is::<rustls::Error>()))
    }) || error.is_closed()
}

/// All that the server, or the library, says of it; escaped.
fn words(error: &Error) -> String {
    if let Some(said) = error.as_db_error() {
        let more = said.detail().or(said.hint()).map(|more| format!(" ({more})")).unwrap_or_default();
        return visible(&format!("{}: {}{more}", said.severity(), said.message())).into_owned();
    }
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    let text = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
    visible(&text).into_owned()
}
