# The cluster's certificate authority, the components' certificates, and kubeconfigs. Made once; `down` keeps them, so
# a kubeconfig stays valid over `down` and `up`.
# shellcheck shell=bash

create_credentials() {
    local new=$CREDENTIALS.partial api_names
    step 'creating the certificate authority and certificates'
    [[ ! -e $CREDENTIALS ]] || return 0
    rm -rf "$new"
    (
        umask 077
        mkdir -p "$new"
        cd "$new" || exit
        openssl ecparam -genkey -name prime256v1 -noout -out ca.key
        openssl req -x509 -new -key ca.key -sha256 -days 3650 -subj /CN=exhibit-test-cluster-ca \
            -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -out ca.crt
        openssl genrsa -out service-accounts.key 2048 2>/dev/null
        openssl rsa -in service-accounts.key -pubout -out service-accounts.pub 2>/dev/null

        api_names=DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc
        api_names+=,DNS:kubernetes.default.svc.cluster.local,IP:127.0.0.1,IP:$SERVICE_API_ADDRESS,IP:$NODE_ADDRESS
        issue apiserver /CN=kube-apiserver serverAuth "$api_names"
        issue kubelet-server "/O=system:nodes/CN=system:node:$NODE" serverAuth \
            "DNS:$NODE,IP:$NODE_ADDRESS,IP:127.0.0.1"
        issue apiserver-kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client clientAuth
        issue front-proxy-client /CN=front-proxy-client clientAuth
        issue admin /O=system:masters/CN=kubernetes-admin clientAuth
        issue controller-manager /CN=system:kube-controller-manager clientAuth
        issue scheduler /CN=system:kube-scheduler clientAuth
        issue kube-proxy /CN=system:kube-proxy clientAuth
        issue kubelet "/O=system:nodes/CN=system:node:$NODE" clientAuth
        issue_expired expired /O=system:masters/CN=expired-admin

        for name in controller-manager scheduler kube-proxy kubelet; do
            certificate_user "$name" | write_kubeconfig "$name.kubeconfig" "$name"
        done
        certificate_user admin | write_kubeconfig "$ADMIN_KUBECONFIG" admin
        certificate_user expired | write_kubeconfig "$ROOT/expired.kubeconfig" expired
    )
    mv "$new" "$CREDENTIALS"
    say 'certificates and kubeconfigs'
}

# issue NAME SUBJECT USAGE [NAMES]: NAME.key and NAME.crt, in the working directory.
issue() {
    request "$1" "$2"
    {
        printf 'extendedKeyUsage=%s\nkeyUsage=critical,digitalSignature,keyEncipherment\n' "$3"
        [[ -z ${4:-} ]] || printf 'subjectAltName=%s\n' "$4"
    } >"$1.extensions"
    openssl x509 -req -in "$1.request" -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -sha256 \
        -extfile "$1.extensions" -out "$1.crt" 2>/dev/null
    rm -f "$1.request" "$1.extensions"
}

# A client certificate whose day is over. Only `openssl ca` of Debian 12 can date one back.
issue_expired() {
    local name=$1 subject=$2
    request "$name" "$subject"
    : >index.txt
    cat >ca.conf <<'CONFIGURATION'
[ca]
default_ca = cluster
[cluster]
database = index.txt
rand_serial = yes
new_certs_dir = .
default_md = sha256
policy = anything
x509_extensions = client
[anything]
organizationName = optional
commonName = supplied
[client]
extendedKeyUsage = clientAuth
keyUsage = critical,digitalSignature
CONFIGURATION
    openssl ca -batch -notext -config ca.conf -cert ca.crt -keyfile ca.key -in "$name.request" -out "$name.crt" \
        -startdate 20240101000000Z -enddate 20240102000000Z 2>/dev/null
    rm -f "$name.request" ca.conf index.txt* ./*.pem
}

request() { # name, subject
    openssl ecparam -genkey -name prime256v1 -noout -out "$1.key"
    openssl req -new -key "$1.key" -subj "$2" -out "$1.request"
}

# certificate_user NAME: the user part of a kubeconfig, from NAME.crt and NAME.key in the working directory.
certificate_user() {
    printf '    client-certificate-data: %s\n    client-key-data: %s\n' \
        "$(base64 -w 0 "$1.crt")" "$(base64 -w 0 "$1.key")"
}

# write_kubeconfig FILE USER [CA]: with the user part read from standard input; complete or not there at all.
write_kubeconfig() {
    local file=$1 user=$2 authority=${3:-ca.crt}
    (
        umask 077
        cat >"$file.partial" <<KUBECONFIG
apiVersion: v1
kind: Config
clusters:
- name: exhibit-test-cluster
  cluster:
    server: https://127.0.0.1:$API_PORT
    certificate-authority-data: $(base64 -w 0 "$authority")
users:
- name: $user
  user:
$(cat)
contexts:
- name: $user@exhibit-test-cluster
  context:
    cluster: exhibit-test-cluster
    user: $user
current-context: $user@exhibit-test-cluster
KUBECONFIG
    )
    mv "$file.partial" "$file"
}
