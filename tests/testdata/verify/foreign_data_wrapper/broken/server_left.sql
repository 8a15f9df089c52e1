-- expect: not_reversed
-- expect: + foreign data wrapper spreadsheets
-- expect: + server accounting
-- migrate:up
CREATE FOREIGN DATA WRAPPER spreadsheets OPTIONS (debug 'true');
CREATE SERVER accounting FOREIGN DATA WRAPPER spreadsheets OPTIONS (host 'sheets.example.com');
CREATE USER MAPPING FOR PUBLIC SERVER accounting OPTIONS (username 'reader');

-- migrate:down
DROP USER MAPPING FOR PUBLIC SERVER accounting;
