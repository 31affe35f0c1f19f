# What people see: progress and errors on stderr, each line with the time since the start.
# shellcheck shell=bash disable=SC2034  # lifetime.bash reads what is set here

# Standard error as it was at the start: a signal or a failure may come while a function's output is thrown away.
exec {PROGRESS}>&2

STARTED_US=${EPOCHREALTIME//[!0-9]/}
CURRENT_STEP='starting'

elapsed() {
    local tenths=$(((${EPOCHREALTIME//[!0-9]/} - STARTED_US) / 100000))
    printf '%5d.%d s' $((tenths / 10)) $((tenths % 10))
}

# say TEXT...: one line of progress.
say() {
    printf '%s  %s\n' "$(elapsed)" "$*" >&"$PROGRESS"
}

# step TEXT...: what is being done now; named if it fails.
step() {
    CURRENT_STEP=$*
}

# fail MESSAGE [LOG...]: says what failed, shows the end of the logs that explain it, and ends the run.
fail() {
    local message=$1 log
    shift
    printf 'test-cluster: %s\n' "$message" >&"$PROGRESS"
    for log in "$@"; do
        [[ -s $log ]] || continue
        printf 'last lines of %s:\n' "$log" >&"$PROGRESS"
        tail -n 20 -- "$log" | cut -c 1-400 | sed 's/^/    /' >&"$PROGRESS"
    done
    FAILURE_REPORTED=yes
    exit 1
}

require_root() {
    ((EUID == 0)) || fail 'network namespaces, mounts and cgroups need root; run it with sudo -E or as root'
}
