import Archive
import Glibc
import TestSupport

/// A folder of its own for one test, removed when the test is done.
final class Scratch {
    let path: String

    init() {
        var template = Array("/tmp/exhibit-archive-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit { _ = run("rm", "-rf", path) }

    func file(_ name: String) -> String { path + "/" + name }

    func write(_ bytes: [UInt8], to name: String) -> String {
        let path = file(name)
        let stream = fopen(path, "w")!
        fwrite(bytes, 1, bytes.count, stream)
        fclose(stream)
        return path
    }
}

/// The bytes of a file.
func contents(of path: String) -> [UInt8] {
    guard let stream = fopen(path, "r") else { return [] }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = fread(&buffer, 1, buffer.count, stream)
        if count == 0 { return bytes }
        bytes += buffer[..<count]
    }
}

/// Runs a tool with its output thrown away. Returns its exit status, nil when there is no such tool.
func run(_ command: String...) -> Int32? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor: Int32 in 1...2 {
        posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
    }
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    guard posix_spawnp(&process, command[0], &actions, nil, &arguments, environ) == 0 else { return nil }
    var status: Int32 = 0
    while waitpid(process, &status, 0) == -1, errno == EINTR {}
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : -1
}

extension SeededGenerator {
    /// Bytes that look like a log: compressible, with some noise.
    mutating func text(_ count: Int) -> [UInt8] {
        let words = ["GET", "POST", "/api/v1/pods", "200", "404", "timeout", "connection refused", "10.0.0.7", "INFO"]
        var bytes: [UInt8] = []
        while bytes.count < count {
            bytes += Array(words.randomElement(using: &self)!.utf8)
            bytes.append(next() % 8 == 0 ? 0x0A : 0x20)
            if next() % 16 == 0 { bytes += Array(String(next(), radix: 16).utf8) }
        }
        return Array(bytes.prefix(count))
    }
}

/// An entry as tests make it.
struct Sample: Equatable {
    var path: String
    var content: [UInt8]

    static let time: UInt64 = 1_790_000_000

    /// Header, content and padding.
    func blocks(time: UInt64 = Sample.time) throws -> [UInt8] {
        let size = UInt64(content.count)
        return try StrictTar.header(path: path, size: size, modificationTime: time) + content
            + [UInt8](repeating: 0, count: StrictTar.padding(size: size))
    }

    /// Every corner of the profile: empty, exact block, one more, long paths, escapes, incompressible and large.
    static func corners() -> [Sample] {
        var random = SeededGenerator(seed: 7)
        let noise = (0..<300_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        let long = "case-7/" + (0..<5).map { _ in String(repeating: "folder-", count: 20) }.joined(separator: "/")
        return [
            Sample(path: "case-7/bagit.txt", content: Array("BagIt-Version: 1.0\n".utf8)),
            Sample(path: "case-7/data/empty", content: []),
            Sample(path: "case-7/data/block", content: random.text(512)),
            Sample(path: "case-7/data/block-and-one", content: random.text(513)),
            Sample(path: "case-7/data/a=20b=2Fc=3D.log", content: random.text(100_000)),
            Sample(path: "case-7/data/=2E./=2E/x", content: [1]),
            Sample(path: "case-7/" + String(repeating: "n", count: 93), content: [2]),
            Sample(path: "case-7/" + String(repeating: "n", count: 94), content: [3]),
            Sample(path: long + "/log", content: random.text(3_000)),
            Sample(path: "case-7/data/noise", content: noise),
            Sample(path: "case-7/data/large", content: random.text(9_000_000)),
            Sample(path: "case-7/sig/manifest-sha256.txt", content: Array("end\n".utf8)),
        ]
    }
}

/// Writes samples to a container file and returns its locator.
@discardableResult
func writeContainer(
    _ samples: [Sample], to path: String, container: Container, options: ContainerOptions = ContainerOptions()
) async throws -> Locator {
    let writer = ContainerWriter(output: try OutputFile(creating: path), container: container, options: options)
    for sample in samples { try await writer.write(try sample.blocks()) }
    try await writer.write(StrictTar.endMarker)
    let length = await writer.position
    let locator = Locator(indexOffset: 0, indexSize: 19, tarLength: length, entries: UInt64(samples.count))
    try await writer.finish(locator: locator)
    return locator
}

/// A container in memory.
struct MemorySource: ContainerSource {
    var name = "memory"
    var bytes: [UInt8]
    var size: UInt64 { UInt64(bytes.count) }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        guard offset < size else { return 0 }
        let piece = bytes[Int(offset)...].prefix(buffer.count)
        buffer.copyBytes(from: piece)
        return piece.count
    }
}

/// Everything in a container, or the error that the strict pass ends with.
func readAll(
    _ reader: ContainerReader, time: UInt64? = Sample.time
) async throws -> (samples: [Sample], summary: ArchiveSummary) {
    var samples: [Sample] = []
    let summary = try await reader.entries(modificationTime: time) { entry, body in
        samples.append(Sample(path: entry.path, content: try await body.readAll(limit: 100 << 20)))
    }
    return (samples, summary)
}

/// The code with which bytes are refused, nil when they are not.
func refusal(of bytes: [UInt8], locator: Locator? = nil, time: UInt64? = Sample.time) async -> ArchiveError? {
    do {
        let reader = try ContainerReader(source: MemorySource(bytes: bytes), workers: 1)
        _ = try await readAll(reader, time: time)
        if let locator { try reader.verifyTail(locator: locator) }
        return nil
    } catch {
        return error as? ArchiveError
    }
}

/// A `.tar` container of these bytes, with a locator that fits.
func plainContainer(_ stream: [UInt8]) -> [UInt8] {
    let locator = Locator(indexOffset: 0, indexSize: 0, tarLength: UInt64(stream.count), entries: 0)
    return stream + locator.encoded + [UInt8](repeating: 0, count: 512 - 64)
}

/// The bytes of a `.tar.zst` of this stream, and where its frames with content begin; the last element is where they
/// end.
func zstdContainer(
    _ stream: [UInt8], frameBytes: Int = 512
) async throws -> (bytes: [UInt8], frames: [Int], locator: Locator) {
    let scratch = Scratch()
    let path = scratch.file("a.tar.zst")
    let writer = ContainerWriter(
        output: try OutputFile(creating: path), container: .tarZstd,
        options: ContainerOptions(frameBytes: frameBytes, workers: 1))
    try await writer.write(stream)
    let locator = Locator(indexOffset: 0, indexSize: 0, tarLength: UInt64(stream.count), entries: 0)
    try await writer.finish(locator: locator)
    let bytes = contents(of: path)
    let count = Int(number(bytes, bytes.count - 9)) - 1
    var frames = [0]
    for row in 0..<count {
        frames.append(frames[row] + Int(number(bytes, bytes.count - 9 - 8 * (count + 1 - row))))
    }
    return (bytes, frames, locator)
}

/// Four bytes, little-endian.
func number(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * $1) }
}

/// Replaces four bytes, little-endian.
func put(_ value: UInt32, _ offset: Int, in bytes: inout [UInt8]) {
    for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
}
