-- migrate:up
CREATE FOREIGN DATA WRAPPER spreadsheets OPTIONS (debug 'true');
CREATE SERVER accounting FOREIGN DATA WRAPPER spreadsheets OPTIONS (host 'sheets.example.com');
CREATE USER MAPPING FOR PUBLIC SERVER accounting OPTIONS (username 'reader');

-- migrate:down
DROP USER MAPPING FOR PUBLIC SERVER accounting;
DROP SERVER accounting;
DROP FOREIGN DATA WRAPPER spreadsheets;
