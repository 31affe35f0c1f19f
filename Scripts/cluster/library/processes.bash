# The cluster's processes: started in its network namespace, known by a file of pid and start time, so that a number
# which has since been given to another process is never mistaken for ours.
# shellcheck shell=bash

# start_inside NAME COMMAND...: in the cluster's network namespace, unless it already runs.
start_inside() {
    local name=$1
    shift
    start_outside "$name" nsenter --net="/run/netns/$NETNS" -- "$@"
}

# start_outside NAME COMMAND...: the same in the host's network namespace.
start_outside() {
    local name=$1
    shift
    is_running "$name" && return
    step "starting $name"
    mkdir -p "$RUNTIME" "$LOGS"
    [[ ! -s $LOGS/$name.log ]] || mv "$LOGS/$name.log" "$LOGS/$name.log.previous"
    setsid "$@" >"$LOGS/$name.log" 2>&1 </dev/null {LOCK}>&- {PROGRESS}>&- &
    printf '%s %s\n' "$!" "$(start_time "$!")" >"$RUNTIME/$name.pid"
    disown
}

# is_running NAME: its process exists, is the one that was started, and is not a zombie.
is_running() {
    local pid time
    [[ -s $RUNTIME/$1.pid ]] || return 1
    read -r pid time <"$RUNTIME/$1.pid"
    [[ -n $time && $(start_time "$pid") == "$time" ]]
}

# start_time PID: in clock ticks since boot (proc(5): stat, field 22); nothing if there is no such living process.
start_time() {
    local stat fields
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 0
    read -ra fields <<<"${stat##*) }" # the command's name before that may hold anything; field 3 comes first now
    [[ ${fields[0]} == [ZX] ]] || printf '%s' "${fields[19]}"
}

# stop_process NAME: politely, then after five seconds not.
stop_process() {
    local name=$1 pid _
    if is_running "$name"; then
        read -r pid _ <"$RUNTIME/$name.pid"
        kill -TERM "$pid" 2>/dev/null || true
        for _ in {1..50}; do
            is_running "$name" || break
            sleep 0.1
        done
        ! is_running "$name" || kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -f "$RUNTIME/$name.pid"
}

running_processes() {
    local file
    for file in "$RUNTIME"/*.pid; do
        file=${file##*/}
        if is_running "${file%.pid}"; then printf '%s\n' "${file%.pid}"; fi
    done
}

# The network namespace, the sockets and the port are one for the machine: one cluster at a time, whatever its folder.
require_own_runtime() {
    local owner
    [[ -s $RUNTIME/root ]] || return 0
    owner=$(<"$RUNTIME/root")
    [[ $owner == "$ROOT" ]] ||
        fail "the cluster of $owner is up; first run: EXHIBIT_TEST_CLUSTER=$owner Scripts/test-cluster down"
}

claim_runtime() {
    mkdir -p "$RUNTIME"
    printf '%s\n' "$ROOT" >"$RUNTIME/root"
}

# is_up MODE: an earlier `up` ended well, in this mode or a fuller one, and all it started still runs. Asks no server,
# so that it takes milliseconds.
is_up() {
    local mode=$1 ready name
    [[ -s $READY_MARKER ]] || return 1
    ready=$(<"$READY_MARKER")
    [[ $ready == full || $ready == "$mode" ]] || return 1
    for name in $(processes_of "$ready"); do
        is_running "$name" || return 1
    done
}

# processes_of MODE: what runs in it, in the order of starting.
processes_of() {
    printf '%s\n' etcd kube-apiserver forwarder
    [[ $1 == api-only ]] || printf '%s\n' kube-controller-manager kube-scheduler containerd kubelet kube-proxy
}
