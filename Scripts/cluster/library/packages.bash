# What comes from Debian as it is.
# shellcheck shell=bash

# Packages for the commands that are missing, one name a line. A command that is there already, from whatever
# package, is left alone (Docker's containerd.io, for one, conflicts with Debian's containerd).
missing_packages() {
    local command package
    while read -r command package; do
        command -v "$command" >/dev/null || printf '%s\n' "$package"
    done <<'COMMANDS'
etcd etcd-server
containerd containerd
runc runc
iptables iptables
conntrack conntrack
ip iproute2
pgrep procps
kubectl kubernetes-client
openssl openssl
busybox busybox-static
gcc gcc
COMMANDS
    [[ -x /usr/lib/cni/bridge ]] || printf '%s\n' containernetworking-plugins
    [[ -e /usr/include/stdio.h ]] || printf '%s\n' libc6-dev
}

# apt_install PACKAGE...: with the package lists brought up to date if there are none, or if they are too old to name
# files that still exist. Waits for another apt instead of failing.
apt_install() {
    local log=$LOGS/apt.log install
    install=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y
        --no-install-recommends "$@")
    mkdir -p "$LOGS"
    say "apt: installing $*"
    if have_package_lists && "${install[@]}" >"$log" 2>&1 </dev/null; then
        return
    fi
    run_long 'apt: updating the package lists' "$LOGS/apt-update.log" apt-get -o DPkg::Lock::Timeout=600 update
    run_long "apt: installing $*" "$log" "${install[@]}"
}

have_package_lists() {
    compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null
}

install_packages() {
    local packages
    step 'looking for missing packages'
    mapfile -t packages < <(missing_packages)
    ((${#packages[@]} == 0)) || apt_install "${packages[@]}"
    # An image must hold a busybox that needs no libraries.
    if ! busybox_is_static; then apt_install busybox-static; fi
    say 'packages are there'
}

busybox_is_static() {
    ! ldd "$(command -v busybox)" >/dev/null 2>&1
}
