//! `pmdb diff A --to V`: a database against what the files up to a version build.
