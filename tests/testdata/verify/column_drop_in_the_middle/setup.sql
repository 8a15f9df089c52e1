-- migrate:up
CREATE TABLE guests (name text, phone text, room int);

-- migrate:down
DROP TABLE guests;
