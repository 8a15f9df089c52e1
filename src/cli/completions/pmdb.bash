# The word after an option, or this.
_pmdb_option() {
    local i
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ "${COMP_WORDS[i]}" == "$1" ]]; then
            echo "${COMP_WORDS[i + 1]}"
            return
        fi
    done
    echo "$2"
}

# The versions of the migrations, or of the seeds, as the files in the folder have them.
_pmdb_versions() {
    local dir
    if [[ " ${COMP_WORDS[*]} " == *' --seed '* ]]; then
        dir=$(_pmdb_option --seeds "${PMDB_SEEDS:-seeds}")
    else
        dir=$(_pmdb_option --dir "${PMDB_DIR:-migrations}")
    fi
    find "$dir" -type f -name '[0-9]*.sql' 2>/dev/null | sed 's|.*/||; s|[^0-9].*||' | sort -n
}

# The tables that the migrations make, except those whose names would have to be quoted.
_pmdb_tables() {
    local dir
    dir=$(_pmdb_option --dir "${PMDB_DIR:-migrations}")
    pmdb completions --tables --dir "$dir" 2>/dev/null | grep -v '[^[:alnum:]_.]'
}

_pmdb_in_the_project() {
    if [[ "$2" != -* ]]; then
        case "$3" in
            VERSION_PLACES | --seed)
                COMPREPLY=($(compgen -W "$(_pmdb_versions)" -- "$2"))
                return 0
                ;;
        esac
        case "${COMP_WORDS[1]}" in
            TABLE_PLACES)
                if [[ "$3" != -* ]]; then
                    COMPREPLY=($(compgen -W "$(_pmdb_tables)" -- "$2"))
                    return 0
                fi
                ;;
        esac
    fi
    _pmdb "$@"
}
