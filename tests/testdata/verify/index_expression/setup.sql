-- migrate:up
CREATE TABLE users (email text);
CREATE UNIQUE INDEX users_email_idx ON users (lower(email));

-- migrate:down
DROP TABLE users;
