SELECT 'pg_type', 'pg_type'::regclass, array_agg(oid) FILTER (WHERE :is_new), array_agg(oid), NULL
    FROM pg_type WHERE oid::bigint >= 16384
    UNION ALL
    SELECT 'pg_enum', 'pg_type'::regclass, array_agg(enumtypid) FILTER (WHERE :is_new), array_agg(enumtypid), NULL
    FROM pg_enum WHERE enumtypid::bigint >= 16384
    UNION ALL
    SELECT 'pg_range', 'pg_type'::regclass, array_agg(rngtypid), NULL, NULL
    FROM pg_range WHERE rngtypid::bigint >= 16384 AND :is_new
    UNION ALL
    SELECT 'pg_statistic_ext', 'pg_statistic_ext'::regclass, array_agg(oid) FILTER (WHERE :is_new), array_agg(oid), NULL
    FROM pg_statistic_ext WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_proc', 'pg_proc'::regclass, array_agg(oid) FILTER (WHERE :is_new), array_agg(oid), NULL
    FROM pg_proc WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_aggregate', 'pg_proc'::regclass, array_agg(aggfnoid::oid), NULL, NULL
    FROM pg_aggregate WHERE aggfnoid::oid >= 16384 AND :is_new
    UNION ALL
    SELECT 'pg_partitioned_table', 'pg_class'::regclass, array_agg(partrelid), NULL, NULL
    FROM pg_partitioned_table WHERE partrelid >= 16384 AND :is_new
    UNION ALL
    SELECT 'pg_foreign_table', 'pg_class'::regclass, array_agg(ftrelid), NULL, NULL
    FROM pg_foreign_table WHERE ftrelid >= 16384 AND :is_new
    UNION ALL
    SELECT 'pg_description', classoid, array_agg(objoid) FILTER (WHERE :is_new), array_agg(objoid), NULL
    FROM pg_description WHERE objoid >= 16384 GROUP BY classoid
    UNION ALL
    SELECT 'pg_seclabel', classoid, array_agg(objoid) FILTER (WHERE :is_new), array_agg(objoid), NULL
    FROM pg_seclabel WHERE objoid >= 16384 GROUP BY classoid
