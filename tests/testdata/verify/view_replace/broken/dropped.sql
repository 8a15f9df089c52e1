-- expect: not_reversed
-- expect: - view public.cheap_goods
-- migrate:up
CREATE OR REPLACE VIEW cheap_goods AS SELECT id, price FROM goods WHERE price < 10;

-- migrate:down
DROP VIEW cheap_goods;
