-- expect: not_reversed
-- expect: ~ index users_email_idx on public.users: definition
-- migrate:up
DROP INDEX users_email_idx;

-- migrate:down
CREATE INDEX users_email_idx ON users (lower(email));
