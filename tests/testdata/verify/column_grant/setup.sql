-- migrate:up
CREATE TABLE employees (name text, salary int);

-- migrate:down
DROP TABLE employees;
