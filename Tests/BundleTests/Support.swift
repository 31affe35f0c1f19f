import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import StructuredText
import TestSupport

/// A folder that goes away with its scope.
func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let path = NSTemporaryDirectory() + "exhibit-bundle-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

/// Who signs with a key, if there is one.
func sshSigners(_ key: consuming SSHPrivateKey?) -> [SealSigner] {
    guard let key else { return [] }
    return [.ssh(SSHSigner(key))]
}

/// What the bundles of these tests hold.
enum Sample {
    static let started: Int64 = 1_795_230_855_926_535_897

    static func opening(_ folder: String = "case-1") throws -> OpeningRecord {
        var record = OpeningRecord(
            folder: try FolderName(folder), started: .init(wall: started, boottime: 0),
            tool: .init(name: "exhibit", version: "0.1.0"))
        record.caseRecord = .init(id: "C-1", evidence: "E-7", operator: "Ann Lee", purpose: "a test")
        record.targets = ["host"]
        record.touch = .exec
        return record
    }

    static func components(_ path: String) -> [[UInt8]] {
        path.split(separator: "/").map { Array($0.utf8) }
    }

    static func text(_ lines: Int, seed: UInt64 = 1) -> [UInt8] { SampleBytes.text(lines, seed: seed) }

    static func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] { SampleBytes.noise(count, seed: seed) }

    static let contents: [(path: String, bytes: [UInt8])] = [
        ("data/namespaces/prod/core/pods.yaml", text(50)),
        ("data/host/empty.txt", []),
        ("data/host/log.txt", text(40_000, seed: 2)),
        ("data/host/blob.bin", noise(700_000)),
        ("data/host/caf\u{E9} =1.txt", text(3)),
    ]

    static func ledgerLine(_ attempt: Int, _ receipts: [EntryReceipt], state: AttemptState = .ok) -> LedgerLine {
        LedgerLine(
            attempt: attempt, collector: "test", step: "files", target: Target(kind: "host"), source: .local,
            state: state,
            reason: Reason(code: "Test", message: "because"), receipts: receipts, volatility: 3,
            started: started, ended: started + 5, monotonic: 0...5)
    }

    /// Writes a bundle with everything in it that version 1 has so far.
    static func write(
        to path: String, container: Container = .tarZstd, key: consuming SSHPrivateKey? = nil,
        checkpoints: Bool = false, to recipients: [AgeRecipient] = [],
        signers: [SealSigner] = [], timestamps: TimestampTaker? = nil,
        extra: (BundleWriter) async throws -> Void = { _ in }
    ) async throws -> SealedBundle {
        var options = BundleWriter.Options(container: container)
        if checkpoints { options.checkpointBytes = 1 }
        options.recipients = recipients
        let writer = try await BundleWriter(
            opening: try opening(), outputPath: path, options: options,
            signers: signers + sshSigners(key), timestamps: timestamps)
        try await writer.definition(name: "test.yaml", bytes: text(3, seed: 9))
        try await writer.custody(
            action: "exec", target: Target(kind: "pod", name: "api"), detail: ["argv": ["ls"]], attempt: 1,
            time: started,
            monotonic: 3)
        for (number, (path, bytes)) in contents.enumerated() {
            let entry = try await writer.entry(
                path: components(path), media: path.hasSuffix(".bin") ? "application/octet-stream" : "text/plain",
                segments: path.hasSuffix(".bin") ? .whole : .lines, attempt: number + 1)
            var rest = bytes[...]
            while !rest.isEmpty {
                try await entry.write(rest.prefix(30_000))
                rest = rest.dropFirst(30_000)
            }
            try await writer.record(ledgerLine(number + 1, [try await entry.finish()]))
        }
        try await writer.record(ledgerLine(contents.count + 1, [], state: .denied))
        try await extra(writer)
        return try await writer.seal()
    }
}

/// What a command printed and how it ended.
struct Command {
    let status: Int32
    let output: String

    init(_ arguments: [String], in folder: String, input: String? = nil, environment: [String: String] = [:]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        if let input { process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: input)) }
        try process.run()
        output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        status = process.terminationStatus
    }

    /// Whether a command can be run at all.
    static func exists(_ arguments: [String]) -> Bool {
        (try? Command(arguments, in: "/"))?.status == 0
    }
}

/// A bundle taken apart, so that it can be put together wrongly.
struct TakenApart {
    var files: [(path: String, bytes: [UInt8])] = []
    var time: UInt64 = 0

    init(_ path: String) async throws {
        var files: [(path: String, bytes: [UInt8])] = []
        var time: UInt64 = 0
        try await ContainerReader(path: path).entries { entry, body in
            files.append((entry.path, try await body.readAll(limit: 1 << 30)))
            time = entry.modificationTime
        }
        self.files = files
        self.time = time
    }

    func index(_ suffix: String) -> Int {
        files.firstIndex { $0.path == "case-1/" + suffix } ?? -1
    }

    func bytes(_ suffix: String) -> [UInt8] {
        files[index(suffix)].bytes
    }

    /// Writes an archive of these files that is right in every other respect.
    func write(to path: String, container: Container = .tar) async throws {
        let writer = ContainerWriter(output: try OutputFile(creating: path), container: container)
        var indexOffset: UInt64 = 0
        for (name, bytes) in files {
            if name.hasSuffix("/meta/index.jsonl") { indexOffset = await writer.position }
            try await writer.write(
                try StrictTar.header(path: name, size: UInt64(bytes.count), modificationTime: time) + bytes
                    + [UInt8](repeating: 0, count: StrictTar.padding(size: UInt64(bytes.count))))
        }
        try await writer.write(StrictTar.endMarker)
        let lines = files.first { $0.path.hasSuffix("/meta/index.jsonl") }?.bytes.filter { $0 == 0x0A }.count ?? 0
        try await writer.finish(
            locator: Locator(
                indexOffset: indexOffset,
                indexSize: UInt64(files.first { $0.path.hasSuffix("/meta/index.jsonl") }?.bytes.count ?? 0),
                tarLength: await writer.position, entries: UInt64(lines)))
    }
}

extension Verification {
    /// The codes of what failed, with paths.
    var failures: Set<String> {
        Set(findings.filter { $0.severity == .failure }.map { "\($0.code) \($0.path)" })
    }
}
