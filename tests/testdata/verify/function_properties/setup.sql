-- migrate:up
CREATE FUNCTION tax_rate() RETURNS numeric LANGUAGE sql STABLE STRICT SECURITY DEFINER PARALLEL SAFE COST 5 SET search_path = pg_catalog AS 'SELECT 0.19';

-- migrate:down
DROP FUNCTION tax_rate();
