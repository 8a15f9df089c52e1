-- migrate:up
ALTER TABLE people RENAME TO persons;
ALTER INDEX people_pkey RENAME TO persons_pkey;
ALTER SEQUENCE people_id_seq RENAME TO persons_id_seq;

-- migrate:down
ALTER SEQUENCE persons_id_seq RENAME TO people_id_seq;
ALTER INDEX persons_pkey RENAME TO people_pkey;
ALTER TABLE persons RENAME TO people;
