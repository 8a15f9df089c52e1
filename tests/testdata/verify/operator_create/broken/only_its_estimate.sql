-- expect: not_reversed
-- expect: + operator public.===(point, point)
-- migrate:up
CREATE OPERATOR === (LEFTARG = point, RIGHTARG = point, FUNCTION = same_place, COMMUTATOR = ===, RESTRICT = eqsel);

-- migrate:down
ALTER OPERATOR === (point, point) SET (RESTRICT = NONE);
