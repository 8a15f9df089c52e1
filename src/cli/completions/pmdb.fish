# The word after an option, or this.
function __pmdb_option
    set -l words (commandline -opc)
    set -l place (contains -i -- $argv[1] $words)
    and echo $words[(math $place + 1)]
    or echo $argv[2]
end

# The versions of the migrations, or of the seeds, as the files in the folder have them.
function __pmdb_versions
    set -q PMDB_DIR; or set -l PMDB_DIR migrations
    set -q PMDB_SEEDS; or set -l PMDB_SEEDS seeds
    set -l dir (__pmdb_option --dir $PMDB_DIR)
    contains -- --seed (commandline -opc); and set dir (__pmdb_option --seeds $PMDB_SEEDS)
    find $dir -type f -name '[0-9]*.sql' 2>/dev/null | sed 's|.*/||; s|[^0-9].*||' | sort -n
end

# The tables that the migrations make.
function __pmdb_tables
    set -q PMDB_DIR; or set -l PMDB_DIR migrations
    pmdb completions --tables --dir (__pmdb_option --dir $PMDB_DIR) 2>/dev/null
end
