/// What readers do with bytes. All of it is the cluster's word: nothing here trusts a length or an encoding.
extension Span<UInt8> {
    /// As text; what is not UTF-8 becomes U+FFFD.
    var text: String { withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }

    @inline(__always)
    func append(to output: inout [UInt8]) {
        withUnsafeBufferPointer { output.append(contentsOf: $0) }
    }

    @inline(__always)
    func equals(_ other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where self[index] != other[index] { return false }
        return true
    }

    /// From `start` on, where `byte` stands; nil when it does not.
    @inline(__always)
    func index(of byte: UInt8, from start: Int = 0) -> Int? {
        var index = start
        while index < count {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }

    /// From `start` on, where `bytes` (at least one) begin.
    func index(of bytes: [UInt8], from start: Int = 0) -> Int? {
        guard let first = bytes.first else { return nil }
        var index = start
        while let found = self.index(of: first, from: index) {
            guard found + bytes.count <= count else { return nil }
            var length = 1
            while length < bytes.count, self[found + length] == bytes[length] { length += 1 }
            if length == bytes.count { return found }
            index = found + 1
        }
        return nil
    }

    /// The range of what is left without blanks and tabs at both ends.
    @inline(__always)
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high, Self.isBlank(self[low]) { low += 1 }
        while high > low, Self.isBlank(self[high - 1]) { high -= 1 }
        return low..<high
    }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}

/// A pattern (`*` any bytes, `?` any one) for lines and names, quick for the usual ones with one star at an end.
struct BytePattern: Sendable, Hashable {
    private let bytes: [UInt8]
    /// Where the only star is; nil for other patterns.
    private let onlyStar: Int?

    init(_ text: String) {
        let bytes = Array(text.utf8)
        self.bytes = bytes
        let stars = bytes.indices.filter { bytes[$0] == UInt8(ascii: "*") }
        onlyStar = stars.count == 1 && !bytes.contains(UInt8(ascii: "?")) ? stars[0] : nil
    }

    func matches(_ text: Span<UInt8>) -> Bool {
        onlyStar == nil ? generally(text) : starText(text) != nil
    }

    /// What the one star stands for.
    func starText(_ text: Span<UInt8>) -> Range<Int>? {
        guard let star = onlyStar, text.count >= bytes.count - 1 else { return nil }
        let end = text.count - (bytes.count - 1 - star)
        for index in 0..<star where text[index] != bytes[index] { return nil }
        for index in end..<text.count where text[index] != bytes[star + 1 + index - end] { return nil }
        return star..<end
    }

    /// In time of at most length × length.
    private func generally(_ text: Span<UInt8>) -> Bool {
        var (p, t) = (0, 0)
        var star: Int?
        var taken = 0
        while t < text.count {
            if p < bytes.count, bytes[p] == UInt8(ascii: "*") {
                (star, taken) = (p, t)
                p += 1
            } else if p < bytes.count, bytes[p] == UInt8(ascii: "?") || bytes[p] == text[t] {
                p += 1
                t += 1
            } else if let last = star {
                taken += 1
                (p, t) = (last + 1, taken)
            } else {
                return false
            }
        }
        return bytes[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
