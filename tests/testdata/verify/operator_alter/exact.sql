-- migrate:up
ALTER OPERATOR <=> (box, box) SET (RESTRICT = NONE, JOIN = NONE);

-- migrate:down
ALTER OPERATOR <=> (box, box) SET (RESTRICT = eqsel, JOIN = eqjoinsel);
