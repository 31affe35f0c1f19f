internal import Glibc

/// Finds a literal in much text: its rarest byte with memchr(3), which goes at the speed of memory, and then the rest.
struct LiteralFinder: Sendable {
    private let literal: [UInt8]
    /// Where its rarest byte is in it.
    private let offset: Int

    /// - Parameter literal: not empty.
    init(_ literal: [UInt8]) {
        precondition(!literal.isEmpty)
        self.literal = literal
        offset = literal.indices.min { Self.frequency[Int(literal[$0])] < Self.frequency[Int(literal[$1])] } ?? 0
    }

    /// Where it first stands in `text` from `start`; nil when it does not.
    func first(in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = text.baseAddress else { return nil }
        return literal.withUnsafeBytes { literal in
            guard let wanted = literal.baseAddress else { return nil }
            let byte = Int32(literal[offset]), last = text.count - literal.count
            var place = start
            while place <= last {
                guard let hit = memchr(base + place + offset, byte, last - place + 1) else { return nil }
                place = base.distance(to: UnsafeRawPointer(hit)) - offset
                if memcmp(base + place, wanted, literal.count) == 0 { return place }
                place += 1
            }
            return nil
        }
    }

    /// The higher, the more common in logs and objects: 2 to 120.
    static func frequency(of byte: UInt8) -> Int { Int(frequency[Int(byte)]) }

    /// How common each byte is in logs and objects, as far as it matters: the higher, the more common.
    private static let frequency: [UInt8] = {
        let common = " 0123456789eatoinsrlcd\":.-/upmg,_=hfybkvw[]{}()xTZEIRNOSAD+PLCMFUWB'*;@<>GHK|%$#&?!VYzqjXQJ\\~^`"
        var ranks = [UInt8](repeating: 2, count: 256)
        // Bytes beyond ASCII come in rows, so they are not rare once there are any.
        for byte in 0x80...0xFF { ranks[byte] = 20 }
        ranks[0x09] = 60
        ranks[0] = 90
        for (index, byte) in common.utf8.enumerated() { ranks[Int(byte)] = UInt8(max(3, 120 - index)) }
        return ranks
    }()
}
