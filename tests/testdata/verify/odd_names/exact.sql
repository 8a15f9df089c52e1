-- migrate:up
CREATE TABLE "Größe ""XL""" ("a.b" int, "line
break" text, "🐘" int);
CREATE INDEX "Index 1" ON "Größe ""XL""" ("a.b");
COMMENT ON TABLE "Größe ""XL""" IS $$it's "quoted"; -- migrate:down$$;

-- migrate:down
DROP TABLE "Größe ""XL""";
