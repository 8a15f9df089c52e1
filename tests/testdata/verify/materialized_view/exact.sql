-- migrate:up
DROP MATERIALIZED VIEW monthly_totals;

-- migrate:down
CREATE MATERIALIZED VIEW monthly_totals AS SELECT month, sum(amount) AS total FROM transfers GROUP BY month;
CREATE UNIQUE INDEX monthly_totals_month_idx ON monthly_totals (month);
