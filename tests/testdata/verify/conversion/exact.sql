-- migrate:up
CREATE CONVERSION utf8_to_latin FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;

-- migrate:down
DROP CONVERSION utf8_to_latin;
