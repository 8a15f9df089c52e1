-- expect: not_reversed
-- expect: + publication stock_feed of table public.stock_moves
-- migrate:up
ALTER PUBLICATION stock_feed ADD TABLE stock_moves;
ALTER PUBLICATION stock_feed SET (publish = 'insert, update');

-- migrate:down
ALTER PUBLICATION stock_feed SET (publish = 'insert');
