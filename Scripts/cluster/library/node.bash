# containerd, the kubelet and kube-proxy: the one node.
# shellcheck shell=bash

NODE_STARTED=''

containerd_ctl() {
    ctr --address="$CONTAINERD_SOCKET" --namespace=k8s.io "$@"
}

start_node() {
    start_inside containerd containerd --config="$CONFIGURATION/containerd.toml"
    wait_until 30 'containerd answers' containerd containerd_ctl version
    import_images
    prepare_cgroups
    remember_system_folders
    save_sysctls
    NODE_STARTED=$(date --utc +%Y-%m-%dT%H:%M:%SZ)
    # Without the variable the kubelet of 1.20 asks 169.254.169.254 about a cloud it is not in.
    start_inside kubelet env AWS_EC2_METADATA_DISABLED=true "$BINARIES/kubelet" \
        --config="$CONFIGURATION/kubelet.yaml" --kubeconfig="$CREDENTIALS/kubelet.kubeconfig" \
        --hostname-override="$NODE" --node-ip="$NODE_ADDRESS" \
        --root-dir="$STATE/kubelet" --cert-dir="$STATE/kubelet/pki" \
        --volume-plugin-dir="$STATE/kubelet/volume-plugins" \
        --container-runtime=remote --container-runtime-endpoint="unix://$CONTAINERD_SOCKET" --v=2
    start_inside kube-proxy "$BINARIES/kube-proxy" --config="$CONFIGURATION/kube-proxy.yaml" --v=1
    wait_until 120 'the node is ready' kubelet node_is_ready
    restore_sysctls
    say "node $NODE ready"
}

# Which of the SYSTEM_FOLDERS are the cluster's: those that were not there before the first kubelet.
remember_system_folders() {
    local folder
    [[ ! -e $STATE/own-folders ]] || return 0
    for folder in "${SYSTEM_FOLDERS[@]}"; do
        if [[ ! -e $folder ]]; then printf '%s\n' "$folder"; fi
    done >"$STATE/own-folders"
}

import_images() {
    local digests image
    digests=$(cd "$IMAGES" && sha256sum -- *.tar)
    [[ ! -s $STATE/imported-images || $(<"$STATE/imported-images") != "$digests" ]] || return 0
    step 'importing the container images'
    for image in "$IMAGES"/*.tar; do
        containerd_ctl images import "$image" >"$LOGS/import.log" 2>&1 ||
            fail "importing $image failed" "$LOGS/import.log" "$LOGS/containerd.log"
    done
    printf '%s\n' "$digests" >"$STATE/imported-images"
}

# Ready by a heartbeat newer than this start: the object of an earlier run says Ready too.
node_is_ready() {
    local ready heartbeat
    local path='{range .status.conditions[?(@.type=="Ready")]}{.status} {.lastHeartbeatTime}{end}'
    read -r ready heartbeat <<<"$(kube get node "$NODE" --output=jsonpath="$path")"
    [[ $ready == True && ! $heartbeat < $NODE_STARTED ]]
}

# cgroup v1 needs nothing. With v2 the kubelet needs its controllers handed down from the root of the hierarchy; and
# where that root is a container's, which may hold processes or controllers but not both, the processes step aside.
prepare_cgroups() {
    local root=/sys/fs/cgroup pid controller
    [[ -e $root/cgroup.controllers ]] || return 0
    step 'handing down the cgroup controllers'
    if [[ -e $root/cgroup.type && -s $root/cgroup.procs ]]; then
        mkdir -p "$root/init"
        while read -r pid; do
            { printf '%s\n' "$pid" >"$root/init/cgroup.procs"; } 2>/dev/null || true # it may have ended meanwhile
        done <"$root/cgroup.procs"
    fi
    for controller in $(<"$root/cgroup.controllers"); do
        { printf '+%s\n' "$controller" >"$root/cgroup.subtree_control"; } 2>/dev/null || true
    done
    for controller in cpu memory pids; do
        [[ " $(<"$root/cgroup.subtree_control") " == *" $controller "* ]] ||
            fail "cgroup v2: the controller $controller cannot be used here (see $root/cgroup.controllers)"
    done
}

# The values are saved before the kubelet can change them, and never again until they have been put back: an `up` that
# was killed in between must not take the kubelet's values for the machine's.
save_sysctls() {
    local name
    [[ ! -s $STATE/sysctls ]] || return 0
    for name in "${KUBELET_SYSCTLS[@]}"; do
        if [[ -r /proc/sys/${name//.//} ]]; then printf '%s=%s\n' "$name" "$(<"/proc/sys/${name//.//}")"; fi
    done >"$STATE/sysctls.partial"
    mv "$STATE/sysctls.partial" "$STATE/sysctls"
}

restore_sysctls() {
    local setting
    [[ -s $STATE/sysctls ]] || return 0
    while read -r setting; do
        sysctl -qw "$setting" || say "could not put back $setting"
    done <"$STATE/sysctls"
    rm -f "$STATE/sysctls"
}
