-- migrate:up
CREATE TABLE notes (owner name, body text);

-- migrate:down
DROP TABLE notes;
