//! Where to connect, as whom, and how safely.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, TargetSessionAttrs};

use super::Environment;
use super::asked::AskedSettings;
use super::database_name::DatabaseName;
use super::host::{Address, Host, hosts};
use super::parameters::{OptionSource, Parameters, point_somewhere};
use super::password::{Password, PasswordSource};
use super::target_error::TargetError;
use super::tls::TlsOptions;

/// How long a login on one server may take, when `connect_timeout` says nothing. libpq would wait for ever.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// A peer that is gone without a word is noticed within a minute: after so long without traffic the server is asked for a
/// sign of life, and so often again before it counts as lost. The system's own defaults take two hours.
const KEEPALIVES_IDLE: Duration = Duration::from_secs(30);
const KEEPALIVES_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVES_COUNT: u32 = 3;

/// The same for what was sent and is not acknowledged.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(60);

/// The name that pmdb goes by in `pg_stat_activity`, unless `application_name` or `PGAPPNAME` gives another.
const APPLICATION_NAME: &str = "pmdb";

/// A database on one of several servers, and everything that is needed to connect to it.
///
/// It prints as `app on db.example.com:5432 as alice`; neither `Display` nor `Debug` shows a password.
#[derive(Clone)]
pub struct Target {
    pub(super) hosts: Vec<Host>,
    pub(super) user: String,
    /// The role that everything is done as, if it is another one.
    pub(super) role: Option<String>,
    pub(super) database: String,
    /// Whether somebody has named it, or it is the one that is called as the user.
    pub(super) names_database: bool,
    pub(super) password: Option<Password>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) tls: TlsOptions,
    /// For each server, from its first packet to its welcome; none is no limit.
    pub(super) timeout: Option<Duration>,
    /// Whatever else a connection needs; no host, user, database or password.
    pub(super) settings: Config,
    pub(super) startup: Startup,
    /// What a server has to be (`target_session_attrs`). All servers are tried for the first, then for the next.
    pub(super) attributes: &'static [TargetSessionAttrs],
}

/// What a session is started with beside what the user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Startup {
    /// Without the timeouts that end idle sessions.
    WithoutTimeouts,
    /// Nothing: a pooler has refused it.
    Plain,
}

const CHANNEL_BINDINGS: &[(&str, ChannelBinding)] = &[
    ("disable", ChannelBinding::Disable),
    ("prefer", ChannelBinding::Prefer),
    ("require", ChannelBinding::Require),
];

/// A primary can be written to unless its settings say otherwise, and pmdb is of no use on a server that can't.
const SESSION_ATTRIBUTES: &[(&str, &[TargetSessionAttrs])] = &[
    ("any", &[TargetSessionAttrs::Any]),
    ("read-write", &[TargetSessionAttrs::ReadWrite]),
    ("primary", &[TargetSessionAttrs::ReadWrite]),
    ("read-only", &[TargetSessionAttrs::ReadOnly]),
    ("standby", &[TargetSessionAttrs::ReadOnly]),
    ("prefer-standby", &[TargetSessionAttrs::ReadOnly, TargetSessionAttrs::Any]),
];

const ANY: &[TargetSessionAttrs] = &[TargetSessionAttrs::Any];

impl Target {
    /// The target that `url` names (`--url`), else the variable `DATABASE_URL`, else the `PG*` variables.
    ///
    /// A connection string is a URL or `key=value` words. What it leaves out is filled in as psql does it:
    /// from a connection service file, from the `PG*` variables, then from defaults: the operating system's
    /// user, a database of the user's name, and the sockets of this machine before `localhost`.
    ///
    /// # Errors
    /// When nothing names a server, or what does can't be read or honoured.
    pub fn resolve(url: Option<&str>, environment: &Environment) -> Result<Target, TargetError> {
        let parameters = match url.or(environment.get("DATABASE_URL")) {
            Some(text) => Parameters::gather(text, environment)?,
            None if point_somewhere(environment) => Parameters::from_environment(environment)?,
            None => return Err(TargetError::NotConfigured),
        };
        Target::from_parameters(&parameters, environment)
    }

    /// The target that a connection string names, without any environment: no `PG*` variables, no home
    /// folder and so no `.pgpass` and no certificates but those it names itself.
    ///
    /// # Errors
    /// When the string can't be read or honoured.
    pub fn from_url(url: &str) -> Result<Target, TargetError> {
        Target::resolve(Some(url), &Environment::default())
    }

    /// A server on this machine that trusts its socket, such as the embedded one.
    pub fn for_socket(folder: &Path, port: u16, user: &str, database: &str) -> Target {
        let mut settings = Config::new();
        settings.application_name(APPLICATION_NAME);
        Target {
            hosts: vec![Host { address: Address::Socket(folder.to_owned()), port }],
            user: user.to_owned(),
            role: None,
            database: database.to_owned(),
            names_database: true,
            password: None,
            password_file: None,
            tls: TlsOptions::none(),
            timeout: Some(DEFAULT_TIMEOUT),
            settings,
            startup: Startup::WithoutTimeouts,
            attributes: ANY,
        }
    }

    /// Another database on the same server.
    pub fn with_database(&self, name: &str) -> Target {
        Target { database: name.to_owned(), names_database: true, ..self.clone() }
    }

    /// The same database as another role.
    pub fn with_user(&self, name: &str) -> Target {
        Target { user: name.to_owned(), ..self.clone() }
    }

    /// The same database, with all that is done there done as this role, of which the one that logs in has to be a
    /// member. It is what the session begins with, so that a `RESET ROLE` leads back to it.
    pub fn with_role(&self, name: &str) -> Target {
        Target { role: Some(name.to_owned()), ..self.clone() }
    }

    /// The same without [`with_role`](Self::with_role): the server shows what the sessions of a role do to that role alone.
    pub(crate) fn as_login(&self) -> Target {
        Target { role: None, ..self.clone() }
    }

    /// The name of the database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Whether a connection string, a service file or `PGDATABASE` names the database; else it is libpq's default, the one that
    /// is called as the user.
    pub fn names_database(&self) -> bool {
        self.names_database
    }

    /// The server, as `host:port` or the path of its socket; all of them where it is not known which one answers.
    pub fn server(&self) -> String {
        self.hosts.iter().map(Host::to_string).collect::<Vec<_>>().join(" or ")
    }

    /// Whether the server is on this machine: reached by a socket, or called `localhost` or by an address that never leaves the
    /// machine.
    pub fn is_local(&self) -> bool {
        self.hosts.iter().all(Host::is_local)
    }

    /// The database by its name and its server's.
    pub fn name(&self) -> DatabaseName {
        let hosts: Vec<String> = self.hosts.iter().map(Host::name).collect();
        let port = self.hosts.first().map(|host| host.port);
        DatabaseName {
            database: self.database.clone(),
            host: hosts.join(","),
            port: port.filter(|port| self.hosts.iter().all(|host| host.port == *port)),
            user: self.user.clone(),
        }
    }

    /// The name of the role to log in as.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The name of the role that everything is done as, if it is not the one that logs in.
    pub fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// The settings that are asked for in `options`.
    pub(crate) fn asked(&self) -> AskedSettings {
        AskedSettings::parse(&self.options().unwrap_or_default())
    }

    /// What the session is to begin with.
    pub(super) fn options(&self) -> Option<String> {
        let given = self.settings.get_options();
        let role = self.role.as_ref().map(|role| format!("-c role={}", as_one_word(role)));
        match (given, role) {
            (Some(given), Some(role)) => Some(format!("{given} {role}")),
            (given, role) => role.or(given.map(str::to_owned)),
        }
    }

    /// The same target with only the server that answered.
    pub(super) fn at(&self, host: &Host) -> Target {
        Target { hosts: vec![host.clone()], ..self.clone() }
    }

    fn from_parameters(parameters: &Parameters, environment: &Environment) -> Result<Target, TargetError> {
        let user = match parameters.get("user") {
            Some(user) => user.to_owned(),
            None => system_user().ok_or(TargetError::NoUser)?,
        };
        Ok(Target {
            hosts: hosts(parameters)?,
            database: parameters.get("dbname").unwrap_or(&user).to_owned(),
            names_database: parameters.get("dbname").is_some(),
            user,
            role: None,
            password: password(parameters),
            password_file: password_file(parameters, environment),
            tls: TlsOptions::from_parameters(parameters, environment)?,
            timeout: timeout(parameters)?,
            settings: settings(parameters)?,
            startup: Startup::WithoutTimeouts,
            attributes: parameters.word("target_session_attrs", SESSION_ATTRIBUTES)?.unwrap_or(ANY),
        })
    }
}

/// The name of the user that pmdb runs as, which is libpq's default too.
fn system_user() -> Option<String> {
    uzers::get_effective_username()?.into_string().ok()
}

/// A value for `options`, which are cut at white space (PostgreSQL manual, parameter `options`).
fn as_one_word(value: &str) -> String {
    let escaped = |character: char| {
        let escape = (character.is_ascii_whitespace() || character == '\\').then_some('\\');
        escape.into_iter().chain([character])
    };
    value.chars().flat_map(escaped).collect()
}

fn password(parameters: &Parameters) -> Option<Password> {
    let source = match parameters.origin("password") {
        OptionSource::ConnectionString => PasswordSource::ConnectionString,
        OptionSource::ServiceFile => PasswordSource::ServiceFile,
        OptionSource::Variable(_) => PasswordSource::Variable,
    };
    parameters.get("password").map(|secret| Password { secret: secret.to_owned(), source })
}

fn password_file(parameters: &Parameters, environment: &Environment) -> Option<PathBuf> {
    match parameters.get("passfile") {
        Some(file) => Some(PathBuf::from(file)),
        None => environment.get("HOME").map(|home| Path::new(home).join(".pgpass")),
    }
}

/// As in libpq, zero or less is no limit.
fn timeout(parameters: &Parameters) -> Result<Option<Duration>, TargetError> {
    Ok(match parameters.number::<i64>("connect_timeout")? {
        None => Some(DEFAULT_TIMEOUT),
        Some(seconds) => u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs),
    })
}

fn settings(parameters: &Parameters) -> Result<Config, TargetError> {
    let mut settings = Config::new();
    let application = parameters.get("application_name").or(parameters.get("fallback_application_name"));
    settings.application_name(application.unwrap_or(APPLICATION_NAME));
    if let Some(options) = parameters.get("options") {
        settings.options(options);
    }
    if let Some(binding) = parameters.word("channel_binding", CHANNEL_BINDINGS)? {
        settings.channel_binding(binding);
    }
    keepalives(parameters, &mut settings)?;
    Ok(settings)
}

fn keepalives(parameters: &Parameters, settings: &mut Config) -> Result<(), TargetError> {
    if let Some(keepalives) = parameters.number::<u32>("keepalives")? {
        settings.keepalives(keepalives != 0);
    }
    if let Some(count) = number_or(parameters, "keepalives_count", u64::from(KEEPALIVES_COUNT))? {
        settings.keepalives_retries(u32::try_from(count).unwrap_or(u32::MAX));
    }
    if let Some(seconds) = number_or(parameters, "keepalives_idle", KEEPALIVES_IDLE.as_secs())? {
        settings.keepalives_idle(Duration::from_secs(seconds));
    }
    if let Some(seconds) = number_or(parameters, "keepalives_interval", KEEPALIVES_INTERVAL.as_secs())? {
        settings.keepalives_interval(Duration::from_secs(seconds));
    }
    if let Some(milliseconds) = number_or(parameters, "tcp_user_timeout", TCP_USER_TIMEOUT.as_secs() * 1000)?
    {
        settings.tcp_user_timeout(Duration::from_millis(milliseconds));
    }
    Ok(())
}

/// The value, or the default where there is none. Zero stands for the system's default.
fn number_or(parameters: &Parameters, name: &str, ours: u64) -> Result<Option<u64>, TargetError> {
    Ok(Some(parameters.number(name)?.unwrap_or(ours)).filter(|number| *number > 0))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {} as {}", self.database, self.server(), self.user)?;
        self.role.iter().try_for_each(|role| write!(f, ", role {role}"))
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target::from_url(url).unwrap()
    }

    fn from_variables(pairs: &[(&str, &str)]) -> Target {
        Target::resolve(None, &Environment::from_pairs(pairs.iter().copied())).unwrap()
    }

    fn secret(target: &Target) -> &str {
        &target.password.as_ref().unwrap().secret
    }

    #[test]
    fn it_says_what_is_where_as_whom() {
        assert_eq!(
            target("postgresql://al@db.example.com/app").to_string(),
            "app on db.example.com:5432 as al"
        );
        assert_eq!(target("postgresql://al@%2Ftmp/app").to_string(), "app on /tmp/.s.PGSQL.5432 as al");
        assert_eq!(target("postgresql://al@a,b:1/app").to_string(), "app on a:5432 or b:1 as al");
    }

    #[test]
    fn no_form_of_it_shows_the_password() {
        for url in [
            "postgresql://al:s3cr%45t@h/d",
            "postgresql://al@h/d?password=s3cr%45t",
            "host=h user=al password='s3crEt'",
        ] {
            let target = target(url);
            assert_eq!(secret(&target), "s3crEt");
            assert!(!format!("{target} {target:?} {target:#?} {:?}", target.password).contains("s3cr"));
        }
    }

    #[test]
    fn the_url_comes_before_database_url_and_that_before_the_variables() {
        let environment = Environment::from_pairs([
            ("DATABASE_URL", "postgresql://second/d"),
            ("PGHOST", "third"),
            ("PGDATABASE", "e"),
            ("PGUSER", "al"),
        ]);
        let shown = |url| Target::resolve(url, &environment).unwrap().to_string();
        assert_eq!(shown(Some("postgresql://first")), "e on first:5432 as al");
        assert_eq!(shown(None), "d on second:5432 as al");
    }

    #[test]
    fn the_variables_alone_are_enough() {
        let target =
            from_variables(&[("PGHOST", "h"), ("PGPORT", "6000"), ("PGUSER", "al"), ("PGPASSWORD", "pw")]);
        assert_eq!(target.to_string(), "al on h:6000 as al");
        assert_eq!(secret(&target), "pw");
    }

    #[test]
    fn nothing_configured_is_an_error_that_names_the_ways() {
        let environment =
            Environment::from_pairs([("PGSSLMODE", "require"), ("PGPASSWORD", "pw"), ("DATABASE_URL", "")]);
        let error = Target::resolve(None, &environment).unwrap_err();
        assert!(matches!(error, TargetError::NotConfigured));
        for way in ["--url", "DATABASE_URL", ".env", "PGHOST", "--embedded"] {
            assert!(error.hint().contains(way), "{way}");
        }
    }

    #[test]
    fn an_empty_url_is_an_error_even_if_something_else_is_configured() {
        let environment = Environment::from_pairs([("PGHOST", "h")]);
        assert!(matches!(Target::resolve(Some(""), &environment), Err(TargetError::Empty)));
    }

    #[test]
    fn the_user_is_the_systems_and_the_database_the_users() {
        let target = target("postgresql://h");
        assert_eq!(target.user(), system_user().unwrap());
        assert_eq!(target.database(), target.user());
    }

    #[test]
    fn a_service_fills_in_what_the_string_leaves_out() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("services");
        std::fs::write(&file, "[app]\nhost=h\nuser=bob\npassword=pw\n").unwrap();
        let environment =
            Environment::from_pairs([("PGSERVICEFILE", file.to_str().unwrap()), ("PGHOST", "other")]);
        let target = Target::resolve(Some("service=app user=al"), &environment).unwrap();
        assert_eq!(target.to_string(), "al on h:5432 as al");
        assert_eq!(target.password.unwrap().source, PasswordSource::ServiceFile);
    }

    #[test]
    fn our_application_name_gives_way_to_any_other() {
        let name = |url: &str, pairs: &[(&str, &str)]| {
            let environment = Environment::from_pairs(pairs.iter().copied());
            let target = Target::resolve(Some(url), &environment).unwrap();
            target.settings.get_application_name().unwrap().to_owned()
        };
        assert_eq!(name("postgresql://h", &[]), "pmdb");
        assert_eq!(name("postgresql://h", &[("PGAPPNAME", "deploy")]), "deploy");
        assert_eq!(name("postgresql://h?application_name=mine", &[("PGAPPNAME", "deploy")]), "mine");
        assert_eq!(name("postgresql://h?fallback_application_name=mine", &[]), "mine");
    }

    #[test]
    fn the_connect_timeout_is_ten_seconds_unless_set_and_zero_is_none() {
        assert_eq!(target("postgresql://h").timeout, Some(Duration::from_secs(10)));
        assert_eq!(target("postgresql://h?connect_timeout=3").timeout, Some(Duration::from_secs(3)));
        assert_eq!(target("postgresql://h?connect_timeout=0").timeout, None);
        assert_eq!(target("postgresql://h?connect_timeout=-1").timeout, None);
    }

    #[test]
    fn a_dead_peer_is_noticed_within_a_minute_unless_the_parameters_of_libpq_say_otherwise() {
        let ours = target("postgresql://h").settings;
        assert!(ours.get_keepalives());
        let asked = ours.get_keepalives_interval().unwrap() * ours.get_keepalives_retries().unwrap();
        assert_eq!(ours.get_keepalives_idle() + asked, Duration::from_secs(60));
        assert_eq!(ours.get_tcp_user_timeout(), Some(&Duration::from_secs(60)));

        let url =
            "postgresql://h?keepalives_idle=7&keepalives_interval=8&keepalives_count=9&tcp_user_timeout=5000";
        let given = target(url).settings;
        assert_eq!(given.get_keepalives_idle(), Duration::from_secs(7));
        assert_eq!(given.get_keepalives_interval(), Some(Duration::from_secs(8)));
        assert_eq!(given.get_keepalives_retries(), Some(9));
        assert_eq!(given.get_tcp_user_timeout(), Some(&Duration::from_secs(5)));

        let url = "postgresql://h?keepalives=0&keepalives_interval=0&keepalives_count=0&tcp_user_timeout=0";
        let systems = target(url).settings;
        assert!(!systems.get_keepalives());
        assert_eq!(systems.get_keepalives_interval(), None);
        assert_eq!(systems.get_keepalives_retries(), None);
        assert_eq!(systems.get_tcp_user_timeout(), None);
    }

    #[test]
    fn a_role_comes_last_among_the_options_whatever_its_name_is() {
        let plain = target("postgresql://al@h/d?options=-c%20geqo%3Doff");
        let other = plain.with_role(r"the owner\1");
        assert_eq!(other.options().unwrap(), r"-c geqo=off -c role=the\ owner\\1");
        assert_eq!(other.with_database("e").to_string(), r"e on h:5432 as al, role the owner\1");
        assert_eq!(other.as_login().options(), plain.options());
        assert_eq!(target("postgresql://h").with_role("o").options().unwrap(), "-c role=o");
    }

    #[test]
    fn another_database_keeps_everything_else() {
        let other = target("postgresql://al:pw@h:1/app").with_database("postgres");
        assert_eq!(other.to_string(), "postgres on h:1 as al");
        assert_eq!(secret(&other), "pw");
    }

    #[test]
    fn the_home_folder_holds_the_password_file_unless_another_is_named() {
        let file = |url: &str, pairs: &[(&str, &str)]| {
            let environment = Environment::from_pairs(pairs.iter().copied());
            Target::resolve(Some(url), &environment).unwrap().password_file
        };
        assert_eq!(file("host=h", &[("HOME", "/home/al")]), Some("/home/al/.pgpass".into()));
        assert_eq!(file("host=h", &[("HOME", "/home/al"), ("PGPASSFILE", "/x")]), Some("/x".into()));
        assert_eq!(file("host=h passfile=/y", &[("PGPASSFILE", "/x")]), Some("/y".into()));
        assert_eq!(file("host=h", &[]), None);
    }

    #[test]
    fn every_value_that_does_not_fit_is_refused_without_being_shown() {
        for parameter in [
            "sslmode=s3cret",
            "connect_timeout=s3cret",
            "keepalives=s3cret",
            "keepalives_count=s3cret",
            "tcp_user_timeout=s3cret",
            "channel_binding=s3cret",
            "target_session_attrs=s3cret",
            "sslnegotiation=direct",
            "hostaddr=s3cret",
            "port=s3cret",
            "sslrootcert=system sslmode=require",
        ] {
            is_refused_without_being_shown(parameter);
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn a_value_for_tls_that_does_not_fit_is_refused_without_being_shown() {
        for parameter in
            ["sslsni=s3cret", "ssl_min_protocol_version=s3cret", "ssl_max_protocol_version=TLSv1.1"]
        {
            is_refused_without_being_shown(parameter);
        }
    }

    fn is_refused_without_being_shown(parameter: &str) {
        let error = Target::from_url(&format!("host=h {parameter}")).unwrap_err();
        let name = parameter.split(['=', ' ']).next().unwrap();
        let shown = format!("{error} {error:?} {}", error.hint());
        assert!(matches!(error, TargetError::InvalidValue { .. }), "{parameter}: {error:?}");
        assert!(shown.contains(name) || shown.contains("sslmode"), "{parameter}: {shown}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
