-- migrate:up
CREATE OR REPLACE VIEW cheap_goods AS SELECT id, price FROM goods WHERE price < 10;

-- migrate:down
CREATE OR REPLACE VIEW cheap_goods AS SELECT id, price FROM goods WHERE price < 5;
