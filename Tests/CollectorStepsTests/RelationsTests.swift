import CollectorSteps
import StructuredText
import Testing

/// What belongs to the pod of `PodFixtures.shell`, and what does not.
struct RelationsTests {
    private static func shell() throws -> SharedRelations {
        SharedRelations(
            Relations(
                namespace: "demo", pods: [try PodFixtures.pod(PodFixtures.shell)], uids: ["deployment-uid"],
                workloads: [.init(kind: "Deployment", name: "shell")]))
    }

    private static func object(_ name: String, uid: String = "other", _ members: JSONObject = [:]) -> JSONValue {
        var object = members
        var metadata = object["metadata"]?.object ?? [:]
        metadata["name"] = .string(name)
        metadata["uid"] = .string(uid)
        object["metadata"] = .object(metadata)
        return .object(object)
    }

    private static func service(_ name: String, _ selector: JSONValue?) -> JSONValue {
        object(name, ["spec": .object(selector.map { ["selector": $0] } ?? [:])])
    }

    private static func ingress(_ name: String, _ spec: JSONValue) -> JSONValue { object(name, ["spec": spec]) }

    private static func v1(_ service: String) -> JSONValue {
        ["service": ["name": .string(service), "port": ["number": 80]]]
    }

    @Test
    func servicesAndWhatStandsBehindAndBeforeThem() throws {
        let relations = try Self.shell()
        #expect(!relations.admit(kind: "Endpoints", Self.object("shell")), "not before its Service was seen")
        #expect(relations.admit(kind: "Service", Self.service("shell", ["app": "shell"])))
        #expect(!relations.admit(kind: "Service", Self.service("other", ["app": "other"])))
        #expect(!relations.admit(kind: "Service", Self.service("both", ["app": "shell", "tier": "x"])))
        #expect(!relations.admit(kind: "Service", Self.service("manual", nil)))
        #expect(!relations.admit(kind: "Service", Self.service("manual", [:])))
        #expect(relations.admit(kind: "Endpoints", Self.object("shell")))
        #expect(!relations.admit(kind: "Endpoints", Self.object("other")))
        func slice(_ service: String) -> JSONValue {
            Self.object("shell-x2z", ["metadata": ["labels": ["kubernetes.io/service-name": .string(service)]]])
        }
        #expect(relations.admit(kind: "EndpointSlice", slice("shell")))
        #expect(!relations.admit(kind: "EndpointSlice", slice("other")))
        #expect(!relations.admit(kind: "EndpointSlice", Self.object("shell")))
    }

    @Test
    func ingressesOfEveryVersion() throws {
        let relations = try Self.shell()
        _ = relations.admit(kind: "Service", Self.service("shell", ["app": "shell"]))
        func rules(_ backend: JSONValue) -> JSONValue {
            ["rules": [["host": "no.http"], ["host": "a", "http": ["paths": [["path": "/", "backend": backend]]]]]]
        }
        let beta: JSONValue = ["serviceName": "shell", "servicePort": 80]
        for spec: JSONValue in [
            rules(Self.v1("shell")), ["defaultBackend": Self.v1("shell")], rules(beta), ["backend": beta],
        ] {
            #expect(relations.admit(kind: "Ingress", Self.ingress("in", spec)), "\(spec)")
        }
        for spec: JSONValue in [
            rules(Self.v1("other")), ["backend": ["serviceName": "other"]], [:],
            ["defaultBackend": ["resource": ["name": "shell"]]],
        ] {
            #expect(!relations.admit(kind: "Ingress", Self.ingress("in", spec)), "\(spec)")
        }
    }

    @Test
    func policiesBudgetsAndScalers() throws {
        let relations = try Self.shell()
        func policy(_ selector: JSONValue?) -> JSONValue {
            Self.object("np", ["spec": .object(selector.map { ["podSelector": $0] } ?? [:])])
        }
        #expect(relations.admit(kind: "NetworkPolicy", policy([:])), "an empty selector is every pod")
        #expect(relations.admit(kind: "NetworkPolicy", policy(["matchLabels": ["app": "shell"]])))
        #expect(!relations.admit(kind: "NetworkPolicy", policy(["matchLabels": ["app": "db"]])))
        #expect(
            !relations.admit(
                kind: "NetworkPolicy",
                policy(["matchExpressions": [["key": "app", "operator": "NotIn", "values": ["shell"]]]])))
        #expect(
            relations.admit(
                kind: "PodDisruptionBudget", Self.object("b", ["spec": ["selector": ["matchLabels": ["app": "shell"]]]])
            ))
        #expect(!relations.admit(kind: "PodDisruptionBudget", Self.object("b", ["spec": [:]])))
        func scaler(_ kind: String, _ name: String) -> JSONValue {
            Self.object("h", ["spec": ["scaleTargetRef": ["kind": .string(kind), "name": .string(name)]]])
        }
        #expect(relations.admit(kind: "HorizontalPodAutoscaler", scaler("Deployment", "shell")))
        #expect(!relations.admit(kind: "HorizontalPodAutoscaler", scaler("StatefulSet", "shell")))
        #expect(!relations.admit(kind: "HorizontalPodAutoscaler", scaler("Deployment", "other")))
        #expect(!relations.admit(kind: "HorizontalPodAutoscaler", Self.object("h")))
    }

    @Test
    func configurationAndStorage() throws {
        let relations = try Self.shell()
        for name in ["app-config", "app-env", "app-mode", "projected-config", "kube-root-ca.crt"] {
            #expect(relations.admit(kind: "ConfigMap", Self.object(name)))
        }
        #expect(!relations.admit(kind: "ConfigMap", Self.object("other")))
        for name in ["app-secret", "app-password", "registry"] {
            #expect(relations.admit(kind: "Secret", Self.object(name)))
        }
        #expect(!relations.admit(kind: "Secret", Self.object("other")))
        func token(_ account: String) -> JSONValue {
            Self.object("t", ["metadata": ["annotations": ["kubernetes.io/service-account.name": .string(account)]]])
        }
        #expect(relations.admit(kind: "Secret", token("app")))
        #expect(!relations.admit(kind: "Secret", token("default")))
        #expect(!relations.admit(kind: "Secret", Self.object("app-dockercfg")))
        #expect(
            relations.admit(
                kind: "ServiceAccount", Self.object("app", ["imagePullSecrets": [["name": "app-dockercfg"]]])))
        #expect(!relations.admit(kind: "ServiceAccount", Self.object("default")))
        #expect(relations.admit(kind: "Secret", Self.object("app-dockercfg")), "the account names it")

        #expect(!relations.admit(kind: "PersistentVolume", Self.object("pv-1")))
        #expect(
            relations.admit(
                kind: "PersistentVolumeClaim",
                Self.object("shell-data", ["spec": ["volumeName": "pv-1", "storageClassName": "fast"]])))
        #expect(
            !relations.admit(
                kind: "PersistentVolumeClaim",
                Self.object("other", ["spec": ["volumeName": "pv-2", "storageClassName": "slow"]])))
        #expect(relations.admit(kind: "PersistentVolume", Self.object("pv-1")))
        #expect(!relations.admit(kind: "PersistentVolume", Self.object("pv-2")))
        func claimed(_ namespace: String) -> JSONValue {
            Self.object("pv-3", ["spec": ["claimRef": ["namespace": .string(namespace), "name": "shell-data"]]])
        }
        #expect(relations.admit(kind: "PersistentVolume", claimed("demo")))
        #expect(!relations.admit(kind: "PersistentVolume", claimed("elsewhere")))
        #expect(relations.admit(kind: "StorageClass", Self.object("fast")))
        #expect(!relations.admit(kind: "StorageClass", Self.object("slow")))
    }

    @Test
    func devicesAndClassesThatAPodNames() throws {
        let pod = try PodFixtures.pod(
            """
            {"metadata":{"name":"p","namespace":"demo","uid":"u"},"spec":{"priorityClassName":"high","runtimeClassName":"gvisor",
             "resourceClaims":[{"name":"a","resourceClaimName":"gpu"},{"name":"b","resourceClaimTemplateName":"nic"},
             {"name":"c","source":{"resourceClaimName":"old"}}]}}
            """)
        let relations = SharedRelations(Relations(namespace: "demo", pods: [pod]))
        for (kind, name) in [
            ("ResourceClaim", "gpu"), ("ResourceClaim", "old"), ("ResourceClaimTemplate", "nic"),
            ("PriorityClass", "high"),
            ("RuntimeClass", "gvisor"),
        ] {
            #expect(relations.admit(kind: kind, Self.object(name)), "\(kind)")
            #expect(!relations.admit(kind: kind, Self.object("other")), "\(kind)")
        }
        // One that was made from a template has the pod as its owner.
        let owned = Self.object("p-b-x7k2p", ["metadata": ["ownerReferences": [["uid": "u"]]]])
        #expect(relations.admit(kind: "ResourceClaim", owned))
        #expect(!relations.admit(kind: "ResourceClaim", Self.object("nic")))
    }

    @Test
    func permissionsByAccountGroupAndUserName() throws {
        func binding(_ role: JSONValue, _ subject: JSONValue?) -> JSONValue {
            Self.object("b", ["roleRef": role, "subjects": subject.map { [$0] } ?? []])
        }
        let subjects: [(JSONValue, Bool)] = [
            (["kind": "ServiceAccount", "name": "app", "namespace": "demo"], true),
            (["kind": "ServiceAccount", "name": "app"], true),
            (["kind": "ServiceAccount", "name": "app", "namespace": "elsewhere"], false),
            (["kind": "ServiceAccount", "name": "other", "namespace": "demo"], false),
            (["kind": "Group", "name": "system:serviceaccounts"], true),
            (["kind": "Group", "name": "system:serviceaccounts:demo"], true),
            (["kind": "Group", "name": "system:serviceaccounts:elsewhere"], false),
            (["kind": "Group", "name": "system:masters"], false),
            (["kind": "User", "name": "system:serviceaccount:demo:app"], true),
            (["kind": "User", "name": "system:serviceaccount:demo:other"], false),
            (["kind": "User", "name": "app"], false), (["name": "app"], false),
        ]
        for (subject, isBound) in subjects {
            for kind in ["RoleBinding", "ClusterRoleBinding"] {
                let relations = try Self.shell()
                #expect(
                    relations.admit(kind: kind, binding(["kind": "ClusterRole", "name": "r"], subject)) == isBound,
                    "\(subject)")
                #expect(relations.admit(kind: "ClusterRole", Self.object("r")) == isBound)
                #expect(!relations.admit(kind: "Role", Self.object("r")), "a Role of the same name is another")
            }
        }
        let relations = try Self.shell()
        #expect(!relations.admit(kind: "RoleBinding", binding(["kind": "Role", "name": "r"], nil)))
        #expect(
            relations.admit(
                kind: "RoleBinding", binding(["kind": "Role", "name": "r"], ["kind": "ServiceAccount", "name": "app"])))
        #expect(relations.admit(kind: "Role", Self.object("r")))
        #expect(!relations.admit(kind: "ClusterRole", Self.object("r")))
    }

    @Test
    func ownersUpAndDown() throws {
        let relations = try Self.shell()
        #expect(relations.admit(kind: "ReplicaSet", Self.object("x", uid: "4c705cb9-0e44-4420-8869-b3fc99d4f379")))
        #expect(relations.admit(kind: "Deployment", Self.object("shell")))
        #expect(relations.admit(kind: "Deployment", Self.object("renamed", uid: "deployment-uid")))
        #expect(!relations.admit(kind: "StatefulSet", Self.object("shell")))
        func owned(_ uid: String) -> JSONValue {
            Self.object("o", ["metadata": ["ownerReferences": [["uid": .string(uid)]]]])
        }
        #expect(relations.admit(kind: "Widget", owned("deployment-uid")))
        #expect(!relations.admit(kind: "Widget", owned("someone")))
        #expect(!relations.admit(kind: "Widget", owned("")), "no UID is nobody's")
        #expect(!relations.admit(kind: "Widget", Self.object("o", uid: "")))
    }

    @Test
    func ofOtherNodesOnlyTheEventsAreKept() throws {
        let relations = SharedRelations(
            Relations(
                namespace: "default", pods: [try PodFixtures.pod(PodFixtures.shell)], eventNodes: ["node2"]))
        func event(_ name: String) -> JSONValue {
            Self.object("e", ["involvedObject": ["kind": "Node", "name": .string(name)]])
        }
        for name in ["node1", "node2"] { #expect(relations.admit(kind: "Event", event(name)), "\(name)") }
        #expect(!relations.admit(kind: "Event", event("node3")))
        #expect(relations.admit(kind: "Node", Self.object("node1")))
        #expect(!relations.admit(kind: "Node", Self.object("node2")))
    }

    @Test
    func eventsAndWhatIsTheWholeNamespaces() throws {
        let relations = try Self.shell()
        func event(_ key: String, _ kind: String, _ name: String, uid: String = "u") -> JSONValue {
            Self.object("e", [key: ["kind": .string(kind), "name": .string(name), "uid": .string(uid)]])
        }
        for key in ["involvedObject", "regarding"] {
            #expect(relations.admit(kind: "Event", event(key, "Pod", "shell-c789ffc79-sscbx")))
            #expect(
                relations.admit(kind: "Event", event(key, "Pod", "old", uid: "f2f6e221-4ae7-4f32-b1de-24c058660d70")))
            #expect(relations.admit(kind: "Event", event(key, "Deployment", "shell")))
            #expect(relations.admit(kind: "Event", event(key, "HorizontalPodAutoscaler", "shell")))
            #expect(relations.admit(kind: "Event", event(key, "PersistentVolumeClaim", "shell-data")))
            #expect(relations.admit(kind: "Event", event(key, "Node", "node1")))
            #expect(!relations.admit(kind: "Event", event(key, "Node", "node2")))
            #expect(!relations.admit(kind: "Event", event(key, "Pod", "other", uid: "")))
        }
        #expect(!relations.admit(kind: "Event", Self.object("e")))
        for kind in ["ResourceQuota", "LimitRange"] { #expect(relations.admit(kind: kind, Self.object("any"))) }
        #expect(relations.admit(kind: "Namespace", Self.object("demo")))
        #expect(!relations.admit(kind: "Namespace", Self.object("other")))
        #expect(relations.admit(kind: "Node", Self.object("node1")))
        #expect(!relations.admit(kind: "Node", Self.object("node2")))
        #expect(relations.admit(kind: "PodMetrics", Self.object("shell-c789ffc79-sscbx")))
        #expect(!relations.admit(kind: "PodMetrics", Self.object("other")))
    }

    @Test(arguments: [
        "Service", "Endpoints", "EndpointSlice", "Ingress", "NetworkPolicy", "PodDisruptionBudget",
        "HorizontalPodAutoscaler", "ConfigMap",
        "Secret", "PersistentVolumeClaim", "PersistentVolume", "StorageClass", "ServiceAccount", "RoleBinding",
        "ClusterRoleBinding", "Role",
        "ClusterRole", "Node", "PodMetrics", "NodeMetrics", "Namespace", "Event", "Deployment", "Lease", "Anything",
    ])
    func nothingBelongsToNoPods(_ kind: String) throws {
        let relations = SharedRelations(Relations(namespace: "demo", pods: []))
        for object: JSONValue in [
            Self.object("x"), Self.object("x", ["spec": ["selector": [:], "podSelector": [:]]]), [:], .null, [], "text",
            ["metadata": ["uid": "", "name": ""], "subjects": [["kind": "ServiceAccount"]]],
        ] {
            #expect(!relations.admit(kind: kind, object), "\(object)")
        }
    }

    @Test
    func aWholeNamespaceTeachesWhatItRefersTo() throws {
        // A claim that no pod uses, a binding of a person: all of the namespace's, so the volume and the role are too.
        let shared = SharedRelations(Relations(namespace: "demo", pods: []))
        let claim = Self.object("c", ["spec": ["volumeName": "pv-9", "storageClassName": "fast"]])
        let binding = Self.object(
            "b", ["roleRef": ["kind": "ClusterRole", "name": "edit"], "subjects": [["kind": "User", "name": "ann"]]])
        #expect(shared.admit(kind: "PersistentVolumeClaim", claim, always: true))
        #expect(shared.admit(kind: "RoleBinding", binding, always: true))
        for (kind, name) in [("PersistentVolume", "pv-9"), ("StorageClass", "fast"), ("ClusterRole", "edit")] {
            #expect(shared.admit(kind: kind, Self.object(name)))
            #expect(!shared.admit(kind: kind, Self.object("other")))
        }
    }
}
