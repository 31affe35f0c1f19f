internal import Archive
internal import Cryptography

/// What can be read of an age file whose writer was killed: its whole chunks, then its tail (section 7.2). Nothing of it
/// is believed before a checkpoint proves it.
final class AgeRemains: ContainerSource {
    let size: UInt64
    private let chunks: AgeSource
    private let tail: AgeTail?

    /// - Parameter tail: as it was found; used as far as it joins what is there, and the file has no end.
    init(_ file: any ContainerSource, tail: AgeTail?, identities: [AgeIdentity]) throws(BundleError) {
        chunks = try AgeSource(name: file.name) {
            try AgeRandomAccessFile(remainsOfSize: file.size, identities: identities) { offset, buffer in
                try file.read(at: offset, into: buffer)
            }
        }
        if let tail, !chunks.isWhole, tail.offset <= chunks.size, Self.agrees(tail, with: chunks) {
            self.tail = tail
            size = max(chunks.size, tail.end)
        } else {
            self.tail = nil
            size = chunks.size
        }
    }

    /// False when chunks that hold say something else of the same place.
    private static func agrees(_ tail: AgeTail, with chunks: AgeSource) -> Bool {
        var bytes = [UInt8](repeating: 0, count: Int(min(tail.end, chunks.size) - tail.offset))
        guard !bytes.isEmpty else { return true }
        let count = try? bytes.withUnsafeMutableBytes { try chunks.read(at: tail.offset, into: $0) }
        // After a power cut a chunk may not be what was written. The tail was on disk before it.
        return count.map { tail.bytes.prefix($0) == bytes.prefix($0) } ?? true
    }

    var name: String { chunks.name }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        var filled = 0
        while filled < buffer.count, offset <= size, UInt64(filled) < size - offset {
            let position = offset + UInt64(filled)
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count: Int
            if let tail, position >= tail.offset, position < tail.end {
                let start = Int(position - tail.offset)
                count = min(rest.count, tail.bytes.count - start)
                tail.bytes[start..<start + count].withUnsafeBytes { rest.copyMemory(from: UnsafeRawBufferPointer($0)) }
            } else {
                let end = tail.map { position < $0.offset ? $0.offset : size } ?? size
                let wanted = Int(min(UInt64(rest.count), end - position))
                count = try chunks.read(
                    at: position, into: UnsafeMutableRawBufferPointer(rebasing: rest[..<wanted]))
                if count == 0 { return filled }
            }
            filled += count
        }
        return filled
    }
}
