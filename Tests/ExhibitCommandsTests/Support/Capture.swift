import Foundation
import Synchronization
import Testing

/// A sealed bundle, and what it unpacks to with stock tools.
struct Capture: Sendable {
    /// The bundle's file.
    let path: String
    let sealID: String
    let exitCode: Int32
    /// The one folder that it unpacks to.
    let folder: String

    /// This host, without the walk over its disks, which takes longer than all the rest: for tests of what becomes of a bundle.
    static let ofThisHost = ["host", "--since", "1m", "--without", "host-changes"]

    /// Collects into a new folder, checks what must hold of every run, and unpacks.
    static func collect(
        _ arguments: [String], kubeconfig: String? = nil, name: String = "bundle.tar.zst",
        expecting codes: Set<Int32> = Exhibit.Code.sealed, within limit: Duration = .seconds(60),
        at location: SourceLocation = #_sourceLocation
    ) async throws -> Capture {
        let run = try await CollectRun.run(arguments, kubeconfig: kubeconfig, name: name, within: limit, at: location)
        #expect(codes.contains(run.outcome.status), "\(arguments): \(run.outcome.summary)", sourceLocation: location)
        return try await run.capture(at: location)
    }

    /// Unpacks with GNU tar, which calls zstd.
    static func unpack(_ path: String, at location: SourceLocation = #_sourceLocation) async throws -> String {
        let folder = try Scratch.folder()
        try await Tool.run("tar", ["xf", path, "-C", folder], at: location)
        let names = try Files.names(in: folder)
        #expect(names.count == 1, "a bundle unpacks to one folder, not \(names)", sourceLocation: location)
        return folder + "/" + (try #require(names.first, sourceLocation: location))
    }

    /// A copy of the unpacked folder of which one file is another.
    @discardableResult
    func withChanged<Result>(
        _ path: String, _ change: (inout [UInt8]) throws -> Void, _ body: (String) async throws -> Result
    ) async throws -> Result {
        try await Scratch.withFolder { scratch in
            let copy = scratch + "/copy"
            try FileManager.default.copyItem(atPath: folder, toPath: copy)
            var bytes = try Files.bytes(copy + "/" + path)
            try change(&bytes)
            try Files.write(bytes, to: copy + "/" + path)
            return try await body(copy)
        }
    }

    // MARK: Content

    func has(_ path: String) -> Bool { Files.exists(folder + "/" + path) }

    func text(_ path: String) throws -> String { try Files.text(folder + "/" + path) }

    /// Paths of all files, relative to the folder.
    func paths() throws -> [String] { try Files.below(folder) }

    func ledger() throws -> [LedgerLine] { try LedgerLine.decode(text("meta/ledger.jsonl")) }

    func opening() throws -> OpeningRecord {
        try JSONDecoder().decode(OpeningRecord.self, from: Data(text("meta/bundle.json").utf8))
    }

    /// The ledger's lines of a collector for a pod.
    func ledger(_ collector: String, pod: String, container: String? = nil) throws -> [LedgerLine] {
        try ledger().filter {
            $0.collector == collector && $0.target.name == pod && (container == nil || $0.target.container == container)
        }
    }

    /// Names of the pods that have a folder.
    func pods(in namespace: String = TestCluster.namespace) throws -> Set<String> {
        let prefix = "data/namespaces/\(namespace)/pods/"
        return Set(
            try paths().filter { $0.hasPrefix(prefix) }.compactMap {
                $0.dropFirst(prefix.count).split(separator: "/").first.map(String.init)
            })
    }
}

/// A run of `collect`, and what must hold of every one: no leftovers, and an exit code that agrees with what is on the disk.
struct CollectRun {
    let outcome: Program.Outcome
    let answer: CollectAnswer
    /// The file that was asked for.
    let path: String

    static func run(
        _ arguments: [String], kubeconfig: String? = nil, name: String = "bundle.tar.zst",
        environment: [String: String] = [:],
        within limit: Duration = .seconds(60), at location: SourceLocation = #_sourceLocation
    ) async throws -> CollectRun {
        let path = try Scratch.folder() + "/" + name
        let outcome = try await Exhibit.run(
            try Self.arguments(arguments, kubeconfig: kubeconfig, path: path), environment: environment, within: limit,
            at: location)
        return try CollectRun(outcome, path: path, at: location)
    }

    /// Starts one for a test that interferes with it.
    static func start(_ arguments: [String], kubeconfig: String? = nil, path: String) throws -> Program {
        try Exhibit.start(try Self.arguments(arguments, kubeconfig: kubeconfig, path: path))
    }

    init(_ outcome: Program.Outcome, path: String, at location: SourceLocation = #_sourceLocation) throws {
        self.outcome = outcome
        self.path = path
        answer = try outcome.json(CollectAnswer.self, at: location)
        #expect(answer.exitCode == outcome.status, "\(outcome.summary)", sourceLocation: location)
        let isSealed = answer.sealID != nil
        #expect(
            Files.exists(path) == isSealed,
            "the answer and the disk disagree on whether there is a bundle: \(outcome.summary)",
            sourceLocation: location)
        #expect(Files.exists(path + ".sha256") == isSealed, "\(outcome.summary)", sourceLocation: location)
        if isSealed {
            #expect(
                Exhibit.Code.sealed.contains(outcome.status),
                "sealed, but the exit code says otherwise: \(outcome.summary)", sourceLocation: location)
        } else {
            #expect(
                !Exhibit.Code.sealed.contains(outcome.status),
                "not sealed, but the exit code says so: \(outcome.summary)",
                sourceLocation: location)
            outcome.expectMessage("nothing was sealed", at: location)
        }
        for leftover in [path + ".partial", path + ".partial.d"] {
            #expect(!Files.exists(leftover), "\(leftover) is left: \(outcome.summary)", sourceLocation: location)
        }
    }

    func capture(at location: SourceLocation = #_sourceLocation) async throws -> Capture {
        Capture(
            path: path, sealID: try #require(answer.sealID, "\(outcome.summary)", sourceLocation: location),
            exitCode: outcome.status, folder: try await Capture.unpack(path, at: location))
    }

    private static func arguments(_ arguments: [String], kubeconfig: String?, path: String) throws -> [String] {
        ["collect"] + arguments + (kubeconfig.map { ["--kubeconfig", $0] } ?? []) + ["--out", path, "--output", "json"]
    }
}

/// Something that several tests need and one makes.
final class Shared<Value: Sendable>: Sendable {
    private let task = Mutex<Task<Value, any Error>?>(nil)
    private let make: @Sendable () async throws -> Value

    init(_ make: @escaping @Sendable () async throws -> Value) {
        self.make = make
    }

    var value: Value {
        get async throws {
            let make = self.make
            let task = task.withLock { task in
                if let task { return task }
                let started = Task { try await make() }
                task = started
                return started
            }
            return try await task.value
        }
    }
}

extension Capture {
    /// The demo namespace, signed with a key made for the run.
    static let demo = Shared {
        try await collect(
            [
                "namespace/\(TestCluster.namespace)", "--case", "T-17", "--evidence", "E 4", "--purpose",
                "pod looks owned",
                "--operator", "Alice Example", "--authorisation", "order 12/26",
            ], kubeconfig: try TestCluster.kubeconfig())
    }

    /// One pod in a plain tar, signed with ``SigningKey/alice``.
    static let signed = Shared {
        try await collect(
            ["pod/pair", "-n", TestCluster.namespace, "--key", try await SigningKey.alice.value.path],
            kubeconfig: try TestCluster.kubeconfig(), name: "signed.tar")
    }
}

/// An SSH key of a test.
struct SigningKey: Sendable {
    let path: String
    /// As in an authorized_keys line, without a comment.
    let publicKey: String

    static let alice = Shared { try await make() }
    static let mallory = Shared { try await make() }

    static func make(_ type: String = "ed25519") async throws -> SigningKey {
        let path = try Scratch.folder() + "/key"
        try await Tool.run("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "", "-f", path])
        return SigningKey(
            path: path, publicKey: try Files.text(path + ".pub").trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// An allowed_signers file with this key alone.
    func allowedSigners(as principal: String = "alice@example.org", options: String = "") throws -> String {
        let path = try Scratch.folder() + "/allowed_signers"
        try Files.write("\(principal) \(options.isEmpty ? "" : options + " ")\(publicKey)\n", to: path)
        return path
    }
}
