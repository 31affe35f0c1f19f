# Prometheus, Alertmanager, node exporter and ClickHouse as Debian has them, and services that misbehave over HTTP.
# shellcheck shell=bash

WEB_PACKAGES=(prometheus prometheus-alertmanager prometheus-node-exporter clickhouse-server)
WEB_IMAGES=(prometheus alertmanager node-exporter clickhouse-server)

build_web_services() {
    local stage=$BUILD/web-services
    fetch_service_packages "$stage" "${WEB_PACKAGES[@]}"
    # No shell in these: what is captured of them needs none.
    SERVICE_ROOT=$stage/root write_image prometheus /usr/bin/prometheus install_web_program
    SERVICE_ROOT=$stage/root write_image alertmanager /usr/bin/prometheus-alertmanager install_alertmanager
    SERVICE_ROOT=$stage/root write_image node-exporter /usr/bin/prometheus-node-exporter install_web_program
    SERVICE_ROOT=$stage/root write_image clickhouse-server /usr/sbin/clickhouse-server install_clickhouse
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
