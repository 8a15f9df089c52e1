-- expect: not_reversed
-- expect: + statistics public.city_and_zip on public.addresses
-- migrate:up
CREATE STATISTICS city_and_zip (dependencies) ON city, zip FROM addresses;

-- migrate:down
ALTER STATISTICS city_and_zip SET STATISTICS 0;
