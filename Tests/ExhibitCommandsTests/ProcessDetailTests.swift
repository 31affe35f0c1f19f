import Foundation
import Testing

/// Executables and environments of the processes of a real container.
@Suite(.needsBinary, .needsCluster)
struct ProcessDetailTests {
    /// The process that is looked for has its executable deleted, and values that are not to be seen anywhere.
    private static let script =
        #"cp /bin/busybox /tmp/sleep; export "STRANGE=va-lue-1\nNOT_A_NAME=va-lue-2" "EMPTY="; "#
        + #"/tmp/sleep 3000 & while ! readlink /proc/$!/exe | grep -q /tmp/sleep; do :; done; rm /tmp/sleep; "#
        + #"touch /tmp/done; wait"#

    private static func rows(_ text: String) -> [[String]] {
        text.split(separator: "\n").map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    @Test
    func aDeletedExecutableHasItsHashAndNoValueLeavesTheContainer() async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.apply(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: ghost}
                spec:
                  terminationGracePeriodSeconds: 0
                  automountServiceAccountToken: false
                  containers:
                  - name: main
                    image: registry.local/busybox:1
                    imagePullPolicy: Never
                    readinessProbe: {exec: {command: [test, -e, /tmp/done]}, periodSeconds: 1}
                    env: [{name: WITH_LINES, value: "va-lue-4\\nSECOND=va-lue-5"}]
                    command:
                    - sh
                    - -c
                    - |
                      \(Self.script)
                """)
            try await TestCluster.kubectl(
                ["wait", "pod/ghost", "-n", namespace.name, "--for=condition=Ready", "--timeout=45s"])
            let capture = try await Capture.collect(
                ["pod/ghost", "-n", namespace.name, "--profile", "minimal", "--with", "processes"],
                kubeconfig: try TestCluster.kubeconfig(), expecting: [Exhibit.Code.ok])
            let lines = try capture.ledger("processes", pod: "ghost")
            #expect(Set(lines.map(\.step)) == ["processes", "processes executables"])
            #expect(lines.allSatisfy { $0.state == "ok" && $0.source == "in-container" }, "\(lines)")
            let folder = "data/namespaces/\(namespace.name)/pods/ghost/main/processes"
            let executables = Self.rows(try capture.text("\(folder)/executables.tsv"))
            let ghost = try #require(executables.first { $0.last == "/tmp/sleep (deleted)" }, "\(executables)")
            let hash = try await TestCluster.kubectl(
                ["exec", "ghost", "-n", namespace.name, "--", "sha256sum", "/bin/busybox"])
            #expect(ghost.count == 8 && ghost[1] == hash.text.prefix(64) && ghost[1].utf8.count == 64)
            #expect(ghost[2] == "" && ghost[5] == "0" && ghost[6] == "yes", "\(ghost)")
            #expect(executables.contains { $0[6] == "no" && $0.last == "/bin/busybox" && $0[1] == ghost[1] })
            let names = Self.rows(try capture.text("\(folder)/environment-names.tsv"))
            let ghosts = Set(names.filter { $0[0] == ghost[0] }.map { $0[1] })
            #expect(ghosts.isSuperset(of: ["PATH", "STRANGE", "EMPTY", "WITH_LINES"]), "\(ghosts)")
            #expect(ghosts.isDisjoint(with: ["NOT_A_NAME", "SECOND"]))
            for path in try capture.paths() where path.hasPrefix(folder) && !path.hasSuffix("/processes.txt") {
                #expect(try !capture.text(path).contains("va-lue"), "\(path)")
            }
        }
    }
}
