# The word after an option, or this.
_pmdb_option() {
    local -a typed=(${(z)BUFFER})
    local at=${typed[(I)$1]}
    (( at )) && print -r -- ${(Q)typed[at + 1]} || print -r -- $2
}

# The versions of the migrations, or of the seeds, as the files in the folder have them.
_pmdb_versions() {
    local dir=$(_pmdb_option --dir ${PMDB_DIR:-migrations})
    [[ " $BUFFER " == *' --seed '* ]] && dir=$(_pmdb_option --seeds ${PMDB_SEEDS:-seeds})
    compadd -V versions -- ${(f)"$(find $dir -type f -name '[0-9]*.sql' 2>/dev/null | sed 's|.*/||; s|[^0-9].*||' | sort -n)"}
}

# The tables that the migrations make.
_pmdb_tables() {
    local dir=$(_pmdb_option --dir ${PMDB_DIR:-migrations})
    compadd -- ${(f)"$(pmdb completions --tables --dir $dir 2>/dev/null)"}
}
