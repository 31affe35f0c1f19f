import Archive

/// A container file in memory.
struct MemorySource: ContainerSource {
    let content: [UInt8]
    var name: String { "input" }
    var size: UInt64 { UInt64(content.count) }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        guard offset < size else { return 0 }
        let piece = content[Int(offset)...].prefix(buffer.count)
        buffer.copyBytes(from: piece)
        return piece.count
    }
}
