SELECT sql AS object, format('%s is not exact, and a price has to be', type_sql) AS why,
    E'-- rewrites the table, which nobody can use meanwhile\n'
    || E'-- numeric(12, 2) would round to two digits\n'
    || alter_sql || ' TYPE numeric;' AS fix
FROM columns, LATERAL (SELECT lower(regexp_replace(name, '([a-z0-9])([A-Z])', '\1_\2', 'g')) AS words) AS split
WHERE type IN ('float4'::regtype, 'float8'::regtype)
    AND (words ~ '(^|_)(price|amount|cost|fee|wage|balance|payment|revenue|budget|subtotal)s?(_|$)'
        OR words ~ '(^|_)salar(y|ies)(_|$)' OR words ~ '(^|_)totals?$')
