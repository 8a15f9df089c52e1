-- migrate:up
ALTER TABLE rooms ADD PRIMARY KEY (building, number);

-- migrate:down
ALTER TABLE rooms DROP CONSTRAINT rooms_pkey;
ALTER TABLE rooms ALTER COLUMN building DROP NOT NULL, ALTER COLUMN number DROP NOT NULL;
