# The container images, made without a registry or Docker: static programs from images/*.c, and busybox.
# shellcheck shell=bash

IMAGE_PROGRAMS=(pause holder memhog)

build_images() {
    local name source="$SOURCES/images"
    step 'building the container images'
    mkdir -p "$IMAGES" "$BINARIES" "$LOGS"
    for name in "${IMAGE_PROGRAMS[@]}"; do
        if [[ $source/$name.c -nt $IMAGES/$name.tar ]]; then
            compile "$source/$name.c" "$IMAGES/$name"
            write_image "$name" "/$name" install_program
        fi
    done
    [[ -s $IMAGES/busybox.tar ]] || write_image busybox /bin/sh install_busybox
    [[ $source/forwarder.c -ot $BINARIES/forwarder ]] || compile "$source/forwarder.c" "$BINARIES/forwarder"
    say 'images are built'
}

# compile SOURCE PROGRAM: static, so that it runs in an image that holds nothing else.
compile() {
    gcc -std=gnu11 -O2 -Wall -Wextra -Werror -static -pthread -o "$2.partial" "$1" 2>"$LOGS/compile.log" ||
        fail "compiling $1 failed" "$LOGS/compile.log"
    mv "$2.partial" "$2"
}

install_program() { # name, root folder
    cp "$IMAGES/$1" "$2/$1"
}

install_busybox() { # name, root folder
    local applet
    mkdir "$2/bin" "$2/etc"
    cp "$(command -v busybox)" "$2/bin/busybox"
    while read -r applet; do
        [[ $applet == busybox ]] || ln -s busybox "$2/bin/$applet"
    done < <(busybox --list)
    printf 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$2/etc/passwd"
    printf 'root:x:0:\nnobody:x:65534:\n' >"$2/etc/group"
}

# write_image NAME ENTRYPOINT FILL: a one-layer image registry.local/NAME:1 in the docker-archive layout, which
# `ctr images import` reads; FILL puts the files into a root folder. The same input gives the same bytes.
write_image() {
    local name=$1 entrypoint=$2 fill=$3 folder layer config digest
    folder=$(mktemp -d "$IMAGES/.$name.XXXXXX")
    layer=$folder/archive/layer.tar
    mkdir -p "$folder/archive" "$folder/root"
    chmod 755 "$folder/root"
    mkdir -m 1777 "$folder/root/tmp"
    "$fill" "$name" "$folder/root"
    reproducible_tar "$layer" "$folder/root" .
    digest=$(sha256sum "$layer" | cut -d ' ' -f 1)
    config="{\"architecture\":\"$(dpkg --print-architecture)\",\"os\":\"linux\",\"created\":\"2026-01-01T00:00:00Z\","
    config+="\"config\":{\"Env\":[\"PATH=/bin\"],\"Entrypoint\":[\"$entrypoint\"],\"WorkingDir\":\"/\"},"
    config+="\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:$digest\"]},"
    config+="\"history\":[{\"created\":\"2026-01-01T00:00:00Z\",\"created_by\":\"Scripts/test-cluster\"}]}"
    printf '%s' "$config" >"$folder/archive/config.json"
    printf '[{"Config":"config.json","RepoTags":["registry.local/%s:1"],"Layers":["layer.tar"]}]' "$name" \
        >"$folder/archive/manifest.json"
    reproducible_tar "$folder/image.tar" "$folder/archive" config.json layer.tar manifest.json
    mv "$folder/image.tar" "$IMAGES/$name.tar"
    rm -rf "$folder"
}

reproducible_tar() { # archive, folder, members...
    local archive=$1 folder=$2
    shift 2
    tar --format=gnu --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$archive" -C "$folder" "$@"
}
