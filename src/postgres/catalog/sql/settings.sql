-- What the server writes must not depend on the settings of the database, the role or the client.
SELECT set_config(name, value, true) FROM (VALUES
    ('search_path', 'pg_catalog, pg_temp'),
    ('quote_all_identifiers', 'off'),
    ('standard_conforming_strings', 'on'),
    ('datestyle', 'ISO, MDY'),
    ('intervalstyle', 'postgres'),
    ('timezone', 'UTC'),
    ('extra_float_digits', '1'),
    ('bytea_output', 'hex'),
    ('xmlbinary', 'base64'),
    ('lc_monetary', 'C'),
    ('jit', 'off')
) AS settings (name, value);
