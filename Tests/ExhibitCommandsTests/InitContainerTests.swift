import Foundation
import Testing

/// A pod that is still being prepared: what its init container can answer.
@Suite(.needsBinary, .needsCluster)
struct InitContainerTests {
    private static func collector(_ name: String, _ body: String) -> String {
        """
        apiVersion: exhibit/v1
        kind: Collector
        metadata: {name: \(name), title: x}
        \(body)
        volatility: 3

        """
    }

    private static func pod(declaring ports: String) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: slow, labels: {app: slow}}
        spec:
          terminationGracePeriodSeconds: 1
          automountServiceAccountToken: false
          initContainers:
          - name: prepare
            image: registry.local/busybox:1
            imagePullPolicy: Never
            ports: \(ports)
            command: [sh, -c, 'mkdir /www; echo preparing >/www/index.html; exec httpd -f -p 8080 -h /www']
          containers:
          - {name: main, image: registry.local/busybox:1, imagePullPolicy: Never, command: [sleep, "600"]}
        """
    }

    @Test(arguments: [true, false])
    func itAnswersForThePod(isDeclared: Bool) async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.apply(Self.pod(declaring: isDeclared ? "[{containerPort: 8080}]" : "[]"))
            let path = "jsonpath={.status.initContainerStatuses[0].state.running.startedAt}"
            let clock = ContinuousClock.now
            while try await TestCluster.kubectl(["get", "pod", "slow", "-n", namespace.name, "-o", path]).text.isEmpty {
                try #require(ContinuousClock.now - clock < .seconds(45), "the init container does not run")
                try await Task.sleep(for: .milliseconds(200))
            }
            // It has begun to listen a moment later.
            try await Task.sleep(for: .seconds(1))
            try await Scratch.withFolder { folder in
                try Files.write(
                    Self.collector("routes", "scope: pod")
                        + "steps: [{exec: {argv: [cat, /proc/net/route]}, output: route.txt}]",
                    to: folder + "/routes.yaml")
                try Files.write(
                    Self.collector("front", "scope: container\nselect: {labels: {app: slow}}")
                        + "steps: [{http: {port: 8080, path: /}, output: front.txt}]",
                    to: folder + "/front.yaml")
                let capture = try await Capture.collect(
                    [
                        "pod/slow", "-n", namespace.name, "--profile", "minimal", "--collectors", folder, "--with",
                        "routes", "--with", "front", "--touch", "exec",
                    ], kubeconfig: try TestCluster.kubeconfig())
                let lines = try capture.ledger()
                let routes = lines.filter { $0.collector == "routes" }
                #expect(routes.map(\.state) == ["ok"] && routes[0].target.container == "prepare", "\(routes)")
                let front = lines.filter { $0.collector == "front" }
                #expect(front.count == 1, "\(front)")
                let line = try #require(front.first)
                if isDeclared {
                    #expect(line.state == "ok" && line.target.container == "prepare", "\(line)")
                    let file = "data/namespaces/\(namespace.name)/pods/slow/prepare/services/front/front.txt"
                    #expect(try capture.text(file) == "preparing\n")
                } else {
                    // Who declares nothing serves nothing: the one that is meant does not run yet.
                    #expect(line.state == "missing" && line.reason?.code == "NotRunning", "\(line)")
                    #expect(line.target.container == "main" && line.reason?.message.contains("PodInitializing") == true)
                }
            }
        }
    }
}
