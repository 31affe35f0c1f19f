import Archive
import Cryptography
import Glibc

/// What Benchmarks/write-containers measures: files into a container and back, each with its SHA-256.
///
///     containers write FILE CONTENT...     FILE's name says which container; the digests go to stdout
///     containers read FILE                 the strict pass; the digests go to stdout
@main
struct Containers {
    static func main() async throws {
        let arguments = CommandLine.arguments
        if arguments.count > 3, arguments[1] == "write", let container = Container(fileName: arguments[2]) {
            try await write(container, to: arguments[2], files: Array(arguments[3...]))
        } else if arguments.count == 3, arguments[1] == "read" {
            try await read(arguments[2])
        } else {
            exit(2)
        }
    }

    @concurrent
    private static func write(_ container: Container, to path: String, files: [String]) async throws {
        let writer = ContainerWriter(output: try OutputFile(creating: path), container: container)
        for file in files {
            let source = try FileSource(path: file)
            let name = "files/" + (file.split(separator: "/").last.map(String.init) ?? file)
            try await writer.write(
                try StrictTar.header(path: name, size: source.size, modificationTime: 1_795_230_855))
            var hasher = SHA256()
            var offset: UInt64 = 0
            while offset < source.size {
                let piece = try piece(of: source, at: offset)
                guard !piece.isEmpty else { break }
                hasher.update(piece)
                try await writer.write(piece)
                offset += UInt64(piece.count)
            }
            try await writer.write([UInt8](repeating: 0, count: StrictTar.padding(size: source.size)))
            print("\(hasher.finalize().hex)  \(name)")
        }
        try await writer.write(StrictTar.endMarker)
        let length = await writer.position
        try await writer.finish(locator: Locator(indexOffset: 0, indexSize: 0, tarLength: length, entries: 0))
    }

    private static func piece(of source: FileSource, at offset: UInt64) throws -> [UInt8] {
        var result = Result<Int, ArchiveError>.success(0)
        let piece = [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, count in
            result = Result { () throws(ArchiveError) in
                try source.read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
            }
            count = (try? result.get()) ?? 0
        }
        _ = try result.get()
        return piece
    }

    @concurrent
    private static func read(_ path: String) async throws {
        try await ContainerReader(path: path).entries { entry, body in
            var hasher = SHA256()
            while let piece = try await body.next() { hasher.update(piece) }
            print("\(hasher.finalize().hex)  \(entry.path)")
        }
    }
}
