# Redis and PostgreSQL as Debian has them, in every state that the collectors for them must tell apart.
# shellcheck shell=bash

SERVICE_PACKAGES=(redis-server redis-tools postgresql-15 postgresql-client-15)

set_services() { # on or off
    if [[ $1 == off ]]; then
        remove_services
        return
    fi
    build_service_images
    import_service_images
    step "applying workloads/services.yaml"
    # Pods of an earlier version of the file would stay as they are.
    if [[ $(service_digest) != "$(applied_service_digest)" ]]; then remove_services; fi
    retry_apply "$SOURCES/workloads/services.yaml"
    kube annotate namespace "$SERVICES_NAMESPACE" --overwrite "workloads=$(service_digest)" >"$LOGS/apply.log" 2>&1
    wait_for_services
}

# Downloaded and unpacked, never installed: nothing starts on this machine, and what it has installed stays as it is.
build_service_images() {
    local IMAGES=$IMAGES/services # where write_image puts them
    local stage=$BUILD/services package
    [[ ! -s $IMAGES/redis.tar || ! -s $IMAGES/postgres.tar || ${BASH_SOURCE[0]} -nt $IMAGES/postgres.tar ]] || return 0
    step 'building the images of redis and postgres'
    rm -rf "$stage"
    mkdir -p "$IMAGES" "$stage/packages/partial" "$stage/root"
    have_package_lists ||
        run_long 'apt: updating the package lists' "$LOGS/apt-update.log" apt-get -o DPkg::Lock::Timeout=600 update
    run_long "apt: fetching ${SERVICE_PACKAGES[*]}" "$LOGS/apt.log" \
        apt-get -o Dir::Cache::archives="$stage/packages" -o DPkg::Lock::Timeout=600 \
        install -y --reinstall --download-only --no-install-recommends "${SERVICE_PACKAGES[@]}"
    for package in "$stage"/packages/*.deb; do
        [[ $package == */libllvm* ]] || dpkg --extract "$package" "$stage/root" # the compiler of queries: 110 MB
    done
    SERVICE_ROOT=$stage/root write_image redis /bin/sh install_redis
    SERVICE_ROOT=$stage/root write_image postgres /bin/sh install_postgres
    rm -rf "$stage"
    say 'images of redis and postgres are built'
}

install_redis() { # name, root folder
    install_busybox busybox "$2"
    install_service_files "$2" usr/bin/redis-cli
    # redis-server is a link to it.
    install_service_files "$2" usr/bin/redis-check-rdb
    ln -s ../usr/bin/redis-cli "$2/bin/redis-cli"
    cp "$2/usr/bin/redis-check-rdb" "$2/bin/redis-server"
}

install_postgres() { # name, root folder
    local program library
    install_busybox busybox "$2"
    for program in initdb postgres psql pg_isready pg_basebackup; do
        install_service_files "$2" "usr/lib/postgresql/15/bin/$program"
        ln -s "../usr/lib/postgresql/15/bin/$program" "$2/bin/$program"
    done
    for library in "$SERVICE_ROOT"/usr/lib/postgresql/15/lib/*.so; do
        [[ $library == *llvmjit* ]] || install_service_files "$2" "${library#"$SERVICE_ROOT"/}"
    done
    mkdir -p "$2/usr/share/postgresql"
    cp -a "$SERVICE_ROOT/usr/share/postgresql/15" "$2/usr/share/postgresql/"
    mkdir -p "$2/var/run"
    mkdir -m 1777 "$2/var/run/postgresql"
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

import_service_images() {
    local digests name
    digests=$(cd "$IMAGES/services" && sha256sum -- *.tar)
    [[ ! -s $STATE/imported-services || $(<"$STATE/imported-services") != "$digests" ]] || return 0
    step 'importing the images of redis and postgres'
    for name in redis postgres; do
        containerd_ctl images import "$IMAGES/services/$name.tar" >"$LOGS/import.log" 2>&1 ||
            fail "importing $name.tar failed" "$LOGS/import.log" "$LOGS/containerd.log"
    done
    printf '%s\n' "$digests" >"$STATE/imported-services"
}

service_digest() {
    cat "$SOURCES/workloads/services.yaml" "$IMAGES"/services/*.tar | sha256sum | cut -c 1-32
}

applied_service_digest() {
    kube get namespace "$SERVICES_NAMESPACE" --ignore-not-found --output=jsonpath='{.metadata.annotations.workloads}' \
        2>/dev/null
}

wait_for_services() {
    local limit=120 start=$SECONDS next=10 waiting
    local template='{{range .items}}{{$p := .metadata.name}}{{range .status.conditions}}{{if eq .type "Ready"}}'
    template+='{{if ne .status "True"}}{{$p}} {{end}}{{end}}{{end}}{{end}}'
    step "waiting for the pods of $SERVICES_NAMESPACE"
    while :; do
        waiting=$(kube --namespace="$SERVICES_NAMESPACE" get pods --output=go-template="$template" 2>/dev/null) ||
            waiting='(no answer)'
        # A pod that nobody has looked at yet has no conditions.
        [[ -n $waiting ]] || ! kube --namespace="$SERVICES_NAMESPACE" wait pods --all --for=condition=Ready \
            --timeout=5s >"$LOGS/services.log" 2>&1 || break
        is_running kubelet || fail 'the kubelet ended' "$LOGS/kubelet.log"
        ((SECONDS - start < limit)) || fail "not ready after $limit s: $waiting" "$LOGS/kubelet.log"
        if ((SECONDS - start >= next)); then
            say "not ready yet: $waiting"
            next=$((SECONDS - start + 10))
        fi
        sleep 0.5
    done
    say "the pods of $SERVICES_NAMESPACE are ready"
}

remove_services() {
    local start=$SECONDS
    step "removing namespace $SERVICES_NAMESPACE"
    kube delete namespace "$SERVICES_NAMESPACE" --ignore-not-found --wait=false >/dev/null 2>&1
    delete_now "$SERVICES_NAMESPACE" pods >/dev/null 2>&1
    until [[ -z $(kube get namespace "$SERVICES_NAMESPACE" --ignore-not-found --output=name) ]]; do
        ((SECONDS - start < 120)) || fail "namespace $SERVICES_NAMESPACE is still there" "$LOGS/kubelet.log"
        sleep 0.5
    done
    say "namespace $SERVICES_NAMESPACE is gone"
}
