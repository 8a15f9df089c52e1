-- What a role without rights can put in the way, in the schema of the setting `plant.schema`: operators, functions, types
-- and relations that fail when they are used, and say so in the server's log. With `plant.exact` also such as the server
-- has itself, for a schema that stands before pg_catalog. `plant.functions` names the functions that pmdb calls.
DO $plant$
DECLARE
    place text := current_setting('plant.schema');
    exact bool := current_setting('plant.exact')::bool;
    functions text[] := string_to_array(current_setting('plant.functions'), ',');
    types text[] := ARRAY['oid', 'int2', 'int4', 'int8', 'text', 'name', '"char"', 'bool', 'numeric', 'xid', 'timestamptz',
        'interval', 'regclass', 'regproc', 'text[]', 'name[]', 'oid[]', '"char"[]', 'anycompatible'];
    few text[] := ARRAY['text', 'name', 'oid', 'int4', 'text[]'];
    body text := 'BEGIN RAISE EXCEPTION ''captured''; END';
    found record;
BEGIN
    FOR found IN SELECT a, b FROM unnest(types) a, unnest(types) b LOOP
        EXECUTE format('CREATE FUNCTION %I.trap(%s, %s) RETURNS bool LANGUAGE plpgsql AS %L', place, found.a, found.b, body);
    END LOOP;
    FOR found IN
        SELECT n.oprname, a, b FROM (SELECT DISTINCT oprname FROM pg_operator WHERE oprkind = 'b') n, unnest(types) a, unnest(types) b
        WHERE exact OR NOT EXISTS (SELECT FROM pg_operator o WHERE o.oprname = n.oprname
            AND o.oprleft = a::regtype AND o.oprright = b::regtype)
    LOOP
        EXECUTE format('CREATE OPERATOR %I.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = %I.trap)',
            place, found.oprname, found.a, found.b, place);
    END LOOP;
    FOR found IN
        SELECT name, a AS arguments FROM unnest(functions) name, unnest(types) a
        WHERE NOT EXISTS (SELECT FROM pg_proc WHERE proname = name AND proargtypes[0] = a::regtype AND pronargs = 1)
        UNION ALL
        SELECT name, concat(a, ', ', b) FROM unnest(functions) name, unnest(few) a, unnest(few) b
        WHERE NOT EXISTS (SELECT FROM pg_proc WHERE proname = name AND proargtypes[0] = a::regtype
            AND proargtypes[1] = b::regtype AND pronargs = 2)
        UNION ALL
        SELECT name, concat(a, ', ', b, ', ', c) FROM unnest(functions) name, unnest(few[1:2]) a, unnest(few[1:2]) b, unnest(few[1:2]) c
        WHERE NOT EXISTS (SELECT FROM pg_proc WHERE proname = name AND proargtypes[0] = a::regtype
            AND proargtypes[1] = b::regtype AND proargtypes[2] = c::regtype AND pronargs = 3)
    LOOP
        EXECUTE format('CREATE FUNCTION %I.%I(%s) RETURNS text LANGUAGE plpgsql AS %L', place, found.name, found.arguments, body);
    END LOOP;
    IF NOT exact THEN
        RETURN;
    END IF;
    FOR found IN
        SELECT proname, pg_get_function_identity_arguments(oid) AS arguments, pg_get_function_result(oid) AS result
        FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY (functions)
    LOOP
        BEGIN
            EXECUTE format('CREATE FUNCTION %I.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L',
                place, found.proname, found.arguments, coalesce(found.result, 'text'), body);
        EXCEPTION WHEN invalid_function_definition OR feature_not_supported OR syntax_error THEN
            -- plpgsql does not take arguments of every kind.
        END;
    END LOOP;
    EXECUTE format('CREATE FUNCTION %I.trap() RETURNS bool LANGUAGE plpgsql AS %L', place, body);
    FOR found IN SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v') LOOP
        BEGIN
            EXECUTE format('CREATE VIEW %I.%I AS SELECT * FROM pg_catalog.%I WHERE %I.trap()', place, found.relname, found.relname, place);
        EXCEPTION WHEN invalid_table_definition THEN
            EXECUTE format('CREATE VIEW %I.%I AS SELECT %I.trap() AS captured', place, found.relname, place);
        END;
    END LOOP;
    FOR found IN
        SELECT name FROM unnest(ARRAY['oid', 'text', 'name', 'bool', 'int2', 'int4', 'int8', 'numeric', 'xid', 'timestamptz',
            'regclass', 'regproc', 'regtype', 'regnamespace', 'regrole', 'int2vector', 'oidvector']) name
    LOOP
        EXECUTE format('CREATE DOMAIN %I.%I AS pg_catalog.%I CHECK (%I.trap())', place, found.name, found.name, place);
    END LOOP;
END
$plant$;
