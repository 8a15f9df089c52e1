-- migrate:up
CREATE OPERATOR === (LEFTARG = point, RIGHTARG = point, FUNCTION = same_place, COMMUTATOR = ===, RESTRICT = eqsel);

-- migrate:down
DROP OPERATOR === (point, point);
