-- expect: not_reversed
-- expect: + foreign data wrapper spreadsheets
-- migrate:up
CREATE FOREIGN DATA WRAPPER spreadsheets OPTIONS (debug 'true');
CREATE SERVER accounting FOREIGN DATA WRAPPER spreadsheets OPTIONS (host 'sheets.example.com');
CREATE USER MAPPING FOR PUBLIC SERVER accounting OPTIONS (username 'reader');

-- migrate:down
DROP SERVER accounting CASCADE;
