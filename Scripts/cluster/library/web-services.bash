# Prometheus, Alertmanager, node exporter and ClickHouse as Debian has them, and services that misbehave over HTTP.
# shellcheck shell=bash

WEB_PACKAGES=(prometheus prometheus-alertmanager prometheus-node-exporter clickhouse-server)
WEB_IMAGES=(prometheus alertmanager node-exporter clickhouse-server)

set_web_services() { # on or off
    if [[ $1 == off ]]; then
        remove_web_services
        return
    fi
    build_web_images
    import_web_images
    step "applying workloads/web-services.yaml"
    if [[ $(web_digest) != "$(applied_web_digest)" ]]; then remove_web_services; fi
    retry_apply "$SOURCES/workloads/web-services.yaml"
    kube annotate namespace "$WEB_NAMESPACE" --overwrite "workloads=$(web_digest)" >"$LOGS/apply-web.log" 2>&1
    step "waiting for the pods of $WEB_NAMESPACE"
    kube --namespace="$WEB_NAMESPACE" wait pods --all --for=condition=Ready --timeout=120s >"$LOGS/web-services.log" 2>&1 ||
        fail "the pods of $WEB_NAMESPACE are not ready" "$LOGS/web-services.log" "$LOGS/kubelet.log"
    say "the pods of $WEB_NAMESPACE are ready"
}

# As the images of Redis and PostgreSQL: downloaded and unpacked, never installed.
build_web_images() {
    local IMAGES=$IMAGES/web stage=$BUILD/web package
    [[ ! -s $IMAGES/clickhouse-server.tar || ${BASH_SOURCE[0]} -nt $IMAGES/clickhouse-server.tar ]] || return 0
    step 'building the images of prometheus and others'
    rm -rf "$stage"
    mkdir -p "$IMAGES" "$stage/packages/partial" "$stage/root"
    have_package_lists ||
        run_long 'apt: updating the package lists' "$LOGS/apt-update.log" apt-get -o DPkg::Lock::Timeout=600 update
    run_long "apt: fetching ${WEB_PACKAGES[*]}" "$LOGS/apt-web.log" \
        apt-get -o Dir::Cache::archives="$stage/packages" -o DPkg::Lock::Timeout=600 \
        install -y --reinstall --download-only --no-install-recommends "${WEB_PACKAGES[@]}"
    for package in "$stage"/packages/*.deb; do dpkg --extract "$package" "$stage/root"; done
    # No shell in these: what is captured of them needs none.
    SERVICE_ROOT=$stage/root write_image prometheus /usr/bin/prometheus install_web_program
    SERVICE_ROOT=$stage/root write_image alertmanager /usr/bin/prometheus-alertmanager install_alertmanager
    SERVICE_ROOT=$stage/root write_image node-exporter /usr/bin/prometheus-node-exporter install_web_program
    SERVICE_ROOT=$stage/root write_image clickhouse-server /usr/sbin/clickhouse-server install_clickhouse
    rm -rf "$stage"
    say 'images of prometheus and others are built'
}

install_web_program() { # name, root folder
    local program=$1
    [[ $1 == prometheus ]] || program=prometheus-$1
    mkdir -p "$2/etc/prometheus"
    install_service_files "$2" "usr/bin/$program"
}

install_alertmanager() { # name, root folder
    install_web_program "$1" "$2"
    mkdir -p "$2/usr/share/prometheus/alertmanager"
    cp "$SERVICE_ROOT"/usr/share/prometheus/alertmanager/*.tmpl "$2/usr/share/prometheus/alertmanager/"
}

install_clickhouse() { # name, root folder
    install_service_files "$2" usr/sbin/clickhouse-server
    mkdir -p "$2/etc/clickhouse-server" "$2/usr/share/zoneinfo"
    cp /usr/share/zoneinfo/UTC "$2/usr/share/zoneinfo/"
    cp "$SERVICE_ROOT"/etc/clickhouse-server/{config,users}.xml "$2/etc/clickhouse-server/"
}

import_web_images() {
    local digests name
    digests=$(cd "$IMAGES/web" && sha256sum -- *.tar)
    [[ ! -s $STATE/imported-web || $(<"$STATE/imported-web") != "$digests" ]] || return 0
    step 'importing the images of prometheus and others'
    for name in "${WEB_IMAGES[@]}"; do
        containerd_ctl images import "$IMAGES/web/$name.tar" >"$LOGS/import-web.log" 2>&1 ||
            fail "importing $name.tar failed" "$LOGS/import-web.log" "$LOGS/containerd.log"
    done
    printf '%s\n' "$digests" >"$STATE/imported-web"
}

web_digest() {
    cat "$SOURCES/workloads/web-services.yaml" "$IMAGES"/web/*.tar | sha256sum | cut -c 1-32
}

applied_web_digest() {
    kube get namespace "$WEB_NAMESPACE" --ignore-not-found --output=jsonpath='{.metadata.annotations.workloads}' \
        2>/dev/null
}

remove_web_services() {
    local start=$SECONDS
    step "removing namespace $WEB_NAMESPACE"
    kube delete namespace "$WEB_NAMESPACE" --ignore-not-found --wait=false >/dev/null 2>&1
    delete_now "$WEB_NAMESPACE" pods >/dev/null 2>&1
    until [[ -z $(kube get namespace "$WEB_NAMESPACE" --ignore-not-found --output=name) ]]; do
        ((SECONDS - start < 120)) || fail "namespace $WEB_NAMESPACE is still there" "$LOGS/kubelet.log"
        sleep 0.5
    done
    say "namespace $WEB_NAMESPACE is gone"
}
