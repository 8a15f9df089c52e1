-- migrate:up
CREATE TYPE shoe_size AS ENUM ('41', '42');
CREATE FUNCTION to_shoe_size(int) RETURNS shoe_size LANGUAGE sql IMMUTABLE AS 'SELECT $1::text::shoe_size';
CREATE CAST (int AS shoe_size) WITH FUNCTION to_shoe_size(int) AS ASSIGNMENT;

-- migrate:down
DROP CAST (int AS shoe_size);
DROP FUNCTION to_shoe_size(int);
DROP TYPE shoe_size;
