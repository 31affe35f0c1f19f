import Foundation
import Testing

/// Log files of a real kubelet, for those who may not read them, and with a container that has put something else in their place.
@Suite(.needsBinary, .needsCluster)
struct NodeLogAccessTests {
    private static func log(_ capture: Capture, _ namespace: ClusterNamespace) throws -> String {
        try capture.text("data/namespaces/\(namespace.name)/pods/talker/main/main/logs/current.log")
    }

    @Test
    func whoMayReadLogsButNoNodesHasThemAllTheSame() async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.run(pod: "talker", script: "echo it said this; exec sleep 600")
            try await namespace.apply(
                """
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: {name: logs}
                rules: [{apiGroups: [""], resources: [pods, pods/log], verbs: [get, list]}]
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: logs}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: logs}
                subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: log-reader}]
                """)
            let arguments = ["pod/talker", "-n", namespace.name, "--touch", "none"]
            for (who, way) in [([], "node-log"), (["--as", "log-reader"], nil)] as [([String], String?)] {
                let capture = try await Capture.collect(
                    arguments + who, kubeconfig: try TestCluster.kubeconfig(), expecting: Exhibit.Code.sealed)
                let lines = try capture.ledger("logs", pod: "talker")
                #expect(lines.count == 1 && lines.allSatisfy { $0.state == "ok" && $0.via == way }, "\(lines)")
                #expect(try Self.log(capture, namespace).hasSuffix(" it said this\n"))
            }
        }
    }

    /// Whoever may write below the node's /var/log can make the kubelet serve any file of the node as a container's log.
    @Test
    func aFileOfTheNodeIsNotTakenForALog() async throws {
        let secret = "no-log-\(UUID().uuidString)"
        try await Scratch.withFolder { folder in
            try Files.write("first\n\(secret)\n", to: folder + "/file")
            try await ClusterNamespace.with { namespace in
                try await namespace.apply(
                    """
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: talker}
                    spec:
                      terminationGracePeriodSeconds: 1
                      volumes: [{name: logs, hostPath: {path: /var/log}}]
                      containers:
                      - name: main
                        image: registry.local/busybox:1
                        imagePullPolicy: Never
                        volumeMounts: [{name: logs, mountPath: /logs}]
                        readinessProbe: {exec: {command: [test, -e, /done]}, periodSeconds: 1}
                        command:
                        - sh
                        - -c
                        - echo it said this; ln -sf \(folder)/file /logs/pods/\(namespace.name)_talker_*/main/0.log; touch /done; exec sleep 600
                    """)
                try await TestCluster.kubectl(
                    ["wait", "pod/talker", "-n", namespace.name, "--for=condition=Ready", "--timeout=45s"])
                let capture = try await Capture.collect(
                    ["pod/talker", "-n", namespace.name, "--touch", "none"], kubeconfig: try TestCluster.kubeconfig(),
                    expecting: Exhibit.Code.sealed)
                let line = try #require(try capture.ledger("logs", pod: "talker").first)
                #expect(line.via == nil, "\(line)")
                for path in try capture.paths() where path.hasSuffix(".log") {
                    #expect(try !capture.text(path).contains(secret), "\(path)")
                }
            }
        }
    }
}
