-- migrate:up
CREATE FUNCTION same_size(box, box) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT area($1) = area($2)';
CREATE OPERATOR <=> (LEFTARG = box, RIGHTARG = box, FUNCTION = same_size, RESTRICT = eqsel, JOIN = eqjoinsel);

-- migrate:down
DROP OPERATOR <=> (box, box);
DROP FUNCTION same_size(box, box);
