//! Integration tests: one binary, a module per subject, on a real PostgreSQL server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod batches;
mod bundled;
mod catalog;
mod commands;
mod connect;
mod copy;
mod download;
mod embedded;
mod errors;
mod exactly_once;
mod examples;
mod file_format;
mod harness;
mod interrupt;
mod isolation;
mod json_docs;
mod killed;
mod lock_queue;
mod locking;
mod outside;
mod pooler;
mod readme;
mod round_trips;
mod splitting;
mod splitting_properties;
mod stragglers;
mod support;
mod trouble;
mod verify_library;
mod wording;
