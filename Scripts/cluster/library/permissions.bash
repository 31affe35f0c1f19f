# Service accounts that may do little or nothing, and a kubeconfig for each beside the administrator's.
# shellcheck shell=bash

apply_permissions() {
    local account
    step 'creating the accounts with few permissions'
    kube apply --filename="$SOURCES/workloads/permissions.yaml" >"$LOGS/apply.log" 2>&1 ||
        fail 'applying workloads/permissions.yaml failed' "$LOGS/apply.log"
    for account in restricted nothing; do
        token_user "$account" | write_kubeconfig "$ROOT/$account.kubeconfig" "$account" "$CREDENTIALS/ca.crt"
    done
    say 'accounts: restricted, nothing, expired'
}

# token_user ACCOUNT: the user part of a kubeconfig with a token for ten years. The API server signs it itself, so it
# works without a controller manager, and it carries the account's uid, so it has to be asked for at each `up`.
token_user() {
    local response=
    response=$(kube create --raw "/api/v1/namespaces/$DEMO_NAMESPACE/serviceaccounts/$1/token" --filename=- <<'REQUEST'
{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":315360000}}
REQUEST
    )
    [[ $response =~ \"token\":\"([A-Za-z0-9._-]+)\" ]] || return 1
    printf '    token: %s\n' "${BASH_REMATCH[1]}"
}
