import Foundation
import Testing

/// Secrets do not come by step kind `files`, by whatever name they are reached: on a real container.
@Suite(.needsBinary, .needsCluster)
struct FileSecretTests {
    private static let value = "TOPSECRETVALUE"

    /// The mount points of the Secret go through a link.
    private static let pod = #"""
        apiVersion: v1
        kind: Secret
        metadata: {name: sec}
        stringData: {pw: TOPSECRETVALUE}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: aliased}
        spec:
          terminationGracePeriodSeconds: 1
          initContainers:
          - name: links
            image: registry.local/busybox:1
            imagePullPolicy: Never
            command: [sh, -c, 'mkdir -p /data/real/sub; ln -s real /data/link; echo plain > /data/real/plain']
            volumeMounts: [{name: scratch, mountPath: /data}]
          containers:
          - name: main
            image: registry.local/busybox:1
            imagePullPolicy: Never
            command: [sh, -c, 'mkdir /x; ln -s /data/link/sub /x/vault; ln -s /data/link /x/up; ln -s /proc /x/kernel;
              ln -s /data/real/plain /x/plain; exec sleep 100000']
            volumeMounts:
            - {name: scratch, mountPath: /data}
            - {name: sec, mountPath: /data/link/secret.txt, subPath: pw}
            - {name: sec, mountPath: /data/link/sub}
          volumes:
          - {name: sec, secret: {secretName: sec}}
          - {name: scratch, emptyDir: {}}
        """#

    @Test
    func aSecretThatIsMountedThroughALinkStaysOut() async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.apply(Self.pod)
            try await TestCluster.kubectl([
                "wait", "pod/aliased", "-n", namespace.name, "--for=condition=Ready", "--timeout=60s",
            ])
            // Each path, with the state of its line and whether the plain file beside the secret comes.
            for (path, state, plain) in [
                ("/data", "ok", "data/real/plain"), ("/data/real/", "ok", "data/real/plain"),
                ("/data/real/sub", "denied", nil), ("/data/link/secret.txt", "denied", nil),
                ("/data/real/secret.txt", "denied", nil), ("/x/vault", "denied", nil),
                ("/x/up/secret.txt", "denied", nil),
                ("/x/up/sub/pw", "denied", nil), ("/x/kernel", "denied", nil), ("/x/plain", "ok", "x/plain"),
            ] {
                let capture = try await Capture.collect(
                    [
                        "pod/aliased", "-n", namespace.name, "--profile", "minimal", "--with", "files", "--set",
                        "files.path=\(path)",
                    ], kubeconfig: try TestCluster.kubeconfig(),
                    expecting: [Exhibit.Code.ok, Exhibit.Code.sealedWithGaps])
                let line = try #require(try capture.ledger("files", pod: "aliased", container: "main").first)
                #expect(line.state == state, "\(path): \(line)")
                let folder = "data/namespaces/\(namespace.name)/pods/aliased/main/files/files/copied"
                if let plain { #expect(try capture.text("\(folder)/\(plain)") == "plain\n", "\(path)") }
                for file in try capture.paths() {
                    #expect(try !capture.text(file).contains(Self.value), "\(path): \(file)")
                }
            }
        }
    }
}
