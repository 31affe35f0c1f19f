# Stopping everything and leaving nothing. Every step works on whatever is there, so it also cleans up after a `up`
# that was killed half way.
# shellcheck shell=bash

tear_down() {
    local name
    step 'taking the cluster down'
    rm -f "$READY_MARKER"
    stop_process kubelet # first, or it would start again what is stopped below
    stop_process kube-proxy
    remove_containers
    for name in kube-scheduler kube-controller-manager kube-apiserver forwarder etcd containerd; do
        stop_process "$name"
    done
    stop_shims
    unmount_all
    remove_network
    remove_cgroups
    restore_sysctls
    rm -rf --one-file-system "$RUNTIME"
}

# All containers of this containerd: their first processes at once, as one request each would take half a minute.
remove_containers() {
    local pids ids id
    [[ -S $CONTAINERD_SOCKET ]] && is_running containerd || return 0
    mapfile -t pids < <(containerd_ctl tasks list 2>/dev/null | awk 'NR > 1 && $2 > 1 { print $2 }')
    ((${#pids[@]} == 0)) || kill -KILL "${pids[@]}" 2>/dev/null || true
    sleep 0.5
    mapfile -t ids < <(containerd_ctl tasks list --quiet 2>/dev/null)
    ((${#ids[@]} == 0)) || containerd_ctl tasks delete --force "${ids[@]}" >/dev/null 2>&1 || true
    mapfile -t ids < <(containerd_ctl containers list --quiet 2>/dev/null)
    ((${#ids[@]} == 0)) || containerd_ctl containers delete "${ids[@]}" >/dev/null 2>&1 || true
    for id in "${ids[@]}"; do
        rm -f /var/lib/cni/results/*-"$id"-* # libcni keeps its results there, wherever the rest is told to be
    done
}

# A shim outlives its containerd on purpose. Ours are those that were told of our socket.
stop_shims() {
    local pids
    mapfile -t pids < <(pgrep --full -- "^[^ ]*containerd-shim[^ ]* .*-address $CONTAINERD_SOCKET( |\$)" || true)
    ((${#pids[@]} == 0)) || kill -KILL "${pids[@]}" 2>/dev/null || true
}

unmount_all() {
    local points _
    for _ in 1 2 3; do
        mapfile -t points < <(awk -v state="$STATE/" -v runtime="$RUNTIME/" \
            'index($2, state) == 1 || index($2, runtime) == 1 { print $2 }' /proc/self/mounts | sort -r)
        ((${#points[@]})) || return 0
        umount --lazy -- "${points[@]}" 2>/dev/null || true
    done
}

# Both hierarchies: /sys/fs/cgroup/<controller>/kubepods (v1) and /sys/fs/cgroup/kubepods (v2). The kernel refuses to
# remove one with a process in it, so what belongs to somebody else stays.
remove_cgroups() {
    local folder _
    for _ in {1..20}; do
        for folder in /sys/fs/cgroup/kubepods /sys/fs/cgroup/*/kubepods; do
            [[ ! -d $folder ]] || find "$folder" -depth -type d -exec rmdir {} \; 2>/dev/null || true
        done
        compgen -G '/sys/fs/cgroup/*/kubepods' >/dev/null || [[ -d /sys/fs/cgroup/kubepods ]] || return 0
        sleep 0.2
    done
}

wipe_state() {
    local folder
    step 'removing state and credentials'
    if [[ -e $STATE/own-folders ]]; then
        while read -r folder; do
            rm -rf --one-file-system "$folder"
        done <"$STATE/own-folders"
        rmdir /var/lib/kubelet 2>/dev/null || true # if that leaves it empty
    fi
    # Where another kubelet keeps its logs in the same place, only ours go.
    rm -rf "/var/log/pods/${DEMO_NAMESPACE}_"* "/var/log/pods/${BULK_NAMESPACE}_"* \
        "/var/log/pods/${SERVICES_NAMESPACE}_"*
    find /var/log/containers -maxdepth 1 -xtype l -delete 2>/dev/null || true
    rm -rf --one-file-system "$STATE" "$CREDENTIALS" "$CONFIGURATION" "$LOGS" "$ROOT"/*.kubeconfig
}
