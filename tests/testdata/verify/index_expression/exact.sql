-- migrate:up
DROP INDEX users_email_idx;

-- migrate:down
CREATE UNIQUE INDEX users_email_idx ON users (lower(email));
