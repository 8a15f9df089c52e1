-- migrate:up
ALTER OPERATOR FAMILY number_ops USING btree ADD
    OPERATOR 1 < (int4, int8), OPERATOR 3 = (int4, int8), FUNCTION 1 (int4, int8) btint48cmp(int4, int8);

-- migrate:down
ALTER OPERATOR FAMILY number_ops USING btree DROP
    OPERATOR 1 (int4, int8), OPERATOR 3 (int4, int8), FUNCTION 1 (int4, int8);
