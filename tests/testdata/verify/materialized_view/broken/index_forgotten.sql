-- expect: not_reversed
-- expect: - index monthly_totals_month_idx on public.monthly_totals
-- migrate:up
DROP MATERIALIZED VIEW monthly_totals;

-- migrate:down
CREATE MATERIALIZED VIEW monthly_totals AS SELECT month, sum(amount) AS total FROM transfers GROUP BY month;
