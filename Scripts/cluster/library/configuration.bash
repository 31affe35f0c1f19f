# The components' configuration files: config/* with the places of this machine filled in.
# shellcheck shell=bash

write_configuration() {
    local file snapshotter=overlayfs
    step 'writing the configuration'
    mkdir -p "$CONFIGURATION/cni" "$STATE/etcd" "$STATE/containerd" "$STATE/kubelet" "$LOGS" "$RUNTIME"
    chmod 700 "$STATE" "$STATE/etcd" # etcd holds every secret
    # An overlay cannot lie on an overlay, which is what the file system of a container is.
    [[ $(stat --file-system --format=%T "$STATE/containerd") != overlayfs ]] || snapshotter=native
    for file in "$SOURCES"/config/*; do
        sed -e "s|@CONFIGURATION@|$CONFIGURATION|g" -e "s|@CREDENTIALS@|$CREDENTIALS|g" -e "s|@STATE@|$STATE|g" \
            -e "s|@RUNTIME@|$RUNTIME|g" -e "s|@NODE@|$NODE|g" -e "s|@POD_SUBNET@|$POD_SUBNET|g" \
            -e "s|@NODE_POD_SUBNET@|$NODE_POD_SUBNET|g" -e "s|@SNAPSHOTTER@|$snapshotter|g" \
            "$file" >"$CONFIGURATION/${file##*/}"
    done
    mv "$CONFIGURATION/bridge.conflist" "$CONFIGURATION/cni/"
}
