-- expect: not_reversed
-- expect: - materialized view public.monthly_totals
-- expect: + view public.monthly_totals
-- migrate:up
DROP MATERIALIZED VIEW monthly_totals;

-- migrate:down
CREATE VIEW monthly_totals AS SELECT month, sum(amount) AS total FROM transfers GROUP BY month;
