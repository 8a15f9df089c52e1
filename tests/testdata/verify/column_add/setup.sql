-- migrate:up
CREATE TABLE tasks (id int);

-- migrate:down
DROP TABLE tasks;
