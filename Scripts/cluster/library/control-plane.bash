# etcd, the API server and the way to it; then the controllers.
# shellcheck shell=bash

# kube COMMAND...: kubectl as the administrator of this cluster, whatever KUBECONFIG says. A server that hangs is an
# error, not a wait without end.
kube() {
    kubectl --kubeconfig="$ADMIN_KUBECONFIG" --request-timeout=20s "$@"
}

# shellcheck disable=SC2054  # the commas belong to the values
start_control_plane() {
    local etcd=(etcd --name=etcd --data-dir="$STATE/etcd"
        --unsafe-no-fsync # a test cluster's data is worth less than the wait for the disk
        --listen-client-urls=http://127.0.0.1:2379 --advertise-client-urls=http://127.0.0.1:2379
        --listen-peer-urls=http://127.0.0.1:2380 --initial-advertise-peer-urls=http://127.0.0.1:2380
        --initial-cluster=etcd=http://127.0.0.1:2380)
    local apiserver=("$BINARIES/kube-apiserver"
        --etcd-servers=http://127.0.0.1:2379 --bind-address=0.0.0.0 --secure-port="$API_PORT" --insecure-port=0
        --advertise-address="$NODE_ADDRESS" --service-cluster-ip-range="$SERVICE_SUBNET"
        --client-ca-file="$CREDENTIALS/ca.crt"
        --tls-cert-file="$CREDENTIALS/apiserver.crt" --tls-private-key-file="$CREDENTIALS/apiserver.key"
        --kubelet-certificate-authority="$CREDENTIALS/ca.crt"
        --kubelet-client-certificate="$CREDENTIALS/apiserver-kubelet-client.crt"
        --kubelet-client-key="$CREDENTIALS/apiserver-kubelet-client.key"
        --kubelet-preferred-address-types=InternalIP
        --service-account-issuer=https://kubernetes.default.svc.cluster.local
        --service-account-key-file="$CREDENTIALS/service-accounts.pub"
        --service-account-signing-key-file="$CREDENTIALS/service-accounts.key"
        --requestheader-client-ca-file="$CREDENTIALS/ca.crt" --requestheader-allowed-names=front-proxy-client
        --requestheader-extra-headers-prefix=X-Remote-Extra- --requestheader-group-headers=X-Remote-Group
        --requestheader-username-headers=X-Remote-User
        --proxy-client-cert-file="$CREDENTIALS/front-proxy-client.crt"
        --proxy-client-key-file="$CREDENTIALS/front-proxy-client.key"
        --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true
        --feature-gates=EphemeralContainers=true # alpha in 1.20
        --audit-policy-file="$CONFIGURATION/audit-policy.yaml"
        --audit-log-path="$LOGS/audit.log" --audit-log-maxsize=50 --audit-log-maxbackup=1 --v=1)

    start_inside etcd "${etcd[@]}"
    start_inside kube-apiserver "${apiserver[@]}"
    start_forwarder
    wait_until 120 'the API server is ready' kube-apiserver api_is_ready
    say "API server ready ($KUBERNETES_VERSION)"
}

api_is_ready() {
    is_running etcd || fail 'etcd ended' "$LOGS/etcd.log"
    kubectl --kubeconfig="$ADMIN_KUBECONFIG" --request-timeout=5s get --raw /readyz
}

# etcd_call METHOD BODY: its JSON gateway.
etcd_call() {
    nsenter --net="/run/netns/$NETNS" -- curl --silent --show-error --fail --noproxy '*' --data "$2" \
        "http://127.0.0.1:2379/v3/kv/$1"
}

compact_etcd() {
    local answer
    # Something is written, under a name that is none of the API server's (`exhibit`): a cluster in which nothing happened meanwhile
    # has no state but the present one to forget, and etcd refuses to forget the same twice.
    answer=$(etcd_call put '{"key": "ZXhoaWJpdA==", "value": ""}')
    [[ $answer =~ \"revision\":\"([0-9]+)\" ]] || fail "etcd does not tell its revision: $answer"
    etcd_call compaction "{\"revision\": ${BASH_REMATCH[1]}}" >/dev/null
    say "etcd has forgotten what was before revision ${BASH_REMATCH[1]}"
}

# delete_now NAMESPACE KINDS: all objects of those kinds, without waiting for a kubelet to say that they have ended.
delete_now() {
    kube --namespace="$1" delete "$2" --all --force --grace-period=0 --wait=false
}

start_controllers() {
    # The objects of an earlier run say that its pods still run. They do not; have them made anew.
    is_running kubelet || forget_dead_pods
    start_inside kube-controller-manager "$BINARIES/kube-controller-manager" \
        --kubeconfig="$CREDENTIALS/controller-manager.kubeconfig" --bind-address=127.0.0.1 --leader-elect=false \
        --use-service-account-credentials=true \
        --service-account-private-key-file="$CREDENTIALS/service-accounts.key" --root-ca-file="$CREDENTIALS/ca.crt" \
        --cluster-signing-cert-file="$CREDENTIALS/ca.crt" --cluster-signing-key-file="$CREDENTIALS/ca.key" \
        --allocate-node-cidrs=true --cluster-cidr="$POD_SUBNET" --node-cidr-mask-size="$NODE_POD_MASK" \
        --service-cluster-ip-range="$SERVICE_SUBNET" --kube-api-qps=300 --kube-api-burst=600 \
        --flex-volume-plugin-dir="$STATE/kubelet/volume-plugins" --feature-gates=EphemeralContainers=true --v=1
    start_inside kube-scheduler "$BINARIES/kube-scheduler" \
        --kubeconfig="$CREDENTIALS/scheduler.kubeconfig" --bind-address=127.0.0.1 --leader-elect=false \
        --kube-api-qps=300 --kube-api-burst=600 --feature-gates=EphemeralContainers=true --v=1
}

# Only in our own namespaces: what else somebody made, the kubelet starts again as after a power cut.
forget_dead_pods() {
    local log=$LOGS/forget.log
    step 'removing the pods of the last run'
    {
        kube delete namespace "$BULK_NAMESPACE" --ignore-not-found --wait=false
        kube delete namespace "$SERVICES_NAMESPACE" --ignore-not-found --wait=false
        delete_now "$BULK_NAMESPACE" deployments,replicasets,pods
        delete_now "$SERVICES_NAMESPACE" pods
        delete_now "$DEMO_NAMESPACE" jobs,pods
    } >"$log" 2>&1 || fail 'removing the pods of the last run failed' "$log"
}
