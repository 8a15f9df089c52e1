//! What fails on the scratch database and is no failure of the file.

use crate::commands::scratch::OnVersion;
use crate::impact::TraceFailure;
use crate::postgres::rebuild::ServerEnvironment;
use crate::postgres::trace::Traced;

// syntax_error, feature_not_supported, undefined_function, undefined_object
const MAY_BE_NEW: [&str; 4] = ["42601", "0A000", "42883", "42704"];

/// What pmdb itself keeps from the scratch server, an older one does not know, or its roles may not do: in a sentence, what was not
/// tried.
pub(super) fn not_tried(traced: &mut Traced, on: &OnVersion, target: &ServerEnvironment) -> Option<String> {
    let file = traced.files.last_mut()?;
    let failure = file.failure.take_if(|failure| {
        let is_new = failure.code.as_deref().is_some_and(|code| on.is_older && MAY_BE_NEW.contains(&code));
        failure.code.is_none() || is_new || is_of_its_roles(failure, on, target)
    })?;
    let why = match failure.code {
        None => failure.message,
        Some(_) if is_of_its_roles(&failure, on, target) => {
            format!("the server of --scratch-url has roles of its own, and says {}", failure.message)
        }
        Some(_) => format!("PostgreSQL {} says {}", on.major, failure.message),
    };
    let (path, line) = (file.path.display(), failure.location.line);
    Some(format!("{path} was not tried from line {line} on, nor what comes after it: {why}"))
}

/// Whether a server with other roles than the target's may refuse it for them alone.
fn is_of_its_roles(failure: &TraceFailure, on: &OnVersion, target: &ServerEnvironment) -> bool {
    let names_role_of_target = || failure.message.split('"').nth(1).is_some_and(|name| target.has(name));
    on.has_roles_of_its_own
        && match failure.code.as_deref() {
            // insufficient_privilege
            Some("42501") => true,
            // undefined_object, invalid_parameter_value
            Some("42704" | "22023") => names_role_of_target(),
            _ => false,
        }
}
