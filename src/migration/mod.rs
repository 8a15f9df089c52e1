//! Migration files and what is to be done with them: pure, no server, no clock, no terminal.
