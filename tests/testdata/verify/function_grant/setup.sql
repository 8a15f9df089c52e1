-- migrate:up
CREATE FUNCTION secret_number() RETURNS int LANGUAGE sql AS 'SELECT 42';

-- migrate:down
DROP FUNCTION secret_number();
