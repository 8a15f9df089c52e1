-- migrate:up
CREATE SCHEMA branch_data;
CREATE TABLE branches (id int PRIMARY KEY, city text, boss text);
CREATE PUBLICATION branch_feed FOR TABLE branches (id, city) WHERE (id > 0);

-- migrate:down
DROP PUBLICATION branch_feed;
DROP TABLE branches;
DROP SCHEMA branch_data;
