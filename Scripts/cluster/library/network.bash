# The network namespace the cluster lives in. It has no way out: one bridge with the node's address, the pods' bridge
# that the CNI plugin adds, and a default route so that service addresses reach kube-proxy's rules.
# shellcheck shell=bash

create_network() {
    local setting
    step "creating the network namespace $NETNS"
    if [[ ! -e /run/netns/$NETNS ]]; then
        mountpoint --quiet /run/netns || touch "$RUNTIME/mounted-run-netns" # `ip netns` is about to
        ip netns add "$NETNS"
        ip -n "$NETNS" link set lo up
        ip -n "$NETNS" link add node0 type bridge
        ip -n "$NETNS" address add "$NODE_ADDRESS/24" dev node0
        ip -n "$NETNS" link set node0 up
        ip -n "$NETNS" route add default dev node0
        for setting in ip_forward=1 conf.all.route_localnet=1 neigh.default.gc_thresh1=4096 \
            neigh.default.gc_thresh2=8192 neigh.default.gc_thresh3=16384; do
            # A neighbour table limit that belongs to the first namespace alone cannot be set here, nor need it be.
            nsenter --net="/run/netns/$NETNS" sysctl -qw "net.ipv4.$setting" 2>/dev/null ||
                [[ $setting == neigh.* ]] || fail "could not set net.ipv4.$setting in $NETNS"
        done
    fi
    say "network namespace $NETNS"
}

remove_network() {
    [[ ! -e /run/netns/$NETNS ]] || ip netns delete "$NETNS"
    if [[ -e $RUNTIME/mounted-run-netns ]] && is_empty_folder /run/netns; then umount /run/netns; fi
}

is_empty_folder() {
    [[ -d $1 && -z $(find "$1" -mindepth 1 -print -quit) ]]
}

# The host's 127.0.0.1:6443 reaches the API server through the forwarder: it listens outside, connects inside.
start_forwarder() {
    start_outside forwarder "$BINARIES/forwarder" "$NETNS" "$API_PORT"
}

require_free_port() {
    is_running forwarder && return
    if (exec 3<>"/dev/tcp/127.0.0.1/$API_PORT") 2>/dev/null; then
        fail "something else listens on 127.0.0.1:$API_PORT; stop it first (see: ss -ltnp 'sport = $API_PORT')"
    fi
}
