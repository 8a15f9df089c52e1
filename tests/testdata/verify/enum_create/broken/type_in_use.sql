-- expect: down_fails
-- expect: cannot drop type mood because other objects depend on it
-- migrate:up
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE diaries (day date, felt mood);

-- migrate:down
DROP TYPE mood;
