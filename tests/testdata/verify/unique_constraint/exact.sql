-- migrate:up
ALTER TABLE accounts DROP CONSTRAINT accounts_email_key;

-- migrate:down
ALTER TABLE accounts ADD CONSTRAINT accounts_email_key UNIQUE (email);
