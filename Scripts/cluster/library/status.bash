# What runs, for people and for scripts.
# shellcheck shell=bash

# Prints to standard output; exit 0 if everything that the last `up` was asked for is there and answers, else 1.
print_status() {
    local mode=none name pid ready=yes
    [[ ! -s $READY_MARKER ]] || mode=$(<"$READY_MARKER")
    printf 'kubeconfig  %s\n' "$ADMIN_KUBECONFIG"
    printf 'namespace   %s (ip netns exec %s ...)\n' "$NETNS" "$NETNS"
    printf 'logs        %s\n' "$LOGS"
    printf 'processes\n'
    for name in $(processes_of "${mode/none/full}"); do
        if is_running "$name"; then
            read -r pid _ <"$RUNTIME/$name.pid"
            printf '  %-24s pid %s\n' "$name" "$pid"
        else
            printf '  %-24s not running\n' "$name"
            ready=no
        fi
    done
    if [[ $mode == none ]]; then
        ready=no
        printf 'nothing was brought up\n'
    elif ! kube get --raw /readyz >/dev/null 2>&1; then
        ready=no
        printf 'the API server does not answer\n'
    elif [[ $mode == full ]]; then
        print_node || ready=no
        print_pods || ready=no
    fi
    if [[ $ready == yes ]]; then printf 'ready (%s)\n' "$mode"; else printf 'not ready\n'; fi
    [[ $ready == yes ]] || exit 1
}

print_node() {
    local ready
    ready=$(kube get node "$NODE" --output=jsonpath='{.status.conditions[?(@.type=="Ready")].status}') || return 1
    printf 'node        %s %s\n' "$NODE" "$([[ $ready == True ]] && printf Ready || printf 'NotReady')"
    [[ $ready == True ]]
}

# The states kubectl shows, counted.
print_pods() {
    local pods
    pods=$(kube get pods --all-namespaces --no-headers 2>/dev/null) || return 1
    printf 'pods\n'
    awk 'NF { count[sprintf("  %-24s %-24s", $1, $4)]++ } END { for (state in count) print state, count[state] }' \
        <<<"$pods" | sort
}
