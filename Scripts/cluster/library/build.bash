# The Kubernetes server binaries, built once from Debian 12's source package `kubernetes` (the upstream 1.20 tree with
# its vendor folder; Debian's own binary package is kubectl alone) with Debian's Go 1.19.
# Every stage leaves its result behind, so an interrupted build goes on where it was.
# shellcheck shell=bash

KUBERNETES_VERSION=v1.20.2
KUBERNETES_TARBALL=kubernetes_1.20.5+really1.20.2.orig.tar.gz
KUBERNETES_BINARIES=(kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy)

build_kubernetes() {
    local missing=() name
    for name in "${KUBERNETES_BINARIES[@]}"; do
        [[ -x $BINARIES/$name ]] || missing+=("$name")
    done
    if ((${#missing[@]} == 0)); then
        say "Kubernetes $KUBERNETES_VERSION is built"
        return
    fi
    say "building Kubernetes $KUBERNETES_VERSION (once; 5 to 15 minutes on two cores): ${missing[*]}"
    apt_install golang-1.19-go golang-github-modern-go-reflect2-dev dpkg-dev
    mkdir -p "$BUILD" "$BINARIES" "$LOGS"
    download_source
    unpack_source
    build_environment
    generate_openapi
    for name in "${missing[@]}"; do
        build_binary "$name"
    done
    rm -rf "$BUILD"
}

source_tree() { printf '%s' "$BUILD/gopath/src/k8s.io/kubernetes"; }

# What every command of the build is run under: in the source tree, Go 1.19 in GOPATH mode, which Kubernetes 1.20 with
# its symbolic links from vendor/ to staging/ needs, without a network and out of everybody's way.
build_environment() {
    BUILD_ENVIRONMENT=(env --chdir="$(source_tree)" PATH="/usr/lib/go-1.19/bin:$PATH" GOPATH="$BUILD/gopath"
        GOCACHE="$BUILD/gocache" GO111MODULE=off GOPROXY=off GOFLAGS=-trimpath CGO_ENABLED=0 nice -n 10)
}

# The source package, checked by apt against Debian's signature, from the mirror this machine uses. The source index
# goes into lists of our own: the machine's apt configuration stays as it is.
download_source() {
    local mirror apt
    [[ -s $BUILD/$KUBERNETES_TARBALL ]] && return
    step 'finding the Debian mirror'
    # apt's own placeholder, not the shell's
    # shellcheck disable=SC2016
    mirror=$(apt-get indextargets --format '$(REPO_URI)' \
        'Created-By: Packages' 'Codename: bookworm' 'Component: main' | head -n 1)
    [[ -n $mirror ]] || fail 'apt knows no mirror of Debian 12 (bookworm); this script needs Debian 12'
    mkdir -p "$BUILD/lists/partial" "$BUILD/download"
    printf 'deb-src %s bookworm main\n' "$mirror" >"$BUILD/sources.list"
    apt=(apt-get -o "Dir::Etc::sourcelist=$BUILD/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o "Dir::State::lists=$BUILD/lists" -o APT::Sandbox::User=root)
    run_long 'reading the index of Debian source packages' "$LOGS/build-index.log" "${apt[@]}" update
    run_long 'downloading the source package kubernetes' "$LOGS/build-download.log" \
        env --chdir="$BUILD/download" "${apt[@]}" source --download-only kubernetes
    [[ -s $BUILD/download/$KUBERNETES_TARBALL ]] ||
        fail "the source package kubernetes no longer holds $KUBERNETES_TARBALL" "$LOGS/build-download.log"
    mv "$BUILD/download/$KUBERNETES_TARBALL" "$BUILD/"
    say 'source downloaded'
}

unpack_source() {
    local tree reflect2
    tree=$(source_tree)
    [[ -e $BUILD/unpacked ]] && return
    rm -rf "$tree"
    mkdir -p "$tree"
    run_long 'unpacking the source' "$LOGS/build-unpack.log" \
        tar -xzf "$BUILD/$KUBERNETES_TARBALL" -C "$tree" --strip-components=1
    # reflect2 1.0.1, which it vendors, crashes an API server built with Go 1.18 or later on the first custom resource.
    reflect2=vendor/github.com/modern-go/reflect2
    rm -rf "${tree:?}/$reflect2"
    mkdir "$tree/$reflect2"
    cp /usr/share/gocode/src/github.com/modern-go/reflect2/*.{go,s} "$tree/$reflect2/"
    write_version "$tree"/staging/src/k8s.io/{component-base,client-go/pkg}/version/base.go
    touch "$BUILD/unpacked"
    say 'source unpacked'
}

# Which release this is, which upstream's build says by linker flags. In two places: `--version` prints component-base's,
# and the API server answers /version with client-go's.
write_version() {
    local numbers
    IFS=. read -ra numbers <<<"${KUBERNETES_VERSION#v}"
    sed -i -E -e "s|^(\tgitMajor) .*|\1 string = \"${numbers[0]}\"|" \
        -e "s|^(\tgitMinor) .*|\1 string = \"${numbers[1]}\"|" \
        -e "s|^(\tgitVersion) .*|\1 string = \"$KUBERNETES_VERSION\"|" \
        -e 's|^(\tgitTreeState) .*|\1 string = "clean"|' "$@"
}

# The one generated file the tarball lacks (upstream: make generated_files). The generator reports violations of the
# API conventions; that they are exactly those upstream lists shows that it saw every package.
generate_openapi() {
    local generator=$BUILD/openapi-gen
    [[ -e $BUILD/generated ]] && return
    run_long 'building openapi-gen' "$LOGS/build-openapi-gen.log" \
        "${BUILD_ENVIRONMENT[@]}" go build -o "$generator" k8s.io/kubernetes/vendor/k8s.io/kube-openapi/cmd/openapi-gen
    run_long 'generating the OpenAPI definitions' "$LOGS/build-openapi.log" \
        "${BUILD_ENVIRONMENT[@]}" "$generator" --logtostderr -i "$(openapi_packages)" \
        -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi \
        -h hack/boilerplate/boilerplate.generatego.txt -r "$BUILD/violations"
    cmp -s "$BUILD/violations" "$(source_tree)/api/api-rules/violation_exceptions.list" ||
        fail 'the generated OpenAPI definitions are not those of upstream' "$LOGS/build-openapi.log"
    touch "$BUILD/generated"
    say 'OpenAPI definitions generated'
}

# Every package with the tag, as import paths joined by commas.
openapi_packages() {
    (
        cd "$(source_tree)" || exit
        find -H . \( -path './_*' -o -path './.?*' -o -path ./vendor \) -prune -o -type f -name '*.go' -print |
            grep -vE '/(code-generator|sample-apiserver)/' |
            xargs grep -l '^// *+k8s:openapi-gen=' |
            sed 's|^\./staging/src|vendor|; s|^\./||; s|/[^/]*$||; s|^|k8s.io/kubernetes/|' |
            sort -u | paste -sd,
    )
}

build_binary() {
    local name=$1 start=$SECONDS
    run_long "building $name" "$LOGS/build-$name.log" \
        "${BUILD_ENVIRONMENT[@]}" go build -ldflags '-s -w' -o "$BUILD/$name" "k8s.io/kubernetes/cmd/$name"
    [[ $("$BUILD/$name" --version 2>&1) == "Kubernetes $KUBERNETES_VERSION" ]] ||
        fail "$name does not start, or is not $KUBERNETES_VERSION" "$LOGS/build-$name.log"
    mv "$BUILD/$name" "$BINARIES/$name"
    say "built $name in $((SECONDS - start)) s"
}
