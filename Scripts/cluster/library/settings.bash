# Where things are and what they are called. Nothing here runs anything.
# shellcheck shell=bash disable=SC2034  # used by the other parts

ROOT=${EXHIBIT_TEST_CLUSTER:-${XDG_CACHE_HOME:-$HOME/.cache}/exhibit-test-cluster}

# Built once and kept until deleted by hand.
BINARIES=$ROOT/bin         # Kubernetes servers, forwarder
IMAGES=$ROOT/images        # container images, as tar files
BUILD=$ROOT/build          # sources and compiler cache while building; removed when done

# Kept by `down`, removed by `down --wipe`.
CREDENTIALS=$ROOT/credentials
CONFIGURATION=$ROOT/config
STATE=$ROOT/state          # etcd, containerd, kubelet
LOGS=$ROOT/logs            # one file per process, and audit.log
ADMIN_KUBECONFIG=$ROOT/admin.kubeconfig

# Gone after `down`. Under /run because Unix socket paths are limited to 107 bytes.
RUNTIME=/run/exhibit-test-cluster
CONTAINERD_SOCKET=$RUNTIME/containerd.sock
READY_MARKER=$RUNTIME/ready # holds "full" or "api-only"

NETNS=exhibit-test-cluster # everything but the forwarder's listening socket lives in this network namespace
NODE=node1
NODE_ADDRESS=10.99.0.1
API_PORT=6443
SERVICE_SUBNET=10.96.0.0/16
SERVICE_API_ADDRESS=10.96.0.1
POD_SUBNET=10.244.0.0/16
NODE_POD_MASK=22           # 1,022 addresses: a /24 would end at 254, below maxPods
NODE_POD_SUBNET=10.244.0.0/22

DEMO_NAMESPACE=exhibit-demo
BULK_NAMESPACE=exhibit-bulk
SERVICES_NAMESPACE=exhibit-services
WEB_NAMESPACE=exhibit-web

# Folders that the kubelet and libcni make wherever they are told to keep their things. Where one was not there before,
# `down --wipe` removes it.
SYSTEM_FOLDERS=(/var/log/pods /var/log/containers /var/lib/cni /var/lib/kubelet/device-plugins)

# The sysctls the kubelet sets to its own taste; put back once it has.
KUBELET_SYSCTLS=(vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys
    kernel.keys.root_maxbytes)

if [[ $ROOT != /* || $ROOT =~ [[:space:]\'\"\\\&\|] ]]; then
    printf 'test-cluster: %q must be an absolute path without spaces, quotes, \\, & and |\n' "$ROOT" >&2
    exit 2
fi
