import BundleFormat
import Collection
import CollectorSteps
import Foundation
import LinuxHost
import StructuredText
import Testing

/// How a node is set up, by the files of a root that the test makes, and without the secrets that are in them.
struct HostNodeConfigurationTests {
    private static func run(_ root: HostRoot) async throws -> StepResult {
        let step = StepDefinition(kind: try #require(StepRegistry.kinds.kind("node-configuration", of: .host)))
        let options = root.options
        return try await StepResult.of { try await HostNodeConfigurationStep(step, options).run($0) }
    }

    private static func text(_ result: StepResult, _ path: String) -> String? {
        result.contents["data/host/node/files/" + path].map { String(decoding: $0, as: UTF8.self) }
    }

    private static let kubelet = """
        apiVersion: kubelet.config.k8s.io/v1beta1
        authentication:
          anonymous:
            enabled: false
          x509:
            clientCAFile: /etc/kubernetes/pki/ca.crt
        authorization:
          mode: Webhook
        clusterDNS:
        - 10.96.0.10
        serverTLSBootstrap: true
        staticPodURLHeader:
          Authorization:
          - Basic hunter2
        tlsPrivateKeyFile: /var/lib/kubelet/pki/kubelet.key
        volumeStatsAggPeriod: 1m0s

        """

    @Test
    func whatIsNoSecretStays() async throws {
        try await HostRoot.with { root in
            let plain =
                Self.kubelet.split(separator: "\n").filter {
                    !$0.contains("Header") && !$0.contains("Authorization:") && !$0.contains("hunter2")
                }
                .joined(separator: "\n") + "\n"
            root.write("var/lib/kubelet/config.yaml", plain)
            root.write(
                "etc/cni/net.d/10-x.conflist",
                "{\n  \"cniVersion\": \"1.0.0\",\n  \"name\": \"x\",\n  \"plugins\": [{\"type\": \"bridge\", \"bridge\": \"cni0\"}]\n}\n"
            )
            let result = try await Self.run(root)
            #expect(result.line.state == .ok, "\(result.line)")
            #expect(Self.text(result, "var/lib/kubelet/config.yaml") == plain)
            #expect(Self.text(result, "etc/cni/net.d/10-x.conflist")?.contains("\"bridge\": \"cni0\"") == true)
            let files = try result.records("host/node/files.jsonl")
            #expect(files.allSatisfy { $0["left_out_lines"]?.int == 0 && $0["sha256"] != nil })
        }
    }

    @Test
    func secretsAreLeftOut() async throws {
        try await HostRoot.with { root in
            root.write("var/lib/kubelet/config.yaml", Self.kubelet)
            root.write(
                "var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS=\"--node-ip=10.0.0.1 --token=hunter2\"\n")
            root.write("var/lib/kubelet/config.json", #"{"auths":{"r":{"auth":"aHVudGVyMg=="}}}"#)
            root.write("etc/kubernetes/admin.conf", "client-key-data: aHVudGVyMg==\n")
            root.write("etc/kubernetes/pki/ca.key", "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n")
            root.write("etc/cni/net.d/calico-kubeconfig", "token: hunter2\n")
            root.write("etc/cni/net.d/10-one-line.conf", #"{"cniVersion":"1.0.0","type":"x","password":"hunter2"}"#)
            root.write(
                "etc/kubernetes/manifests/etcd.yaml",
                """
                spec:
                  containers:
                  - name: etcd
                    image: registry.k8s.io/etcd@sha256:44a8e24dcbba3470ee1fee21d5e88d128c936e9b55d4bc51fbef8086f8ed123b
                    command:
                    - etcd
                    - --password
                    - hunter2
                    env:
                    - name: DB
                      value: hunter2
                    - name: NUMBER
                      value: 4711
                    - name: URL
                      url: https://user:hunter2@db/x
                    key.pem: |
                      -----BEGIN RSA PRIVATE KEY-----
                hunter2 at the margin
                      -----END RSA PRIVATE KEY-----
                    jwt: eyJhbGciOiJSUzI1NiIsImtpZCI6Imh1bnRlcjIifQ
                    dnsPolicy: Default

                """)
            root.write(
                "etc/containerd/config.toml",
                """
                version = 2
                [plugins."io.containerd.grpc.v1.cri".registry.configs."r".auth]
                  username = "hunter2"
                  other = "hunter2"
                  password = \"\"\"
                hunter2
                \"\"\"
                [plugins."io.containerd.grpc.v1.cri".registry.configs."r".tls]
                  ca_file = "/etc/ca.pem"
                  insecure_skip_verify = true

                """)
            let result = try await Self.run(root)
            #expect(result.line.state == .ok, "\(result.line)")
            for secret in ["hunter2", "4711", "aHVudGVyMg", "eyJ", "PRIVATE"] {
                #expect(result.entries(with: secret) == [])
            }
            #expect(
                Self.text(result, "var/lib/kubelet/config.yaml")?.contains(
                    "tlsPrivateKeyFile: /var/lib/kubelet/pki/kubelet.key\nvolumeStatsAggPeriod: 1m0s\n") == true)
            let manifest = try #require(Self.text(result, "etc/kubernetes/manifests/etcd.yaml"))
            #expect(
                manifest.contains("sha256:44a8e24d") && manifest.contains("dnsPolicy: Default")
                    && manifest.contains("- etcd\n"))
            let toml = try #require(Self.text(result, "etc/containerd/config.toml"))
            #expect(toml.contains("ca_file = \"/etc/ca.pem\"") && toml.contains("insecure_skip_verify = true"))
            let files = try result.records("host/node/files.jsonl")
            let only = files.filter { $0["copied"]?.bool == false }.compactMap { $0["path"]?.string }
            #expect(
                only == [
                    "/etc/cni/net.d/calico-kubeconfig", "/etc/kubernetes/admin.conf", "/etc/kubernetes/pki/ca.key",
                    "/var/lib/kubelet/config.json",
                ])
            // The digest of a text with a short secret in it would tell it.
            #expect(files.filter { ($0["left_out_lines"]?.int ?? 1) > 0 }.allSatisfy { $0["sha256"] == nil })
        }
    }

    @Test
    func aHostileHost() async throws {
        try await HostRoot.with { root in
            root.write("outside/secret.yaml", "name: outside\n")
            root.link("var/lib/kubelet/config.yaml", to: root.path + "/outside/secret.yaml")
            root.link("etc/kubernetes/manifests", to: root.path + "/outside")
            root.fifo("etc/containerd/config.toml")
            root.sparse("etc/cni/net.d/10-big.conf")
            root.write("etc/cni/net.d/a\nb.conf", "name: odd\n")
            let result = try await Self.run(root)
            #expect(result.line.state == .partial, "\(result.line)")
            #expect(
                result.entries(with: "outside").allSatisfy {
                    $0.hasSuffix("failures.jsonl") || $0.hasSuffix("files.jsonl")
                })
            #expect(result.entries(with: "name: odd").count == 1)
            #expect(result.contents.values.allSatisfy { $0.count < 3 << 20 })
        }
    }

    @Test
    func noNode() async throws {
        try await HostRoot.with { root in
            let result = try await Self.run(root)
            #expect(result.line.state == .missing && result.contents.isEmpty, "\(result.line)")
        }
    }
}
