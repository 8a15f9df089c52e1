-- migrate:up
CREATE TABLE songs (title text);

-- migrate:down
DROP TABLE songs;
