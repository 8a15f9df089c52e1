-- migrate:up
CREATE FUNCTION same_place(point, point) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 ~= $2';

-- migrate:down
DROP FUNCTION same_place(point, point);
