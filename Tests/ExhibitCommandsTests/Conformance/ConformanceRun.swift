import Foundation
import Glibc
import Testing

/// One `collect` with a collector for each step kind that a fault can happen to, all of which meet it.
struct ConformanceRun {
    static let deadline = 12

    static func of(_ fault: StepFault, _ rows: [KindRow]) async throws -> FaultRun {
        try await Scratch.withFolder { folder in
            guard fault == .badNames else {
                return try await of(fault, rows, folder, try FaultyServices(fault), ofTLS: nil)
            }
            let sleeper = try Program(
                "bash", ["-c", #"exec -a "$(printf 'odd\033[2J\377\376')" sleep 1000"#],
                environment: ["PATH": Tool.path])
            defer { sleeper.signal(SIGKILL) }
            let socket = try oddSocket()
            defer { close(socket) }
            return try await withOddCertificate(in: folder) { port in
                try await of(fault, rows, folder, try FaultyServices(fault, tls: port), ofTLS: port)
            }
        }
    }

    private static func of(
        _ fault: StepFault, _ rows: [KindRow], _ folder: String, _ services: FaultyServices, ofTLS port: UInt16?
    ) async throws -> FaultRun {
        defer { services.stop() }
        let isAboutPods = rows.map(\.name) == [KindRow.pods.name]
        let surroundings = Surroundings(fault: fault, folder: folder, services: services)
        let plugin = try await BadPlugin.write(BadPlugin.script(fault), in: folder)
        let own = folder + "/own"
        try FileManager.default.createDirectory(atPath: own + "/profiles", withIntermediateDirectories: true)
        let names = rows.map(\.name).joined(separator: ", ")
        try Files.write(
            "{apiVersion: exhibit/v1, kind: Profile, metadata: {name: faults, title: x}, collectors: [\(names)]}",
            to: own + "/profiles/faults.yaml")
        for row in rows { try Files.write(row.definition(surroundings), to: "\(own)/\(row.name).yaml") }
        for path in try ["", "/profiles"].flatMap({ sub in try Files.names(in: own + sub).map { own + sub + "/" + $0 } }
        )
        where path.hasSuffix(".yaml") { chmod(path, 0o644) }
        for path in [folder, own, own + "/profiles"] { chmod(path, 0o755) }
        let api = FaultyAPI(fault, isAboutPods: isAboutPods)
        let server = try FakeAPIServer(node: FaultyAPI.node) { api.answer($0) }
        defer { server.stop() }
        let hasHost = rows.contains { $0.scope == "host" }
        return try await FaultRun.of(
            ["namespace/\(FakeAPIServer.namespace)"] + (hasHost ? ["host"] : []) + [
                "--collectors", own, "--profile", "faults", "--allow-plugin", plugin, "--concurrency", "24",
            ], kubeconfig: try server.kubeconfig(in: folder), deadline: deadline)
    }

    // MARK: What has odd names

    /// A socket of this machine with such a name, in the abstract namespace (unix(7)).
    private static func oddSocket() throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = [0] + StepFault.odd + Array("\(getpid())".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard status == 0 else { throw Listener.Failure(number: errno) }
        return descriptor
    }

    private static func withOddCertificate<Value>(
        in folder: String, _ body: (UInt16) async throws -> Value
    ) async throws -> Value {
        try await Tool.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-utf8",
                "-subj", "/CN=odd\u{1B}[2J\u{85}\u{202E}", "-keyout", folder + "/key", "-out", folder + "/certificate",
            ])
        return try await LocalService.with(
            [
                "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", folder + "/certificate", "-key",
                folder + "/key", "-www",
            ]
        ) { try await body(UInt16($0)) }
    }
}
