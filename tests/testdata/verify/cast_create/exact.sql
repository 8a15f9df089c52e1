-- migrate:up
CREATE CAST (text AS shirt_size) WITH INOUT AS ASSIGNMENT;

-- migrate:down
DROP CAST (text AS shirt_size);
