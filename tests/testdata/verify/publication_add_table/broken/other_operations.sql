-- expect: not_reversed
-- expect: ~ publication stock_feed: publish `insert` → `insert, update`
-- migrate:up
ALTER PUBLICATION stock_feed ADD TABLE stock_moves;
ALTER PUBLICATION stock_feed SET (publish = 'insert, update');

-- migrate:down
ALTER PUBLICATION stock_feed DROP TABLE stock_moves;
