-- expect: not_reversed
-- expect: - foreign table public.forecasts
-- expect: + table public.forecasts
-- expect: ~ column public.forecasts.day: foreign options - `column_name=DAY`
-- migrate:up
DROP FOREIGN TABLE forecasts;

-- migrate:down
CREATE TABLE forecasts (day date NOT NULL, celsius float8);
