//! The connection parameters of libpq: which ones there are, which variable of the environment stands for
//! each, and which of them pmdb honours. From the manual, sections "Parameter Key Words" and
//! "Environment Variables".

use std::collections::BTreeMap;
use std::str::FromStr;

use super::known_parameters::{PARAMETERS, Treatment};
use super::target_error::TargetError;
use super::{Environment, conninfo, service};

/// The variables that say which server is meant; a lone `PGSSLMODE` or `PGPASSWORD` doesn't.
const POINTING: &[&str] = &["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE"];

/// Where a value comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OptionSource {
    ConnectionString,
    ServiceFile,
    Variable(&'static str),
}

/// The parameters of one target. It has no `Debug`, since it holds the password.
#[derive(Default)]
pub(super) struct Parameters {
    values: BTreeMap<&'static str, (String, OptionSource)>,
}

/// Whether the environment names a server by the `PG*` variables.
pub(super) fn point_somewhere(environment: &Environment) -> bool {
    POINTING.iter().any(|variable| environment.get(variable).is_some())
}

impl Parameters {
    /// Puts together what the connection string says, below it the service file, below that the variables.
    pub(super) fn gather(
        connection_string: &str,
        environment: &Environment,
    ) -> Result<Parameters, TargetError> {
        let mut parameters = Parameters::default();
        // The last of several values in one string counts, hence from the back.
        for (name, value) in conninfo::parse(connection_string)?.into_iter().rev() {
            parameters.add(&name, value, OptionSource::ConnectionString)?;
        }
        parameters.add_environment(environment)?;
        Ok(parameters)
    }

    /// The `PG*` variables alone.
    pub(super) fn from_environment(environment: &Environment) -> Result<Parameters, TargetError> {
        let mut parameters = Parameters::default();
        parameters.add_environment(environment)?;
        Ok(parameters)
    }

    fn add_environment(&mut self, environment: &Environment) -> Result<(), TargetError> {
        let wanted = self.get("service").or(environment.get("PGSERVICE")).map(str::to_owned);
        if let Some(name) = wanted {
            let file = self.get("servicefile").or(environment.get("PGSERVICEFILE")).map(str::to_owned);
            for (name, value) in service::read(&name, file.as_deref(), environment)?.into_iter().rev() {
                self.add(&name, value, OptionSource::ServiceFile)?;
            }
        }
        for (name, variable, _) in PARAMETERS {
            if let Some(value) = environment.get(variable) {
                self.add(name, value.to_owned(), OptionSource::Variable(variable))?;
            }
        }
        Ok(())
    }

    /// Adds a value unless the parameter has one already.
    fn add(&mut self, name: &str, value: String, origin: OptionSource) -> Result<(), TargetError> {
        let Some((name, _, treatment)) = PARAMETERS.iter().find(|(known, ..)| *known == name) else {
            return Err(TargetError::UnknownParameter { name: origin.label(name) });
        };
        if self.values.contains_key(name) {
            return Ok(());
        }
        if let Treatment::Only(harmless) = treatment
            && !value.is_empty()
            && !harmless.contains(&value.as_str())
        {
            return Err(TargetError::Unsupported { name: origin.label(name), harmless });
        }
        if !matches!(treatment, Treatment::Ignored) {
            self.values.insert(name, (value, origin));
        }
        Ok(())
    }

    /// The value, if there is one that isn't empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(value, _)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Where the value comes from.
    pub(super) fn origin(&self, name: &str) -> OptionSource {
        self.values.get(name).map_or(OptionSource::ConnectionString, |(_, origin)| *origin)
    }

    /// The value as a number.
    pub(super) fn number<N: FromStr>(&self, name: &str) -> Result<Option<N>, TargetError> {
        let parse =
            |value: &str| value.trim().parse().map_err(|_| self.invalid(name, "a number in its range"));
        self.get(name).map(parse).transpose()
    }

    /// The value as one of the given words.
    pub(super) fn word<T: Copy>(
        &self,
        name: &str,
        words: &'static [(&'static str, T)],
    ) -> Result<Option<T>, TargetError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == value) {
            return Ok(Some(*meaning));
        }
        let expected = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        Err(self.invalid(name, &format!("one of {expected}")))
    }

    /// The error for a value that doesn't fit. The value is not shown, since a badly encoded password can
    /// end up in any parameter.
    pub(super) fn invalid(&self, name: &str, expected: &str) -> TargetError {
        TargetError::InvalidValue { name: self.origin(name).label(name), expected: expected.to_owned() }
    }
}

impl OptionSource {
    fn label(self, name: &str) -> String {
        match self {
            OptionSource::ConnectionString => format!("`{name}` in the connection string"),
            OptionSource::ServiceFile => format!("`{name}` in the service file"),
            OptionSource::Variable(variable) => format!("the variable {variable}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Parameters::gather(text, &Environment::default()).err().unwrap().to_string()
    }

    #[test]
    fn the_connection_string_wins_over_the_variables_and_they_fill_the_gaps() {
        let environment =
            Environment::from_pairs([("PGPORT", "6000"), ("PGUSER", "bob"), ("PGSSLMODE", "require")]);
        let parameters = Parameters::gather("postgresql://al@h/d", &environment).unwrap();
        assert_eq!(parameters.get("user"), Some("al"));
        assert_eq!(parameters.get("port"), Some("6000"));
        assert_eq!(parameters.get("sslmode"), Some("require"));
    }

    #[test]
    fn the_last_of_two_values_in_a_connection_string_counts() {
        let parameters =
            Parameters::gather("postgresql://h/d?host=i&host=j", &Environment::default()).unwrap();
        assert_eq!(parameters.get("host"), Some("j"));
    }

    #[test]
    fn an_empty_value_hides_the_variable() {
        let environment = Environment::from_pairs([("PGPASSWORD", "x")]);
        let parameters = Parameters::gather("host=h password=''", &environment).unwrap();
        assert_eq!(parameters.get("password"), None);
    }

    #[test]
    fn a_parameter_that_would_lower_security_if_ignored_is_refused() {
        for text in [
            "host=h gssencmode=require",
            "host=h requirepeer=postgres",
            "host=h require_auth=scram-sha-256",
            "host=h sslcertmode=require",
        ] {
            assert!(refused(text).contains("pmdb cannot honour"), "{text}: {}", refused(text));
        }
        assert!(
            Parameters::gather("host=h gssencmode=disable requirepeer=''", &Environment::default()).is_ok()
        );
    }

    #[test]
    fn a_harmless_parameter_is_ignored() {
        let text = "host=h client_encoding=LATIN1 krbsrvname=x sslcompression=1 load_balance_hosts=random";
        assert!(Parameters::gather(text, &Environment::default()).is_ok());
    }

    #[test]
    fn an_unknown_parameter_is_named() {
        assert_eq!(
            refused("postgresql://h/d?pool=5"),
            "`pool` in the connection string is not a connection parameter of PostgreSQL"
        );
    }

    #[test]
    fn a_refused_variable_is_named_as_such() {
        let environment = Environment::from_pairs([("PGREQUIREPEER", "postgres")]);
        let error = Parameters::from_environment(&environment).err().unwrap();
        assert_eq!(error.to_string(), "pmdb cannot honour the variable PGREQUIREPEER");
    }
}
