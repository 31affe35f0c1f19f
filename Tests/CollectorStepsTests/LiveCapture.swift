import Bundle
import BundleFormat
import Collection
import CollectorSteps
import Foundation
import KubernetesClient
import Testing

enum LiveCluster {
    static var kubeconfig: String? { variable("EXHIBIT_TEST_KUBECONFIG") }

    /// The namespace of `Scripts/test-cluster services`; nil where they are not up.
    static var services: String? { variable("EXHIBIT_TEST_SERVICES") }

    /// The namespace of its services that are asked over HTTP; nil where they are not up.
    static var web: String? { variable("EXHIBIT_TEST_WEB_SERVICES") }

    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// What a capture from the test cluster brought, read from its sealed bundle.
struct LiveCapture: Sendable {
    var lines: [LedgerLine]
    var custody: [CustodyLine]
    /// Of every entry below `data/`, by its path.
    var contents: [String: [UInt8]]
    /// The whole bundle as a tar archive, uncompressed.
    var archive: Data

    static let key = CaseKey(bytes: Array(0..<32))

    var execs: [CustodyLine] { custody.filter { $0.action == .exec } }

    /// The built-in collectors, or those of the given names and the one that finds pods. `network` only by its name: in every
    /// container it waits ten seconds for DNS, which the test cluster does not have.
    static func builtIn(_ names: [String]? = nil) throws -> CollectorCatalog {
        let all = try CollectorCatalog.builtIn(kinds: StepRegistry.kinds)
        guard let names else { return CollectorCatalog(all.collectors.filter { $0.name != "network" }) }
        return CollectorCatalog(all.collectors.filter { $0.name == "pods" || names.contains($0.name) })
    }

    /// The collector that finds pods, and one that is given as YAML.
    static func custom(_ yaml: String) throws -> CollectorCatalog {
        let definition = try CollectorDefinitionDecoder(file: "test.yaml", kinds: StepRegistry.kinds).decode(yaml)
        return CollectorCatalog(try builtIn([]).collectors + [definition])
    }

    static func of(
        _ target: String, namespace: String = "exhibit-demo", catalog: CollectorCatalog,
        options: ClientOptions = ClientOptions(), touching mayExec: Bool = true
    ) async throws -> LiveCapture {
        let config = try Kubeconfig.load(explicitPath: LiveCluster.kubeconfig, environment: [:])
        let discovery = try await discover(config)
        let client = try KubernetesClient(access: config.access(context: nil), options: options)
        do {
            var choices = ClusterSession.Options()
            choices.mayExec = mayExec
            let session = ClusterSession(
                client: client, discovery: discovery, redactor: SecretRedactor(key: key), options: choices)
            let specification = try #require(TargetSpecification(target))
            let resolved = try await TargetResolver(client: client, discovery: discovery)
                .resolve(specification, namespace: namespace)
            let result = try await withFolder { folder in
                try await capture(ClusterCapture(session: session, catalog: catalog), resolved, folder)
            }
            await client.shutdown()
            return result
        } catch {
            await client.shutdown()
            throw error
        }
    }

    /// By a client of its own: it takes forty requests, and what is tested of a slow one is what comes after.
    private static func discover(_ config: Kubeconfig) async throws -> Discovery {
        let client = try KubernetesClient(access: config.access(context: nil))
        do {
            let discovery = try await client.discover()
            await client.shutdown()
            return discovery
        } catch {
            await client.shutdown()
            throw error
        }
    }

    private static func capture(_ capture: ClusterCapture, _ target: ClusterTarget, _ folder: String) async throws
        -> LiveCapture
    {
        let path = folder + "/case.tar.zst"
        let clock = RunClock()
        let writer = try await BundleWriter(
            opening: OpeningRecord(
                folder: try FolderName("case"), started: .init(wall: RunClock.wall, boottime: clock.origin),
                tool: .init(name: "exhibit", version: "0")),
            outputPath: path)
        let keeper = LineKeeper()
        let engine = CaptureEngine(writer: writer, clock: clock, observer: keeper)
        try await capture.run([target], on: engine, alongside: [])
        _ = try await writer.seal()
        let reader = try await BundleReader(path: path)
        var custody: [CustodyLine] = []
        try await reader.custody { custody.append($0) }
        var contents: [String: [UInt8]] = [:]
        for path in keeper.lines.flatMap(\.entries) {
            contents[path.rawValue] = try await reader.content(of: path, limit: 1 << 27)
        }
        let unpacked = try await Command.run(["/usr/bin/zstd", "-dq", path, "-o", folder + "/case.tar"])
        #expect(unpacked.status == 0, "\(unpacked.errors)")
        return LiveCapture(
            lines: keeper.lines, custody: custody, contents: contents,
            archive: try Data(contentsOf: URL(fileURLWithPath: folder + "/case.tar")))
    }

    /// The lines of a collector for a container, by the name of their step.
    func lines(_ collector: String, _ pod: String, _ container: String) -> [String: LedgerLine] {
        let found = lines.filter {
            $0.collector == collector && $0.target.name == pod && $0.target.container == container
        }
        return Dictionary(found.map { ($0.step, $0) }) { first, _ in first }
    }

    /// A file of a container: `services/redis/info.txt`.
    func text(_ file: String, _ pod: String, _ container: String, namespace: String) -> String? {
        contents["data/namespaces/\(namespace)/pods/\(pod)/\(container)/\(file)"].map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    func holds(_ text: String) -> Bool { archive.range(of: Data(text.utf8)) != nil }
}
