# The workloads of namespace exhibit-demo, and the states `up` waits for.
# shellcheck shell=bash

apply_workloads() {
    local file
    # Order matters: controllers before custom objects, and the quota last, because until its first status it admits
    # no pod.
    for file in definitions settings healthy failing custom-objects limits; do
        step "applying workloads/$file.yaml"
        retry_apply "$SOURCES/workloads/$file.yaml"
    done
    say 'workloads applied'
}

# Applied again for a while when refused: what one object needs of another (the definition of a custom resource, a
# namespace's default account) takes the server a moment.
retry_apply() {
    local deadline=$((SECONDS + 30))
    until kube apply --filename="$1" >"$LOGS/apply.log" 2>&1; do
        ((SECONDS < deadline)) || fail "applying ${1##*/} failed" "$LOGS/apply.log"
        sleep 0.5
    done
}

# Each line: what is expected, and a regular expression for a line of workloads/states.gotemplate that shows it.
expected_states() {
    cat <<'EXPECTED'
deployment shell available|^Deployment shell .*available=1 
deployment distroless available|^Deployment distroless .*available=1 
statefulset store ready|^StatefulSet store .*ready=1 
daemonset agent available|^DaemonSet agent .*available=1 
pod pair running with two containers|^Pod pair Running .*ready=truetrue 
pod logs running with two containers|^Pod logs Running .*ready=truetrue 
pod privileged-hostpid running|^Pod privileged-hostpid Running .*ready=true 
job once complete|^Job once .*Complete=True 
pod crashloop in CrashLoopBackOff after exit 42|^Pod crashloop .*waiting=CrashLoopBackOff .*last=Error/42 
pod oomkilled restarted after OOMKilled|^Pod oomkilled .*last=OOMKilled/137 
pod oomkilled-once ended by OOMKilled|^Pod oomkilled-once Failed .*ended=OOMKilled/137 
pod imagepull in ImagePullBackOff|^Pod imagepull Pending .*waiting=ImagePullBackOff 
pod pending unschedulable|^Pod pending Pending .*PodScheduled=Unschedulable 
event FailedScheduling of pod pending|^Event pending FailedScheduling 
pod initfail in Init:CrashLoopBackOff|^Pod initfail Pending .*init-waiting=CrashLoopBackOff 
claim shell-data bound|^PersistentVolumeClaim shell-data Bound 
claim unbound pending|^PersistentVolumeClaim unbound Pending 
EXPECTED
}

wait_for_expected_states() {
    local limit=180 expected missing states line next=15 start=$SECONDS
    step 'waiting for the expected states of the workloads'
    mapfile -t missing < <(expected_states)
    while ((${#missing[@]})); do
        # One request for everything: an expectation once met stays met, as a crash loop comes and goes.
        states=$(states_of_workloads) || states=''
        expected=("${missing[@]}")
        missing=()
        for line in "${expected[@]}"; do
            grep -qE -- "${line#*|}" <<<"$states" || missing+=("$line")
        done
        ((${#missing[@]})) || break
        if ((SECONDS - start >= limit)); then
            printf '%s\n' "$states" >"$LOGS/states.log"
            printf '%s\n' "${missing[@]%%|*}" | sed 's/^/    not yet: /' >&"$PROGRESS"
            fail "${#missing[@]} of the expected states did not come within $limit s" \
                "$LOGS/states.log" "$LOGS/kubelet.log"
        fi
        if ((SECONDS - start >= next)); then
            say "waiting for ${#missing[@]} states, the first: ${missing[0]%%|*}"
            next=$((next + 15))
        fi
        sleep 1
    done
    wait_until 60 'crashloop has a previous log' kubelet crashloop_has_previous_log
    wait_until 60 'distroless holds a connection through a service' kubelet distroless_is_connected
    say 'workloads are in their expected states'
}

states_of_workloads() {
    kube --namespace="$DEMO_NAMESPACE" get \
        pods,deployments.apps,statefulsets.apps,daemonsets.apps,jobs.batch,persistentvolumeclaims,events \
        --output=go-template-file="$SOURCES/workloads/states.gotemplate" 2>/dev/null
}

crashloop_has_previous_log() {
    kube --namespace="$DEMO_NAMESPACE" logs crashloop --previous | grep 'panic: boom'
}

distroless_is_connected() {
    kube --namespace="$DEMO_NAMESPACE" logs deployment/distroless | grep 'connected 10.96.0.50:9000'
}
