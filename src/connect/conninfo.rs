//! Reading a connection string: a URL or `key=value` words, by the rules of the manual, section
//! "Connection Strings". What comes out are names and values as written; their meaning is checked later.
//!
//! tokio-postgres has such a parser, but it gives a port to every host of a URL that names none (so that
//! `PGPORT` and `?port=` come too late) and refuses a third of libpq's parameters.

use super::known_parameters::is_known;
use super::target_error::TargetError;

/// What a connection string gives, in order; a later value replaces an earlier one.
pub(super) type Pairs = Vec<(String, String)>;

const STRAY_AT: &str = "it has an @ too many: in a user name or password write @ as %40 and / as %2F";

/// Reads `text`. Errors never repeat any of it, since any part may belong to a password.
pub(super) fn parse(text: &str) -> Result<Pairs, TargetError> {
    if text.trim().is_empty() {
        return Err(TargetError::Empty);
    }
    for scheme in ["postgresql://", "postgres://"] {
        if let Some(rest) = text.trim().strip_prefix(scheme) {
            return parse_url(rest);
        }
    }
    if text.split(['=', ' ', '\'']).next().is_some_and(|word| word.contains("://")) {
        return Err(TargetError::Malformed("a URL starts with postgresql:// or postgres://"));
    }
    parse_words(text)
}

fn parse_url(rest: &str) -> Result<Pairs, TargetError> {
    let mut pairs = Pairs::new();
    let (credentials, rest) = split_credentials(rest);
    if let Some(credentials) = credentials {
        let (user, password) = split_at_first(credentials, ':');
        push(&mut pairs, "user", user)?;
        push(&mut pairs, "password", password)?;
    }

    let (servers, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (hosts, ports) = split_servers(servers)?;
    push(&mut pairs, "host", &hosts)?;
    push(&mut pairs, "port", &ports)?;

    let (path, query) = split_at_first(rest, '?');
    let database = path.strip_prefix('/').unwrap_or(path);
    // libpq would connect somewhere with the tail of the password as the database's name.
    if servers.contains('@') || database.contains('@') {
        return Err(TargetError::Malformed(STRAY_AT));
    }
    push(&mut pairs, "dbname", database)?;
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter
            .split_once('=')
            .ok_or(TargetError::Malformed("what follows the ? has to be name=value&name=value"))?;
        let (name, value) = query_parameter(decode(name)?, decode(value)?);
        if query.contains('@') && !is_known(&name) {
            return Err(TargetError::Malformed(STRAY_AT));
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// JDBC's way to ask for TLS, which libpq understands too.
fn query_parameter(name: String, value: String) -> (String, String) {
    if name == "ssl" && value == "true" {
        return ("sslmode".into(), "require".into());
    }
    (name, value)
}

fn push(pairs: &mut Pairs, name: &str, encoded: &str) -> Result<(), TargetError> {
    if !encoded.is_empty() {
        pairs.push((name.to_owned(), decode(encoded)?));
    }
    Ok(())
}

/// What stands before the first `@`, unless a `/` or a parameter stands before it: libpq would take
/// `host?password=a@b` for a user and show the password as their name.
fn split_credentials(rest: &str) -> (Option<&str>, &str) {
    match rest.find(['@', '/']) {
        Some(at) if rest[at..].starts_with('@') && !has_parameter(&rest[..at]) => {
            (Some(&rest[..at]), &rest[at + 1..])
        }
        _ => (None, rest),
    }
}

fn has_parameter(text: &str) -> bool {
    let (_, query) = split_at_first(text, '?');
    query.split('&').any(|parameter| parameter.split_once('=').is_some_and(|(name, _)| is_known(name)))
}

/// The text before and after the first `separator`; nothing after it when there is none.
fn split_at_first(text: &str, separator: char) -> (&str, &str) {
    text.split_once(separator).unwrap_or((text, ""))
}

/// `a:1,[::1],c` as the lists that the parameters `host` and `port` take: `a,::1,c` and `1,,`.
fn split_servers(servers: &str) -> Result<(String, String), TargetError> {
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for server in servers.split(',') {
        let (host, port) = match server.strip_prefix('[') {
            Some(bracketed) => {
                let (host, port) =
                    bracketed.split_once(']').ok_or(TargetError::Malformed("a [ has no ] after it"))?;
                if !(port.is_empty() || port.starts_with(':')) {
                    return Err(TargetError::Malformed("after the ] comes a :port or nothing"));
                }
                (host, port.strip_prefix(':').unwrap_or_default())
            }
            None => split_at_first(server, ':'),
        };
        hosts.push(host);
        ports.push(port);
    }
    let ports = if ports.iter().all(|port| port.is_empty()) { String::new() } else { ports.join(",") };
    Ok((hosts.join(","), ports))
}

/// Undoes percent-encoding, as strictly as libpq: a `%` that starts no code is an error.
fn decode(text: &str) -> Result<String, TargetError> {
    let broken =
        || TargetError::Malformed("a % is not followed by two hexadecimal digits: write % itself as %25");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        let (high, low) = (digit().ok_or_else(broken)?, digit().ok_or_else(broken)?);
        bytes.push((high * 16 + low) as u8);
    }
    if bytes.contains(&0) {
        return Err(TargetError::Malformed("it holds a zero byte (%00)"));
    }
    String::from_utf8(bytes).map_err(|_| TargetError::Malformed("its percent-encoded text is not UTF-8"))
}

/// `host=localhost password='it\'s'`, with blanks around `=` allowed.
fn parse_words(text: &str) -> Result<Pairs, TargetError> {
    let mut pairs = Pairs::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let after = after.trim_start().strip_prefix('=').ok_or(TargetError::Malformed(
            "it is neither a URL (postgresql://user@host/database) nor name=value words \
             (a value with spaces goes between ' ')",
        ))?;
        let (value, after) = word_value(after.trim_start())?;
        // The word after an unquoted password with a space in it is part of the password.
        let name = match pairs.last() {
            Some((previous, _)) if previous == "password" && !is_known(name) => {
                "(the word after password=; put a password with spaces between ' ')"
            }
            _ => name,
        };
        pairs.push((name.to_owned(), value));
        rest = after.trim_start();
    }
    Ok(pairs)
}

/// One value, quoted or not, and what follows it. A backslash takes the next character as it is.
fn word_value(text: &str) -> Result<(String, &str), TargetError> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(quoted));
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' if quoted => return Ok((value, &text[at + 1..])),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            blank if blank.is_whitespace() && !quoted => return Ok((value, &text[at..])),
            other => value.push(other),
        }
    }
    if quoted {
        return Err(TargetError::Malformed("a ' has no ' after it"));
    }
    Ok((value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        let pairs = parse(text).unwrap();
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn a_url_gives_its_parts() {
        let text = "postgresql://al:pw@db.example.com:6000/app?sslmode=require&connect_timeout=3";
        let parts = "user=al | password=pw | host=db.example.com | port=6000 | dbname=app | sslmode=require | connect_timeout=3";
        assert_eq!(parsed(text), parts);
        assert_eq!(parsed(&text.replace("postgresql", "postgres")), parts);
    }

    #[test]
    fn every_part_of_a_url_may_be_left_out() {
        assert_eq!(parsed("postgresql://"), "");
        assert_eq!(parsed("postgresql:///app"), "dbname=app");
        assert_eq!(parsed("postgresql://host"), "host=host");
        assert_eq!(parsed("postgresql://al@"), "user=al");
        assert_eq!(parsed("postgresql://:pw@host"), "password=pw | host=host");
        assert_eq!(parsed("postgresql://?host=/tmp&port=6000"), "host=/tmp | port=6000");
    }

    #[test]
    fn percent_codes_are_decoded_in_every_part() {
        assert_eq!(
            parsed("postgresql://a%40b:p%3A%2F%40%3F%23%25%C3%A9@h/d%20b?application_name=x%26y"),
            "user=a@b | password=p:/@?#%é | host=h | dbname=d b | application_name=x&y"
        );
    }

    #[test]
    fn characters_that_need_no_code_in_a_password_are_taken_as_they_are() {
        assert_eq!(parsed("postgresql://a:p?#:&=+$é@h/d"), "user=a | password=p?#:&=+$é | host=h | dbname=d");
        assert_eq!(parsed("postgresql://h/d?password=p@q"), "host=h | dbname=d | password=p@q");
        assert_eq!(parsed("postgresql://h:1?password=p@q"), "host=h | port=1 | password=p@q");
        assert_eq!(parsed("postgresql://?user=a&password=p@q"), "user=a | password=p@q");
    }

    #[test]
    fn a_socket_folder_stands_as_an_encoded_host_or_in_the_query() {
        assert_eq!(parsed("postgresql://%2Ftmp/app"), "host=/tmp | dbname=app");
        assert_eq!(parsed("postgresql:///app?host=/tmp"), "dbname=app | host=/tmp");
    }

    #[test]
    fn ipv6_addresses_stand_in_brackets() {
        assert_eq!(parsed("postgresql://[::1]/app"), "host=::1 | dbname=app");
        assert_eq!(parsed("postgresql://al@[2001:db8::1]:6000"), "user=al | host=2001:db8::1 | port=6000");
    }

    #[test]
    fn several_hosts_keep_their_ports() {
        assert_eq!(parsed("postgresql://a:1,b,[::1]:3/app"), "host=a,b,::1 | port=1,,3 | dbname=app");
        assert_eq!(parsed("postgresql://a,b/app?port=6"), "host=a,b | dbname=app | port=6");
    }

    #[test]
    fn the_jdbc_way_to_ask_for_tls_is_understood() {
        assert_eq!(parsed("postgresql://h?ssl=true"), "host=h | sslmode=require");
    }

    #[test]
    fn words_may_be_quoted_escaped_and_spaced() {
        assert_eq!(
            parsed(r"  host = localhost password='it\'s \\ here' dbname=a\ b user='' port=1  "),
            r"host=localhost | password=it's \ here | dbname=a b | user= | port=1"
        );
        assert_eq!(parsed("password= dbname=app"), "password=dbname=app");
    }

    #[test]
    fn what_is_not_a_connection_string_is_refused_without_being_repeated() {
        for text in [
            "",
            "   ",
            "secret",
            "host=h secret",
            "host=h password='secret",
            "mysql://u:secret@h/d",
            "jdbc:postgresql://u:secret@h/d",
            "postgresql+psycopg2://u:secret@h/d",
            "postgresql://u:secret%@h",
            "postgresql://u:secret%zz@h",
            "postgresql://u:secret%+1@h",
            "postgresql://u:secret%00@h",
            "postgresql://u:secret%ff@h",
            "postgresql://u:secret@[::1/d",
            "postgresql://u:secret@[::1]5/d",
            "postgresql://u:secret@h/d?secret",
            "postgresql://u:p@secret@h/d",
            "postgresql://u:1/secret@h/d",
            "postgresql://u:1/x?secret=y@h/d",
        ] {
            let error = parse(text).unwrap_err();
            assert!(!format!("{error} {error:?} {}", error.hint()).contains("secret"), "{text}: {error:?}");
        }
    }

    #[test]
    fn the_rest_of_an_unquoted_password_is_not_taken_for_a_name_to_show() {
        assert!(!parsed("password=my secret=1").contains("secret="));
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_pairs_or_an_error(text in "(postgres://)?[a-z=:@/?&%,'\\\\\\[\\]é 0]{0,40}") {
            let _ = parse(&text);
        }
    }
}
