//! Settings by which values, names and the constants in expressions are written and read.

/// A list of calls that settle these to the end of the transaction, so that what is written in one session is read as the same in
/// any other: a session that comes from a user, or goes to a database with settings of its own, may have others.
pub(super) const SETTLED: &str = "pg_catalog.set_config('datestyle', 'ISO', true), \
     pg_catalog.set_config('timezone', 'UTC', true), pg_catalog.set_config('intervalstyle', 'postgres', true), \
     pg_catalog.set_config('extra_float_digits', '1', true), pg_catalog.set_config('bytea_output', 'hex', true), \
     pg_catalog.set_config('lc_monetary', 'C', true), pg_catalog.set_config('array_nulls', 'on', true), \
     pg_catalog.set_config('quote_all_identifiers', 'off', true)";
