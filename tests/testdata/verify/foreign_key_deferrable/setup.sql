-- migrate:up
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE children (parent int CONSTRAINT children_parent_fkey REFERENCES parents);

-- migrate:down
DROP TABLE children;
DROP TABLE parents;
