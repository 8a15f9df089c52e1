-- What is larger than an entry may be has been tried to be compressed already, and what is smaller than 500 bytes is not tried.
CASE WHEN pg_column_compression(:column) IS NOT NULL OR pg_column_size(:column) > 2704 OR pg_column_size(:column) < 500
    THEN pg_column_size(:column) ELSE 0 END
