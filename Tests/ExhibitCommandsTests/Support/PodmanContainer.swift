import Foundation
import Testing

/// A container of Podman on this host, in a store of its own: made of Debian's static busybox, with nothing from a registry.
struct PodmanContainer {
    let id: String
    /// Its first process, as the host numbers it.
    let pid: Int
    private let store: [String]

    static func isPossible() async throws -> Bool {
        guard geteuid() == 0, ["podman", "runc", "busybox", "nsenter", "ss"].allSatisfy(Tool.isInstalled) else {
            return false
        }
        // Within a container that shows its host's control groups, all there is belongs to that one.
        let own = try Files.text("/proc/self/cgroup")
        guard !own.split(whereSeparator: { !$0.isHexDigit }).contains(where: { $0.count == 64 }) else { return false }
        return try await possible.value
    }

    /// Where containers cannot be nested, none can be started.
    private static let possible = Shared {
        do {
            return try await with("probe", script: "sleep 60") { container in container.pid > 1 }
        } catch {
            return false
        }
    }

    /// - Parameter script: of busybox's shell; it is the container's first process.
    static func with<Value>(
        _ name: String, script: String, options: [String] = ["--network", "none"],
        _ body: (PodmanContainer) async throws -> Value
    ) async throws -> Value {
        try await withShortFolder { folder in
            let store = [
                "--root", folder + "/root", "--runroot", folder + "/run", "--tmpdir", folder + "/tmp",
                "--storage-driver",
                "overlay", "--cgroup-manager", "cgroupfs", "--runtime", "runc", "--events-backend", "file",
            ]
            try await Tool.run(
                "sh",
                [
                    "-c",
                    #"""
                    mkdir -p "$1/image/bin" && cp "$(command -v busybox)" "$1/image/bin/busybox" && cd "$1/image" &&
                    for tool in sh sleep nc; do ln -s busybox "bin/$tool"; done && tar -cf "$1/image.tar" .
                    """#, "sh", folder,
                ])
            try await Tool.run("podman", store + ["import", folder + "/image.tar", "localhost/box:1"])
            let limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000"]
            let run = try await Tool.run(
                "podman",
                store + ["run", "-d", "--name", name] + limits + options + ["localhost/box:1", "sh", "-c", script])
            let id = run.text.trimmingCharacters(in: .whitespacesAndNewlines)
            do {
                let pid = try await Tool.run("podman", store + ["inspect", "--format", "{{.State.Pid}}", name]).text
                let container = PodmanContainer(
                    id: id, pid: try #require(Int(pid.trimmingCharacters(in: .whitespacesAndNewlines))), store: store)
                let value = try await body(container)
                try await container.remove()
                return value
            } catch {
                try? await PodmanContainer(id: id, pid: 0, store: store).remove()
                throw error
            }
        }
    }

    /// Podman takes no path of more than 50 characters for what does not outlive a boot.
    private static func withShortFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        var template = Array("/tmp/exhibit-podman-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }

    private func remove() async throws {
        try await Tool.run("podman", store + ["rm", "-f", "-t", "0", id])
        // Its store is a mount of its own.
        try await Tool.run("umount", [store[1] + "/overlay"], mayFail: true)
    }

    /// What Podman says of it.
    func inspect(_ format: String) async throws -> String {
        try await Tool.run("podman", store + ["inspect", "--format", format, id]).text
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The numbers that its processes have on the host, as Podman knows them.
    func pids() async throws -> Set<Int> {
        let lines = try await Tool.run("podman", store + ["top", id, "hpid"]).text.split(separator: "\n")
        return Set(lines.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) })
    }

    /// Waits until something in its network namespace listens on a TCP port.
    func waitUntilItListens(on port: Int, at location: SourceLocation = #_sourceLocation) async throws {
        for _ in 0..<100 {
            if !(try await inNetwork(["ss", "-Htln", "sport = :\(port)"])).isEmpty { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("nothing listens on port \(port)", sourceLocation: location)
    }

    /// What a program prints in its network namespace.
    func inNetwork(_ command: [String]) async throws -> String {
        try await Tool.run("nsenter", ["--net=/proc/\(pid)/ns/net"] + command).text
    }
}

extension Trait where Self == ConditionTrait {
    static var needsPodman: Self {
        .enabled("starting a container needs root, podman, runc and busybox-static, and a kernel that lets them") {
            try await PodmanContainer.isPossible() || Requirements.isContinuousIntegration
        }
    }
}
