/// Many literals that are looked for at once.
///
/// Of each literal one window of 3, 4 or 8 bytes is chosen that is rare in logs and that few others have. A place in the text is looked at
/// further only if the hash of what stands there is that of such a window, which one bit of a small table says. So what it costs hardly
/// depends on how many literals there are, nor on what they begin with.
public struct LiteralSet: Sendable {
    public struct Literal: Hashable, Sendable {
        public let bytes: [UInt8]
        /// In so many of its first bytes, ASCII letters of either case are the same.
        public let caselessBytes: Int

        /// - Parameter bytes: from ``LiteralSet/shortest`` to ``LiteralSet/longest`` of them.
        public init(_ bytes: [UInt8], caselessBytes: Int = 0) {
            precondition((LiteralSet.shortest...LiteralSet.longest).contains(bytes.count))
            self.bytes = bytes
            self.caselessBytes = min(caselessBytes, bytes.count)
        }
    }

    public static let shortest = 3
    public static let longest = 4_096
    /// How many windows of a literal are considered.
    static let mostOffsets = 64

    /// The bytes of all literals, one after the other.
    private var bytes: [UInt8] = []
    private var places: [Place] = []
    private let groups: [LiteralWindows]

    private struct Place: Sendable {
        let start: UInt32
        let count: UInt16
        let caseless: UInt16
    }

    /// - Parameter literals: at most 4 GiB of bytes in all.
    public init(_ literals: [Literal]) {
        bytes.reserveCapacity(literals.reduce(0) { $0 + $1.bytes.count })
        places.reserveCapacity(literals.count)
        for literal in literals {
            places.append(
                Place(
                    start: UInt32(bytes.count), count: UInt16(literal.bytes.count),
                    caseless: UInt16(literal.caselessBytes)))
            bytes += literal.bytes
        }
        var byWidth: [Int: [UInt32]] = [:]
        for (index, literal) in literals.enumerated() {
            byWidth[Self.width(literal.bytes.count), default: []].append(UInt32(index))
        }
        groups = byWidth.sorted { $0.key < $1.key }.map { width, indices in
            LiteralWindows(width: width, indices) { literals[Int($0)].bytes }
        }
    }

    private static func width(_ count: Int) -> Int { count >= 8 ? 8 : count >= 4 ? 4 : 3 }

    public var isEmpty: Bool { places.isEmpty }
    public var count: Int { places.count }

    /// Hands out where literals stand in `text` that begin within `starts`; in no order, and those that overlap all of them.
    ///
    /// - Parameter body: gets which literal, by its number, and where it is.
    public func find(
        in text: UnsafeRawBufferPointer, beginning starts: Range<Int>, _ body: (Int, Range<Int>) throws -> Void
    ) rethrows {
        for group in groups {
            try group.find(in: text, beginning: starts) { literal, start in
                let place = places[Int(literal)]
                let end = start + Int(place.count)
                guard end <= text.count, matches(place, text, start) else { return }
                try body(Int(literal), start..<end)
            }
        }
    }

    private func matches(_ place: Place, _ text: UnsafeRawBufferPointer, _ start: Int) -> Bool {
        let first = Int(place.start), caseless = Int(place.caseless)
        for index in 0..<Int(place.count) {
            let wanted = bytes[first + index], found = text[start + index]
            if wanted == found { continue }
            guard index < caseless, Self.lowered(wanted) == Self.lowered(found) else { return false }
        }
        return true
    }

    private static func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
