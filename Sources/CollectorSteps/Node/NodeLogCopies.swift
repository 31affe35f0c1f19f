internal import BundleFormat
internal import Collection
internal import LinuxHost

/// Copies log files of a container into entries, as lines a kubelet would give.
struct NodeLogCopies: Sendable {
    /// What became of a file.
    struct Result: Sendable {
        var file: ContainerLogFile
        /// Lines that are not as the runtime writes them.
        var otherLines = 0
        /// Whether its beginning is not as the runtime writes it: then nothing of it was copied.
        var isForeign = false
        var isShorter = false
    }

    let root: String
    let timestamps: Bool
    let since: LinuxHost.Timestamp?
    let tail: Int?
    let context: AttemptContext

    /// How far back the last lines are looked for, for each byte of the step's limit: headers are longer than many a line.
    private static let mostPerByte: UInt64 = 4
    private static let chunkBytes = 256 << 10

    func lines(
        of file: ContainerLogFile, _ format: ContainerLogFolder.Format, to path: [String]
    ) async throws -> Result {
        let entry = try await context.entry(path, media: .text)
        do {
            let result = try await BlockingReader.stream(into: entry) { output in
                try decode(file, format, into: output)
            }
            if result.isForeign { await entry.abandon() } else { try await entry.finish() }
            return result
        } catch let error as HostError {
            await entry.abandon()
            throw error
        }
    }

    /// A compressed file, byte for byte.
    func asItIs(_ file: ContainerLogFile, to path: [String]) async throws -> Result {
        let entry = try await context.entry(path, media: .binary)
        do {
            let result = try await BlockingReader.stream(into: entry) { output in
                var result = Result(file: file)
                var isFirst = true
                let descriptor = try file.open(root: root)
                result.isShorter = try read(file, descriptor, from: 0) { chunk in
                    // Source: RFC 1952, 2.3.1.
                    if isFirst, !chunk.starts(with: [0x1F, 0x8B]) { result.isForeign = true }
                    isFirst = false
                    if !result.isForeign { try output.append { $0 += chunk } }
                    return !result.isForeign
                }
                return result
            }
            if result.isForeign { await entry.abandon() } else { try await entry.finish() }
            return result
        } catch let error as HostError {
            await entry.abandon()
            throw error
        }
    }

    private func decode(
        _ file: ContainerLogFile, _ format: ContainerLogFolder.Format, into output: BlockingReader.Output
    ) throws -> Result {
        var result = Result(file: file)
        var decoder = ContainerLogDecoder(timestamps: timestamps, since: since)
        var docker = format == .docker ? DockerLogLines() : nil
        var lines: [UInt8] = []
        let descriptor = try file.open(root: root)
        let mostBytes = context.limits.bytes.multipliedReportingOverflow(by: Self.mostPerByte)
        let start = try tail.map { count in
            try ContainerLogFile.offset(
                ofLast: count, of: descriptor, size: file.size,
                mostBytes: mostBytes.overflow ? .max : mostBytes.partialValue, path: file.path)
        }
        result.isShorter = try read(file, descriptor, from: start ?? 0) { chunk in
            var isOfFormat = true
            if docker != nil {
                lines.removeAll(keepingCapacity: true)
                docker?.take(chunk, into: &lines)
                try output.append { isOfFormat = decoder.decode(lines[...], into: &$0) }
            } else {
                try output.append { isOfFormat = decoder.decode(chunk, into: &$0) }
            }
            result.isForeign = !isOfFormat
            return isOfFormat
        }
        decoder.finish()
        result.otherLines = decoder.otherLines
        return result
    }

    /// Reads a file no further than it reached when it was found: a log that grows while it is read must end.
    ///
    /// - Parameter body: gets the chunks, and says whether it wants more.
    /// - Returns: whether there was less.
    private func read(
        _ file: ContainerLogFile, _ descriptor: borrowing OwnedDescriptor, from start: UInt64,
        _ body: (ArraySlice<UInt8>) throws -> Bool
    ) throws -> Bool {
        descriptor.leaveAccessTime()
        if start > 0 { try descriptor.seek(to: start, path: file.path) }
        var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
        var left = file.size - min(file.size, start)
        while left > 0 {
            try Task.checkCancellation()
            let count = try chunk.withUnsafeMutableBytes { try descriptor.read(into: $0, path: file.path) }
            if count == 0 { return true }
            let kept = Int(min(UInt64(count), left))
            left -= UInt64(kept)
            guard try body(chunk[..<kept]) else { return false }
        }
        return false
    }
}
