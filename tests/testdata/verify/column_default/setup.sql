-- migrate:up
CREATE TABLE jobs (id int, state text DEFAULT 'new');

-- migrate:down
DROP TABLE jobs;
