-- A deleted user must not keep an address from being used again: it has to be unique among the living only.

-- migrate:up
CREATE UNIQUE INDEX uniq_active_email ON users (email) WHERE deleted_at IS NULL;
ALTER TABLE users DROP CONSTRAINT users_email_key;

-- migrate:down
-- If an address has been used again, this fails, and nothing changes: somebody has to decide which row goes.
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);
DROP INDEX uniq_active_email;
