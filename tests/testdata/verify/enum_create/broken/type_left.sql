-- expect: not_reversed
-- expect: + enum public.mood
-- migrate:up
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE diaries (day date, felt mood);

-- migrate:down
DROP TABLE diaries;
