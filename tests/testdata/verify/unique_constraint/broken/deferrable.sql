-- expect: not_reversed
-- expect: ~ constraint accounts_email_key on public.accounts: definition `UNIQUE (email)` → `UNIQUE (email) DEFERRABLE`
-- migrate:up
ALTER TABLE accounts DROP CONSTRAINT accounts_email_key;

-- migrate:down
ALTER TABLE accounts ADD CONSTRAINT accounts_email_key UNIQUE (email) DEFERRABLE;
