/// The kinds that Kubernetes has itself, for captures that do not say what was served.
///
/// Source: `kubectl api-resources` of Kubernetes 1.32.
enum KubernetesKinds {
    struct Kind: Sendable {
        let group, version, kind, plural: String
        let isNamespaced: Bool
        let shortNames, categories: [String]
    }

    static let all: [Kind] = table.split(separator: "\n").flatMap { line -> [Kind] in
        let words = line.split(separator: " ").map(String.init)
        guard words.count >= 4 else { return [] }
        let version = words[0].split(separator: "/").map(String.init)
        return [
            Kind(
                group: version.count > 1 ? version[0] : "", version: version.last ?? "v1", kind: words[1],
                plural: words[2], isNamespaced: words[3] == "n",
                shortNames: words.count > 4 && words[4] != "-" ? words[4].split(separator: ",").map(String.init) : [],
                categories: words.count > 5 ? [words[5]] : [])
        ]
    }

    /// How a kind without a definition is called in paths, as the API machinery guesses it.
    static func plural(of kind: String) -> String {
        let kind = kind.lowercased()
        if kind == "endpoints" { return kind }
        if kind.hasSuffix("s") { return kind + "es" }
        if kind.hasSuffix("y") { return kind.dropLast() + "ies" }
        return kind + "s"
    }

    /// Version, kind, resource, `n` for those in namespaces, short names, category.
    private static let table = """
        v1 ComponentStatus componentstatuses c cs
        v1 ConfigMap configmaps n cm
        v1 Endpoints endpoints n ep
        v1 Event events n ev
        v1 LimitRange limitranges n limits
        v1 Namespace namespaces c ns
        v1 Node nodes c no
        v1 PersistentVolumeClaim persistentvolumeclaims n pvc
        v1 PersistentVolume persistentvolumes c pv
        v1 Pod pods n po all
        v1 PodTemplate podtemplates n
        v1 ReplicationController replicationcontrollers n rc all
        v1 ResourceQuota resourcequotas n quota
        v1 Secret secrets n
        v1 ServiceAccount serviceaccounts n sa
        v1 Service services n svc all
        admissionregistration.k8s.io/v1 MutatingWebhookConfiguration mutatingwebhookconfigurations c - api-extensions
        admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy validatingadmissionpolicies c - api-extensions
        admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings c - api-extensions
        admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration validatingwebhookconfigurations c - api-extensions
        apiextensions.k8s.io/v1 CustomResourceDefinition customresourcedefinitions c crd,crds api-extensions
        apiregistration.k8s.io/v1 APIService apiservices c - api-extensions
        apps/v1 ControllerRevision controllerrevisions n
        apps/v1 DaemonSet daemonsets n ds all
        apps/v1 Deployment deployments n deploy all
        apps/v1 ReplicaSet replicasets n rs all
        apps/v1 StatefulSet statefulsets n sts all
        autoscaling/v2 HorizontalPodAutoscaler horizontalpodautoscalers n hpa all
        batch/v1 CronJob cronjobs n cj all
        batch/v1 Job jobs n - all
        certificates.k8s.io/v1 CertificateSigningRequest certificatesigningrequests c csr
        coordination.k8s.io/v1 Lease leases n
        discovery.k8s.io/v1 EndpointSlice endpointslices n
        events.k8s.io/v1 Event events n ev
        flowcontrol.apiserver.k8s.io/v1 FlowSchema flowschemas c
        flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration prioritylevelconfigurations c
        networking.k8s.io/v1 IngressClass ingressclasses c
        networking.k8s.io/v1 Ingress ingresses n ing
        networking.k8s.io/v1 NetworkPolicy networkpolicies n netpol
        node.k8s.io/v1 RuntimeClass runtimeclasses c
        policy/v1 PodDisruptionBudget poddisruptionbudgets n pdb
        policy/v1beta1 PodSecurityPolicy podsecuritypolicies c psp
        rbac.authorization.k8s.io/v1 ClusterRoleBinding clusterrolebindings c
        rbac.authorization.k8s.io/v1 ClusterRole clusterroles c
        rbac.authorization.k8s.io/v1 RoleBinding rolebindings n
        rbac.authorization.k8s.io/v1 Role roles n
        scheduling.k8s.io/v1 PriorityClass priorityclasses c pc
        storage.k8s.io/v1 CSIDriver csidrivers c
        storage.k8s.io/v1 CSINode csinodes c
        storage.k8s.io/v1 CSIStorageCapacity csistoragecapacities n
        storage.k8s.io/v1 StorageClass storageclasses c sc
        storage.k8s.io/v1 VolumeAttachment volumeattachments c
        """

    /// Kinds that only old clusters have: they are served where there are such objects.
    static let onlyIfThere: Set<String> = ["ComponentStatus", "PodSecurityPolicy"]
}
