-- migrate:up
CREATE TABLE transfers (month date, amount int);
CREATE MATERIALIZED VIEW monthly_totals AS SELECT month, sum(amount) AS total FROM transfers GROUP BY month;
CREATE UNIQUE INDEX monthly_totals_month_idx ON monthly_totals (month);

-- migrate:down
DROP MATERIALIZED VIEW monthly_totals;
DROP TABLE transfers;
