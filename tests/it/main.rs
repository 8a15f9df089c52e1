//! Integration tests: one binary, a module per subject, on a real PostgreSQL server.
