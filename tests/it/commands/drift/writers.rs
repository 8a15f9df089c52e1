//! Under load: nobody who writes waits for drift.
