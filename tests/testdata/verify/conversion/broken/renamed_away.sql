-- expect: not_reversed
-- expect: + conversion public.utf8_to_latin_old
-- migrate:up
CREATE CONVERSION utf8_to_latin FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;

-- migrate:down
ALTER CONVERSION utf8_to_latin RENAME TO utf8_to_latin_old;
