-- expect: not_reversed
-- expect: ~ function public.tax_rate(): cost `5` → `100`
-- expect: ~ function public.tax_rate(): parallel `safe` → none
-- expect: ~ function public.tax_rate(): strict `true` → none
-- migrate:up
ALTER FUNCTION tax_rate() VOLATILE CALLED ON NULL INPUT SECURITY INVOKER PARALLEL UNSAFE COST 100 RESET search_path;

-- migrate:down
ALTER FUNCTION tax_rate() STABLE SECURITY DEFINER SET search_path = pg_catalog;
