# Services as Debian packages have them, in pods of a namespace of their own: what Redis, Prometheus and the others have in common.
# shellcheck shell=bash
#
# A set of services is called SET: workloads/SET.yaml has its pods, images/SET its images, and build_SET (with _ for -) writes those.

# set_services on|off SET NAMESPACE IMAGE...
set_services() {
    local wish=$1 set=$2 namespace=$3 digest
    shift 3
    if [[ $wish == off ]]; then
        remove_services "$namespace"
        return
    fi
    build_service_images "$set" "$@"
    import_service_images "$set" "$@"
    step "applying workloads/$set.yaml"
    digest=$(cat "$SOURCES/workloads/$set.yaml" "$IMAGES/$set"/*.tar | sha256sum | cut -c 1-32)
    # Pods of an earlier version of the file would stay as they are.
    if [[ $digest != "$(applied_digest "$namespace")" ]]; then remove_services "$namespace"; fi
    retry_apply "$SOURCES/workloads/$set.yaml"
    kube annotate namespace "$namespace" --overwrite "workloads=$digest" >"$LOGS/apply-$set.log" 2>&1
    wait_for_services "$namespace"
}

build_service_images() { # set, images
    local set=$1 name is_missing=no
    local IMAGES=$IMAGES/$set # where write_image puts them
    shift
    for name; do
        [[ -s $IMAGES/$name.tar && ! $SOURCES/library/$set.bash -nt $IMAGES/$name.tar ]] || is_missing=yes
    done
    [[ $is_missing == yes ]] || return 0
    step "building the images of $*"
    mkdir -p "$IMAGES"
    "build_${set//-/_}"
    rm -rf "${BUILD:?}/$set"
    say "images of $* are built"
}

# fetch_service_packages STAGE PACKAGE...: downloaded and unpacked into STAGE/root, never installed: nothing starts on this machine, and
# what it has installed stays as it is.
fetch_service_packages() {
    local stage=$1 package
    shift
    rm -rf "$stage"
    mkdir -p "$stage/packages/partial" "$stage/root"
    have_package_lists ||
        run_long 'apt: updating the package lists' "$LOGS/apt-update.log" apt-get -o DPkg::Lock::Timeout=600 update
    run_long "apt: fetching $*" "$LOGS/apt.log" \
        apt-get -o Dir::Cache::archives="$stage/packages" -o DPkg::Lock::Timeout=600 \
        install -y --reinstall --download-only --no-install-recommends "$@"
    for package in "$stage"/packages/*.deb; do
        [[ $package == */libllvm* ]] || dpkg --extract "$package" "$stage/root" # the compiler of PostgreSQL's queries: 110 MB
    done
}

# install_service_files ROOT FILE: with every library it is linked to, of the unpacked packages or of this machine.
install_service_files() {
    local library libraries
    install -D "$SERVICE_ROOT/$2" "$1/$2"
    libraries=$(LD_LIBRARY_PATH=$(printf '%s:' "$SERVICE_ROOT"/{usr/lib,lib}/*-linux-gnu) ldd "$SERVICE_ROOT/$2")
    [[ $libraries != *'not found'* ]] || fail "a library of /$2 is missing: $libraries"
    while read -r library; do
        [[ -e $1/${library#"$SERVICE_ROOT"/} ]] || install -D "$library" "$1/${library#"$SERVICE_ROOT"/}"
    done < <(awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// && $2 ~ /^\(/ { print $1 }' <<<"$libraries")
}

import_service_images() { # set, images
    local set=$1 digests name
    shift
    digests=$(cd "$IMAGES/$set" && sha256sum -- *.tar)
    [[ ! -s $STATE/imported-$set || $(<"$STATE/imported-$set") != "$digests" ]] || return 0
    step "importing the images of $*"
    for name; do
        containerd_ctl images import "$IMAGES/$set/$name.tar" >"$LOGS/import-$set.log" 2>&1 ||
            fail "importing $name.tar failed" "$LOGS/import-$set.log" "$LOGS/containerd.log"
    done
    printf '%s\n' "$digests" >"$STATE/imported-$set"
}

applied_digest() { # namespace
    kube get namespace "$1" --ignore-not-found --output=jsonpath='{.metadata.annotations.workloads}' 2>/dev/null
}

wait_for_services() { # namespace
    local namespace=$1 limit=120 start=$SECONDS next=10 waiting
    local template='{{range .items}}{{$p := .metadata.name}}{{range .status.conditions}}{{if eq .type "Ready"}}'
    template+='{{if ne .status "True"}}{{$p}} {{end}}{{end}}{{end}}{{end}}'
    step "waiting for the pods of $namespace"
    while :; do
        waiting=$(kube --namespace="$namespace" get pods --output=go-template="$template" 2>/dev/null) ||
            waiting='(no answer)'
        # A pod that nobody has looked at yet has no conditions.
        [[ -n $waiting ]] || ! kube --namespace="$namespace" wait pods --all --for=condition=Ready \
            --timeout=5s >"$LOGS/services.log" 2>&1 || break
        is_running kubelet || fail 'the kubelet ended' "$LOGS/kubelet.log"
        ((SECONDS - start < limit)) || fail "not ready after $limit s: $waiting" "$LOGS/kubelet.log"
        if ((SECONDS - start >= next)); then
            say "not ready yet: $waiting"
            next=$((SECONDS - start + 10))
        fi
        sleep 0.5
    done
    say "the pods of $namespace are ready"
}

remove_services() { # namespace
    local namespace=$1 start=$SECONDS
    step "removing namespace $namespace"
    kube delete namespace "$namespace" --ignore-not-found --wait=false >/dev/null 2>&1
    delete_now "$namespace" pods >/dev/null 2>&1
    until [[ -z $(kube get namespace "$namespace" --ignore-not-found --output=name) ]]; do
        ((SECONDS - start < 120)) || fail "namespace $namespace is still there" "$LOGS/kubelet.log"
        sleep 0.5
    done
    say "namespace $namespace is gone"
}
