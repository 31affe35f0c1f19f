import Archive
import Bundle
import BundleFormat
import Cryptography
import Glibc

/// What Benchmarks/bundles measures of writing. The Seal ID goes to stdout.
///
///     bundles files FILE CERTIFICATE KEY TIMES CONTENT...     whole bundle of these files, each so many times, signed (CMS)
///     bundles many FILE COUNT                                 a bundle of small objects
///
/// FILE's name says which container.
@main
struct Bundles {
    /// As many as a capture has at once.
    private static let tasks = 8

    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.count > 5, arguments[0] == "files", let times = Int(arguments[4]) {
            let signer = try CMSSigner(certificates: try bytes(of: arguments[2]), key: try bytes(of: arguments[3]))
            let contents = Array(arguments[5...])
            try await write(arguments[1], signers: [.cms(signer)], attempts: times * contents.count) { writer, number in
                let file = contents[(number - 1) % contents.count]
                let name = "\(number)-" + (file.split(separator: "/").last.map(String.init) ?? file)
                return [try await copy(file, to: writer, name: name, attempt: number)]
            }
        } else if arguments.count == 3, arguments[0] == "many", let count = Int(arguments[2]) {
            let page = 500
            try await write(arguments[1], attempts: (count + page - 1) / page) { writer, number in
                var receipts: [EntryReceipt] = []
                for object in ((number - 1) * page)..<min(count, number * page) {
                    receipts.append(try await add(object, to: writer, attempt: number))
                }
                return receipts
            }
        } else {
            exit(2)
        }
    }

    /// Runs the attempts 1 to `attempts`, several at once, and seals.
    @concurrent
    private static func write(
        _ path: String, signers: [SealSigner] = [], attempts: Int,
        attempt: @escaping @Sendable (BundleWriter, Int) async throws -> [EntryReceipt]
    ) async throws {
        guard let container = Container(fileName: path) else { exit(2) }
        let started: Int64 = 1_795_230_855_000_000_000
        let opening = OpeningRecord(
            folder: try FolderName("benchmark"), started: .init(wall: started, boottime: 0),
            tool: .init(name: "benchmark", version: "1"))
        let writer = try await BundleWriter(
            opening: opening, outputPath: path, options: .init(container: container), signers: signers)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...attempts {
                if number > tasks { try await group.next() }
                group.addTask {
                    let receipts = try await attempt(writer, number)
                    try await writer.record(
                        LedgerLine(
                            attempt: number, collector: "benchmark", step: "files", target: Target(kind: "host"),
                            source: .local, state: .ok, receipts: receipts, volatility: 3, started: started,
                            ended: started + 5, monotonic: 0...5))
                }
            }
            try await group.waitForAll()
        }
        print(try await writer.seal().sealID)
    }

    private static func copy(
        _ file: String, to writer: BundleWriter, name: String, attempt: Int
    ) async throws -> EntryReceipt {
        let source = try FileSource(path: file)
        let entry = try await writer.entry(
            path: [Array("data".utf8), Array("logs".utf8), Array(name.utf8)], media: "text/plain", segments: .lines,
            attempt: attempt, size: source.size)
        var offset: UInt64 = 0
        while offset < source.size {
            let piece = try piece(of: source, at: offset)
            guard !piece.isEmpty else { break }
            try await entry.write(piece)
            offset += UInt64(piece.count)
        }
        return try await entry.finish()
    }

    /// A ConfigMap of about 600 bytes, by its number.
    private static func add(_ object: Int, to writer: BundleWriter, attempt: Int) async throws -> EntryReceipt {
        let (namespace, name) = ("team-\(object / 10_000)", "settings-\(object)")
        var text = """
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: \(name)
              namespace: \(namespace)
              resourceVersion: "\(100_000 + object)"
              uid: 6f1c2b60-3f0e-4d55-9d5c-\(100_000_000_000 + object)
            data:

            """
        for line in 0..<8 {
            text += "  option-\(line): \"\((UInt64(object) &* 6_364_136_223_846_793_005) >> UInt64(line))\"\n"
        }
        let entry = try await writer.entry(
            path: ["data", "namespaces", namespace, "core", "configmaps", name + ".yaml"].map { Array($0.utf8) },
            media: "application/yaml", segments: .lines, attempt: attempt)
        try await entry.write(Array(text.utf8))
        return try await entry.finish()
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        let source = try FileSource(path: path)
        return try piece(of: source, at: 0)
    }

    private static func piece(of source: FileSource, at offset: UInt64) throws -> [UInt8] {
        var result = Result<Int, ArchiveError>.success(0)
        let piece = [UInt8](unsafeUninitializedCapacity: 256 << 10) { buffer, count in
            result = Result { () throws(ArchiveError) in
                try source.read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
            }
            count = (try? result.get()) ?? 0
        }
        _ = try result.get()
        return piece
    }
}
