-- expect: not_reversed
-- expect: ~ table public.suppliers: comment `Who sells to us` → none
-- expect: ~ table public.suppliers: privileges - `pg_monitor: SELECT`
-- expect: ~ column public.suppliers.country: comment `ISO 3166` → none
-- expect: ~ column public.suppliers.name: default `'unknown'::text` → none
-- expect: - constraint suppliers_country_check on public.suppliers
-- expect: - index suppliers_name_idx on public.suppliers
-- expect: - trigger suppliers_quiet on public.suppliers
-- migrate:up
DROP TABLE suppliers;

-- migrate:down
CREATE TABLE suppliers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    country char(2)
);
