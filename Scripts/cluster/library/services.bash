# Redis and PostgreSQL as Debian has them, in every state that the collectors for them must tell apart.
# shellcheck shell=bash

SERVICE_PACKAGES=(redis-server redis-tools postgresql-15 postgresql-client-15)

SERVICE_IMAGES=(redis postgres)

build_services() {
    local stage=$BUILD/services
    fetch_service_packages "$stage" "${SERVICE_PACKAGES[@]}"
    SERVICE_ROOT=$stage/root write_image redis /bin/sh install_redis
    SERVICE_ROOT=$stage/root write_image postgres /bin/sh install_postgres
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
