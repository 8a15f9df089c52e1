-- migrate:up
CREATE TABLE greetings (
    language text PRIMARY KEY,
    words    text NOT NULL
);

-- migrate:down
DROP TABLE greetings;
