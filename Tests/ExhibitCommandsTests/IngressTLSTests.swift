import Foundation
import Testing

/// What the hosts of a namespace's Ingresses serve to this machine.
@Suite(.needsBinary, .needsCluster)
struct IngressTLSTests {
    private static func ingress(_ hosts: [String], tls: [String]) -> String {
        let rules = hosts.map { host in
            let path = "{path: /, pathType: Prefix, backend: {service: {name: shop, port: {number: 80}}}}"
            return "{host: \"\(host)\", http: {paths: [\(path)]}}"
        }
        return """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: shop}
            spec:
              rules: [\(rules.joined(separator: ", "))]
              tls: [{hosts: [\(tls.map { "\"\($0)\"" }.joined(separator: ", "))]}]
            """
    }

    private static func collector(_ options: String) -> String {
        """
        apiVersion: exhibit/v1
        kind: Collector
        metadata: {name: shop-tls, title: Certificates of the shop}
        scope: cluster
        volatility: 6
        steps:
          - tls: {\(options)}
            limits: {timeout: 10s, bytes: 1MiB}
        """
    }

    private static func collect(
        _ namespace: ClusterNamespace, _ arguments: [String]
    ) async throws -> (Capture, [LedgerLine]) {
        let capture = try await Capture.collect(
            ["namespace/\(namespace.name)", "--profile", "minimal", "--touch", "none"] + arguments,
            kubeconfig: try TestCluster.kubeconfig())
        return (capture, try capture.ledger().filter { ["shop-tls", "ingress-tls"].contains($0.collector) })
    }

    @Test
    func aHostIsAskedByItsNameAtTheAddressThatItHas() async throws {
        try await Scratch.withFolder { folder in
            try await Tool.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder + "/key", "-out",
                    folder + "/certificate",
                ])
            let served = ["-cert", folder + "/certificate", "-key", folder + "/key", "-naccept", "20", "-www"]
            try await LocalService.with(["openssl", "s_server", "-accept", "127.0.0.1:0"] + served) { port in
                try Files.write(
                    Self.collector("domains: [\"localhost, invalid\"], hosts: 2, port: \(port), allow: [loopback]"),
                    to: folder + "/shop-tls.yaml")
                try await ClusterNamespace.with { namespace in
                    try await namespace.apply(
                        Self.ingress(
                            ["localhost", "*.example.org"],
                            tls: ["localhost", "no-such-host.invalid", "z.invalid", "other.example", "notinvalid"]))
                    let (capture, lines) = try await Self.collect(
                        namespace, ["--collectors", folder, "--with", "shop-tls"])
                    let found = try #require(lines.first { $0.target.resource == "ingresses.networking.k8s.io" })
                    #expect(found.state == "partial" && found.reason?.code == "NotDialled" && found.source == "api")
                    let words = found.reason?.message ?? ""
                    for part in ["2 hosts not below localhost, invalid", "other.example", "1 wildcard", "1 host more"] {
                        #expect(words.contains(part), "\(words)")
                    }
                    let dialled = lines.filter { $0.target.kind == "Local" }
                    #expect(dialled.count == 2 && dialled.allSatisfy { $0.source == "local" })
                    #expect(dialled.first { $0.target.name == "localhost:\(port)" }?.state == "ok")
                    let unknown = try #require(dialled.first { $0.target.name == "no-such-host.invalid:\(port)" })
                    #expect(unknown.state == "error" || unknown.state == "missing" || unknown.state == "timeout")
                    // The very certificate that is served.
                    let chain = try capture.text("data/local/shop-tls/tls/localhost_\(port).pem")
                    #expect(try chain == Files.text(folder + "/certificate"))
                    let record = try capture.text("data/local/shop-tls/tls/localhost_\(port).json")
                    #expect(record.contains(#""ingress":"\#(namespace.name)/shop""#))
                    let custody = try capture.text("meta/custody.jsonl")
                    #expect(custody.contains(#""address":"localhost:\#(port)""#))
                }
            }
        }
    }

    @Test
    func thisMachineIsNotDialledBecauseAnIngressSaysSo() async throws {
        try await ClusterNamespace.with { namespace in
            try await namespace.apply(Self.ingress(["localhost"], tls: ["localhost"]))
            let (_, lines) = try await Self.collect(
                namespace, ["--with", "ingress-tls", "--set", "ingress-tls.domains=localhost"])
            let dialled = try #require(lines.first { $0.target.name == "localhost:443" }, "\(lines)")
            #expect(dialled.state == "denied" && dialled.reason?.code == "AddressRefused", "\(dialled)")
        }
    }

    @Test
    func aNamespaceWithoutIngressesIsEmpty() async throws {
        try await ClusterNamespace.with { namespace in
            let (_, lines) = try await Self.collect(
                namespace, ["--with", "ingress-tls", "--set", "ingress-tls.domains=localhost"])
            #expect(lines.map(\.state) == ["empty"])
        }
    }
}
