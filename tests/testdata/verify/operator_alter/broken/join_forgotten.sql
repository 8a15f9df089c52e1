-- expect: not_reversed
-- expect: ~ operator public.<=>(box, box): join
-- migrate:up
ALTER OPERATOR <=> (box, box) SET (RESTRICT = NONE, JOIN = NONE);

-- migrate:down
ALTER OPERATOR <=> (box, box) SET (RESTRICT = eqsel);
