/// A window on a source that moves forward only. Grows to what is asked for, which the caller bounds.
struct SourceBuffer {
    private let source: any ContainerSource
    private(set) var bytes: [UInt8]
    /// Index in `bytes` of the first byte that is not consumed.
    private(set) var begin = 0
    /// Index in `bytes` behind the last byte that was read.
    private(set) var end = 0
    /// Offset in the source of `begin`.
    private(set) var offset: UInt64 = 0

    init(_ source: any ContainerSource) {
        self.source = source
        bytes = [UInt8](repeating: 0, count: Int(min(source.size, 1 << 20)))
    }

    /// Bytes that are here and not consumed.
    var available: Int { end - begin }

    /// Makes at least `count` bytes available; false when the source ends before.
    mutating func ensure(_ count: Int) throws(ArchiveError) -> Bool {
        if available >= count { return true }
        if begin > 0 {
            bytes.withUnsafeMutableBytes { buffer in
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[begin..<end]))
            }
            end -= begin
            begin = 0
        }
        if bytes.count < count { bytes += [UInt8](repeating: 0, count: count + (1 << 20) - bytes.count) }
        let here = end, position = offset + UInt64(end), source = self.source
        end += try bytes.withUnsafeMutableBufferPointer { buffer throws(ArchiveError) in
            try source.read(
                at: position,
                into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[here...])))
        }
        return available >= count
    }

    /// Consumes `count` available bytes.
    mutating func skip(_ count: Int) {
        begin += count
        offset += UInt64(count)
    }

    /// Consumes `count` available bytes and returns them.
    mutating func take(_ count: Int) -> [UInt8] {
        let taken = Array(bytes[begin..<(begin + count)])
        skip(count)
        return taken
    }
}
