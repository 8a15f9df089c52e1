-- migrate:up
CREATE OPERATOR CLASS int_backwards_ops FOR TYPE int USING btree AS
    OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 int_backwards(int, int);

-- migrate:down
DROP OPERATOR FAMILY int_backwards_ops USING btree;
