# The image of the node agent, of a program that was built here, with the libraries that it is linked to: for tests. What is carried
# is made by Scripts/release and Scripts/image.
# shellcheck shell=bash

AGENT_IMAGE=registry.local/exhibit

# make_agent_image PROGRAM: prints the image's name with its digest, by which pods must name it.
make_agent_image() {
    local program=$1 digest
    [[ -x $program ]] || fail "there is no program $program"
    step 'making the image of the node agent'
    mkdir -p "$IMAGES" "$LOGS"
    AGENT_PROGRAM=$program write_image exhibit /exhibit install_agent
    containerd_ctl images import "$IMAGES/exhibit.tar" >"$LOGS/import.log" 2>&1 ||
        fail 'importing the image of the node agent failed' "$LOGS/import.log" "$LOGS/containerd.log"
    digest=$(containerd_ctl images list "name==$AGENT_IMAGE:1" | awk 'NR == 2 { print $3 }')
    [[ $digest == sha256:* ]] || fail 'the image of the node agent is not there after its import'
    containerd_ctl images tag --force "$AGENT_IMAGE:1" "$AGENT_IMAGE@$digest" >>"$LOGS/import.log" 2>&1
    rm -f "$IMAGES/exhibit.tar"
    say "image of the node agent: $AGENT_IMAGE@$digest"
    printf '%s@%s\n' "$AGENT_IMAGE" "$digest"
}

install_agent() { # name, root folder
    local library
    cp "$AGENT_PROGRAM" "$2/exhibit"
    # "name => path (address)", and the loader alone: "path (address)".
    while read -r library; do
        mkdir -p "$2$(dirname -- "$library")"
        cp -L "$library" "$2$library"
    done < <(ldd "$AGENT_PROGRAM" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }')
}
