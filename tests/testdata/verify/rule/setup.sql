-- migrate:up
CREATE TABLE protocol (line text);

-- migrate:down
DROP TABLE protocol;
