-- migrate:up
CREATE FUNCTION int_backwards(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($2, $1)';

-- migrate:down
DROP FUNCTION int_backwards(int, int);
