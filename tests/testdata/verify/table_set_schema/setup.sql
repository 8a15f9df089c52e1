-- migrate:up
CREATE TABLE letters (id int PRIMARY KEY, body text);

-- migrate:down
DROP TABLE letters;
