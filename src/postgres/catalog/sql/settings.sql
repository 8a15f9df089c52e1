-- What the server writes must not depend on the settings of the database, the role or the client. $1: whether they hold for
-- this transaction alone.
SELECT set_config(name, value, $1) FROM (VALUES
    ('quote_all_identifiers', 'off'),
    ('standard_conforming_strings', 'on'),
    ('datestyle', 'ISO, MDY'),
    ('intervalstyle', 'postgres'),
    ('timezone', 'UTC'),
    ('extra_float_digits', '1'),
    ('bytea_output', 'hex'),
    ('xmlbinary', 'base64'),
    ('lc_monetary', 'C'),
    ('lock_timeout', '5s'),
    ('jit', 'off')
) AS settings (name, value);
