import OfflineServer
import StructuredText
import Testing

/// What no recorded server had: rules of k8s.io/kubernetes 1.32, pkg/printers/internalversion/printers.go.
struct PrinterTests {
    private struct Case: Sendable {
        let resource: String
        let object: String
        let cells: [String: JSONValue]
    }

    private static let cases: [Case] = [
        Case(
            resource: "nodes",
            object: #"""
                {"metadata":{"name":"n","creationTimestamp":"2026-11-20T12:00:00Z",
                "labels":{"node-role.kubernetes.io/worker":"","node-role.kubernetes.io/control-plane":""}},
                "spec":{"unschedulable":true},"status":{"conditions":[{"type":"Ready","status":"Unknown"}],
                "addresses":[{"type":"InternalIP","address":"10.0.0.1"}],"nodeInfo":{"kubeletVersion":"v1.32.0"}}}
                """#,
            cells: [
                "Status": "NotReady,SchedulingDisabled", "Roles": "control-plane,worker", "Age": "10d",
                "Version": "v1.32.0", "Internal-IP": "10.0.0.1", "External-IP": "<none>", "OS-Image": "<unknown>",
            ]),
        Case(
            resource: "services",
            object: #"""
                {"metadata":{"name":"s"},"spec":{"type":"LoadBalancer","clusterIP":"10.96.0.1","externalIPs":["1.1.1.1"],
                "ports":[{"port":80,"nodePort":30080,"protocol":"TCP"}]},
                "status":{"loadBalancer":{"ingress":[{"hostname":"b.example"},{"ip":"2.2.2.2"}]}}}
                """#,
            cells: [
                "Cluster-IP": "10.96.0.1", "External-IP": "2.2.2.2,b.example,1.1.1.1", "Port(s)": "80:30080/TCP",
            ]),
        Case(
            resource: "services", object: #"{"metadata":{"name":"s"},"spec":{"type":"LoadBalancer"}}"#,
            cells: ["External-IP": "<pending>"]),
        Case(
            resource: "endpoints",
            object: #"""
                {"metadata":{"name":"e"},"subsets":[{"addresses":[{"ip":"10.0.0.1"},{"ip":"fd00::1"}],
                "ports":[{"port":80},{"port":81}]}]}
                """#,
            cells: ["Endpoints": "10.0.0.1:80,[fd00::1]:80,10.0.0.1:81 + 1 more..."]),
        Case(
            resource: "ingresses.networking.k8s.io",
            object: #"""
                {"metadata":{"name":"i"},"spec":{"tls":[{}],"rules":[{"host":"a"},{},{"host":"b"},{"host":"c"},{"host":"d"}]}}
                """#,
            cells: ["Hosts": "a,b,c + 2 more...", "Ports": "80, 443", "Class": "<none>"]),
        Case(
            resource: "deployments.apps",
            object: #"""
                {"metadata":{"name":"d"},"spec":{"replicas":3,"selector":{"matchLabels":{"b":"1"},
                "matchExpressions":[{"key":"a","operator":"In","values":["y","x"]},{"key":"c","operator":"DoesNotExist"}]}}}
                """#,
            cells: ["Ready": "0/3", "Selector": "a in (x,y),b=1,!c"]),
        Case(
            resource: "jobs.batch",
            object: #"""
                {"metadata":{"name":"j"},"spec":{"parallelism":4},"status":{"succeeded":1,"startTime":"2026-11-30T11:00:00Z",
                "conditions":[{"type":"Failed","status":"True"}]}}
                """#,
            cells: ["Status": "Failed", "Completions": "1/1 of 4", "Duration": "60m"]),
        Case(
            resource: "cronjobs.batch",
            object: #"""
                {"metadata":{"name":"c"},"spec":{"schedule":"* * * * *","timeZone":"Etc/UTC","suspend":false},
                "status":{"active":[{},{}],"lastScheduleTime":"2026-11-30T11:59:00Z"}}
                """#,
            cells: ["Timezone": "Etc/UTC", "Suspend": "False", "Active": 2, "Last Schedule": "60s"]),
        Case(
            resource: "horizontalpodautoscalers.autoscaling",
            object: #"""
                {"metadata":{"name":"h"},"spec":{"maxReplicas":5,"metrics":[
                {"type":"Pods","pods":{"target":{"averageValue":"10"}}},
                {"type":"External","external":{"target":{"averageValue":"5"}}},
                {"type":"ContainerResource","containerResource":{"name":"cpu","target":{"averageUtilization":50}}}]},
                "status":{"currentMetrics":[{"type":"Pods","pods":{"current":{"averageValue":"7"}}}]}}
                """#,
            cells: ["Targets": "7/10, <unknown>/5 (avg) + 1 more...", "MinPods": "<unset>", "MaxPods": 5]),
        Case(
            resource: "horizontalpodautoscalers.autoscaling",
            object: #"""
                {"metadata":{"name":"h","annotations":{"autoscaling.alpha.kubernetes.io/metrics":
                "[{\"type\":\"Resource\",\"resource\":{\"name\":\"memory\",\"targetAverageValue\":\"1Gi\"}}]"}},
                "spec":{"targetCPUUtilizationPercentage":80},"status":{"currentCPUUtilizationPercentage":3}}
                """#,
            cells: ["Targets": "cpu: 3%/80%, memory: <unknown>/1Gi"]),
        Case(
            resource: "persistentvolumeclaims",
            object: #"""
                {"metadata":{"name":"p","deletionTimestamp":"2026-11-30T11:00:00Z"},"spec":{"volumeName":"v",
                "storageClassName":"fast"},"status":{"phase":"Bound","capacity":{"storage":"1Gi"},
                "accessModes":["ReadWriteMany","ReadWriteOnce"]}}
                """#,
            cells: ["Status": "Terminating", "Capacity": "1Gi", "Access Modes": "RWO,RWX", "StorageClass": "fast"]),
        Case(
            resource: "storageclasses.storage.k8s.io",
            object: #"""
                {"metadata":{"name":"s","annotations":{"storageclass.kubernetes.io/is-default-class":"true"}},"provisioner":"p"}
                """#,
            cells: ["Name": "s (default)", "ReclaimPolicy": "Delete", "AllowVolumeExpansion": false]),
        Case(
            resource: "certificatesigningrequests.certificates.k8s.io",
            object: #"""
                {"metadata":{"name":"c"},"spec":{"signerName":"k","username":"u","expirationSeconds":3600},
                "status":{"certificate":"x","conditions":[{"type":"Approved"}]}}
                """#,
            cells: ["RequestedDuration": "60m", "Condition": "Approved,Issued"]),
        Case(
            resource: "resourcequotas",
            object: #"""
                {"metadata":{"name":"q"},"status":{"hard":{"pods":"10","limits.cpu":"4"},"used":{"pods":"3"}}}
                """#,
            cells: ["Request": "pods: 3/10", "Limit": "limits.cpu: 0/4"]),
        Case(
            resource: "apiservices.apiregistration.k8s.io",
            object: #"""
                {"metadata":{"name":"a"},"spec":{"service":{"namespace":"n","name":"s"}},
                "status":{"conditions":[{"type":"Available","status":"False","reason":"MissingEndpoints"}]}}
                """#,
            cells: ["Service": "n/s", "Available": "False (MissingEndpoints)"]),
        Case(
            resource: "events",
            object: #"""
                {"metadata":{"name":"e"},"involvedObject":{"kind":"Pod","name":"p"},"message":" \nso \n",
                "eventTime":"2026-11-30T10:00:00.000000Z","series":{"count":9,"lastObservedTime":"2026-11-30T11:58:00.5Z"}}
                """#,
            cells: [
                "Last Seen": "119s", "First Seen": "120m", "Count": 9, "Object": "pod/p", "Message": "so",
            ]),
        Case(
            resource: "roles.rbac.authorization.k8s.io",
            object: #"{"metadata":{"name":"r","creationTimestamp":"2026-11-30T10:00:00Z"}}"#,
            cells: ["Name": "r", "Created At": "2026-11-30T10:00:00Z"]),
    ]

    @Test func printAsTheServerWould() async throws {
        try await TableBundle.with([:]) { printers in
            for sample in Self.cases {
                let own = try await printers.printer(for: APIResource(full: sample.resource))
                    .cells(of: try StoredObject(json: sample.object))
                for (name, cell) in sample.cells { #expect(own[name] == cell, "\(sample.resource) \(name)") }
            }
        }
    }

    /// A capture that does not say when it was made has no ages.
    @Test func agesNeedATime() async throws {
        try await TableBundle.with([:], captured: nil) { printers in
            let own = try await printers.printer(for: APIResource(full: "namespaces")).cells(
                of: try StoredObject(json: #"{"metadata":{"name":"n","creationTimestamp":"2026-11-30T10:00:00Z"}}"#))
            #expect(own["Age"] == "<unknown>")
        }
    }
}
