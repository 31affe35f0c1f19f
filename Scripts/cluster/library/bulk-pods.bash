# Many small pods with logs of a known size, for measurements. A deployment, so that N can be changed either way.
# shellcheck shell=bash

BULK_PODS_LIMIT=300
# Above this the kubelet rotates the log (containerLogMaxSize 10 MiB, of which its own prefix takes a quarter), and a
# reader would get the rest only.
BULK_LOG_BYTES_LIMIT=7000000

# set_bulk_pods COUNT LOG_BYTES: until all run and have written their logs, or are gone.
set_bulk_pods() {
    local count=$1 log_bytes=$2
    ((count <= BULK_PODS_LIMIT)) || fail "at most $BULK_PODS_LIMIT pods"
    ((log_bytes >= 256 && log_bytes <= BULK_LOG_BYTES_LIMIT)) ||
        fail "a log has 256 to $BULK_LOG_BYTES_LIMIT bytes; above that the kubelet would rotate it"
    if ((count == 0)); then
        remove_bulk_pods
        return
    fi
    step "starting $count pods"
    if bulk_namespace_is_ending; then remove_bulk_pods; fi
    if [[ $(bulk_log_bytes) != "$log_bytes" ]]; then
        # Other logs need other pods: the old ones go first, or there would be twice as many for a while.
        kube --namespace="$BULK_NAMESPACE" delete deployment bulk --ignore-not-found >/dev/null
    fi
    sed -e "s|@LOG_BYTES@|$log_bytes|g" -e "s|@COUNT@|$count|g" "$SOURCES/workloads/bulk.yaml" |
        kube apply --filename=- >"$LOGS/apply.log" 2>&1 || fail 'applying workloads/bulk.yaml failed' "$LOGS/apply.log"
    wait_for_bulk_pods "$count" "$log_bytes"
}

wait_for_bulk_pods() {
    local count=$1 log_bytes=$2 limit=$((60 + 3 * $1)) start=$SECONDS next=5 ready total
    while :; do
        read -r total ready <<<"$(bulk_pod_counts)"
        ((total <= count)) || force_ending_pods
        if ((total == count && ready == count)) && bulk_logs_are_written "$count"; then break; fi
        is_running kubelet || fail 'the kubelet ended' "$LOGS/kubelet.log"
        ((SECONDS - start < limit)) ||
            fail "$ready of $count pods run after $limit s" "$LOGS/kubelet.log" "$LOGS/containerd.log"
        if ((SECONDS - start >= next)); then
            say "$ready of $count pods run ($total exist)"
            next=$((SECONDS - start + 5))
        fi
        sleep 1
    done
    say "$count pods run in $BULK_NAMESPACE, each with a log of $log_bytes bytes"
}

# What has been told to end and is not reported gone yet: see remove_bulk_pods.
force_ending_pods() {
    local pods template='{{range .items}}{{if .metadata.deletionTimestamp}}{{.metadata.name}} {{end}}{{end}}'
    read -ra pods <<<"$(kube --namespace="$BULK_NAMESPACE" get pods --output=go-template="$template")"
    ((${#pods[@]} == 0)) || kube --namespace="$BULK_NAMESPACE" delete pods "${pods[@]}" \
        --ignore-not-found --force --grace-period=0 --wait=false >/dev/null 2>&1
}

# "pods-that-exist pods-that-are-ready"
bulk_pod_counts() {
    kube --namespace="$BULK_NAMESPACE" get pods --no-headers \
        --output=custom-columns=READY:.status.containerStatuses[0].ready |
        awk '{ total++ } $1 == "true" { ready++ } END { print total + 0, ready + 0 }'
}

# The logs' last line, looked for where the kubelet keeps them: asking the server would take a minute for 300 pods.
bulk_logs_are_written() {
    local folder complete=0
    for folder in /var/log/pods/"$BULK_NAMESPACE"_*/; do
        if tail -qn 1 "$folder"app/*.log 2>/dev/null | grep -q 'log complete'; then complete=$((complete + 1)); fi
    done
    ((complete >= $1))
}

bulk_log_bytes() {
    kube --namespace="$BULK_NAMESPACE" get deployment bulk --ignore-not-found \
        --output=jsonpath='{.metadata.annotations.log-bytes}' 2>/dev/null
}

bulk_namespace_is_ending() {
    [[ $(kube get namespace "$BULK_NAMESPACE" --ignore-not-found --output=jsonpath='{.status.phase}') == Terminating ]]
}

# Forced: asked politely, the kubelet of 1.20 reports the last of many pods gone when it next collects dead containers,
# once a minute. So it is the running containers that are waited for.
remove_bulk_pods() {
    local start=$SECONDS next=5 left
    step "removing namespace $BULK_NAMESPACE"
    kube delete namespace "$BULK_NAMESPACE" --ignore-not-found --wait=false >/dev/null 2>&1
    delete_now "$BULK_NAMESPACE" deployments,replicasets,pods >/dev/null 2>&1
    while left=$(running_bulk_containers) && [[ $left != 0 || -n $(bulk_namespace) ]]; do
        ((SECONDS - start < 300)) || fail "namespace $BULK_NAMESPACE is still there after 300 s" "$LOGS/kubelet.log"
        if ((SECONDS - start >= next)); then
            say "$left containers still run"
            next=$((SECONDS - start + 5))
        fi
        sleep 1
    done
    say "namespace $BULK_NAMESPACE is gone"
}

bulk_namespace() {
    kube get namespace "$BULK_NAMESPACE" --ignore-not-found --output=name
}

# How many, the pods' sandboxes among them.
running_bulk_containers() {
    local filter="labels.\"io.kubernetes.pod.namespace\"==$BULK_NAMESPACE"
    comm -12 <(containerd_ctl tasks list --quiet | sort) <(containerd_ctl containers list --quiet "$filter" | sort) |
        wc -l
}
