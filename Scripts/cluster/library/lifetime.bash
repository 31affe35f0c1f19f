# How a run ends: one lock, one cleanup whatever the reason, and long commands that can be interrupted.
# shellcheck shell=bash

FAILURE_REPORTED=no
CLEANUP=:
BACKGROUND_GROUP=''
LOCK=''

# on_failure FUNCTION: what to call when the run ends in any way but success (`:` for nothing).
on_failure() {
    CLEANUP=$1
}

end_of_run() {
    local status=$?
    trap - EXIT ERR
    trap '' INT TERM HUP # the cleanup itself is not interrupted
    set +e
    [[ -z $BACKGROUND_GROUP ]] || kill -TERM -- "-$BACKGROUND_GROUP" 2>/dev/null
    if ((status != 0)) && [[ $CLEANUP != : ]]; then
        say 'cleaning up'
        "$CLEANUP"
    fi
    exit "$status"
}
trap end_of_run EXIT
trap 'exit 129' HUP
trap 'say "interrupted while: $CURRENT_STEP"; FAILURE_REPORTED=yes; exit 130' INT
trap 'say "ended by a signal while: $CURRENT_STEP"; FAILURE_REPORTED=yes; exit 143' TERM
trap '[[ $BASH_SUBSHELL != 0 || $FAILURE_REPORTED == yes ]] ||
    printf "test-cluster: failed while: %s (%s:%s: %s)\n" \
        "$CURRENT_STEP" "${BASH_SOURCE[0]##*/}" "$LINENO" "$BASH_COMMAND" >&"$PROGRESS"' ERR

# One run changes the cluster at a time; the lock goes away with the process that holds it.
take_lock() {
    mkdir -p "$ROOT"
    exec {LOCK}>"$ROOT/lock"
    flock --nonblock "$LOCK" && return
    step 'waiting for another test-cluster run to end'
    say "$CURRENT_STEP"
    flock "$LOCK"
}

# run_long LABEL LOG COMMAND...: runs it with its output in LOG, in a process group of its own so that an interrupt
# ends all of it, with a sign of life every 15 seconds.
run_long() {
    local label=$1 log=$2 status=0 start=$SECONDS next=15
    shift 2
    step "$label"
    setsid "$@" >"$log" 2>&1 </dev/null {LOCK}>&- {PROGRESS}>&- &
    BACKGROUND_GROUP=$!
    while kill -0 "$BACKGROUND_GROUP" 2>/dev/null; do
        sleep 0.2
        if ((SECONDS - start >= next)); then
            say "$label: still at it after $((SECONDS - start)) s"
            next=$((next + 15))
        fi
    done
    wait "$BACKGROUND_GROUP" || status=$?
    BACKGROUND_GROUP=''
    ((status == 0)) || fail "$label: failed with status $status" "$log"
}

# wait_until SECONDS WHAT PROCESS PREDICATE...: polls until the predicate succeeds. Ends the run when time is up or
# when the process that should bring it about has died, with the end of that process' log.
wait_until() {
    local deadline=$((SECONDS + $1)) limit=$1 what=$2 process=$3
    shift 3
    step "waiting until $what"
    until "$@" >/dev/null 2>&1; do
        is_running "$process" || fail "$process ended before $what" "$LOGS/$process.log"
        ((SECONDS < deadline)) || fail "$what: not so after $limit s" "$LOGS/$process.log"
        sleep 0.2
    done
}
