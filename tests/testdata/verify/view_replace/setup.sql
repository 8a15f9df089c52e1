-- migrate:up
CREATE TABLE goods (id int, price int);
CREATE VIEW cheap_goods AS SELECT id, price FROM goods WHERE price < 5;

-- migrate:down
DROP VIEW cheap_goods;
DROP TABLE goods;
