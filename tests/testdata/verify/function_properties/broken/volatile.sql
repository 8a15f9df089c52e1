-- expect: not_reversed
-- expect: ~ function public.tax_rate(): volatility `stable` → none
-- migrate:up
ALTER FUNCTION tax_rate() VOLATILE CALLED ON NULL INPUT SECURITY INVOKER PARALLEL UNSAFE COST 100 RESET search_path;

-- migrate:down
ALTER FUNCTION tax_rate() STRICT SECURITY DEFINER PARALLEL SAFE COST 5 SET search_path = pg_catalog;
