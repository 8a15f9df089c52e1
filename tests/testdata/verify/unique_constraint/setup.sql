-- migrate:up
CREATE TABLE accounts (email text CONSTRAINT accounts_email_key UNIQUE);

-- migrate:down
DROP TABLE accounts;
