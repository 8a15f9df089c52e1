-- migrate:up
CREATE TABLE daily_sales (day date, shop int);

-- migrate:down
DROP TABLE daily_sales;
