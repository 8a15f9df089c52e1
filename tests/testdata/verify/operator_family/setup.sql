-- migrate:up
CREATE OPERATOR FAMILY number_ops USING btree;

-- migrate:down
DROP OPERATOR FAMILY number_ops USING btree;
