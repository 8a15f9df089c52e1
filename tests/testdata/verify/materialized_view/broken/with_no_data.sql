-- expect: not_reversed
-- expect: ~ materialized view public.monthly_totals: populated none → `false`
-- witness: blind, because pg_dump leaves filling a materialized view to the data
-- migrate:up
DROP MATERIALIZED VIEW monthly_totals;

-- migrate:down
CREATE MATERIALIZED VIEW monthly_totals AS SELECT month, sum(amount) AS total FROM transfers GROUP BY month WITH NO DATA;
CREATE UNIQUE INDEX monthly_totals_month_idx ON monthly_totals (month);
