-- expect: not_reversed
-- expect: - constraint accounts_email_key on public.accounts
-- migrate:up
ALTER TABLE accounts DROP CONSTRAINT accounts_email_key;

-- migrate:down
CREATE UNIQUE INDEX accounts_email_key ON accounts (email);
