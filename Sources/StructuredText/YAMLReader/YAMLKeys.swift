/// The keys of the mappings that are open, to find one that stands twice.
///
/// Keys are compared as they stand in the JSON text, where each string has one spelling.
struct YAMLKeys {
    private struct Key {
        let print: UInt64
        let range: Range<Int>
    }

    /// Up to so many keys of a mapping are compared one by one; more are looked up, for time to stay linear.
    private static let maxCompared = 32

    private var keys: [Key] = []
    /// Of large mappings: a hash of mapping and key. The seed is the process's own, so nobody can make collisions.
    private var large: [Int: Range<Int>] = [:]

    /// Where a mapping's keys begin that is opened now.
    var mark: Int { keys.count }

    mutating func removeAll() {
        keys.removeAll(keepingCapacity: true)
        large.removeAll()
    }

    /// Forgets the keys of a mapping that is closed.
    @inline(__always)
    mutating func close(from mark: Int) {
        keys.removeLast(keys.count - mark)
    }

    /// False when the mapping whose keys begin at `mark` has the key already. `range` is where it stands in `text`,
    /// with its quotes.
    @inline(__always)
    mutating func insert(_ range: Range<Int>, of text: [UInt8], from mark: Int) -> Bool {
        let key = Key(print: Self.print(of: range, text), range: range)
        if keys.count - mark < Self.maxCompared {
            for index in mark..<keys.count
            where keys[index].print == key.print && text[keys[index].range].elementsEqual(text[range]) {
                return false
            }
        } else if !insertLarge(key, text, from: mark) {
            return false
        }
        keys.append(key)
        return true
    }

    private mutating func insertLarge(_ key: Key, _ text: [UInt8], from mark: Int) -> Bool {
        // No other mapping's first key stands there.
        let mapping = keys[mark].range.lowerBound
        if keys.count - mark == Self.maxCompared {
            for index in mark..<keys.count {
                large[Self.hash(of: keys[index].range, text, mapping)] = keys[index].range
            }
        }
        let hash = Self.hash(of: key.range, text, mapping)
        if let same = large.updateValue(key.range, forKey: hash) {
            return !text[same].elementsEqual(text[key.range])
        }
        return true
    }

    private static func hash(of range: Range<Int>, _ text: [UInt8], _ mapping: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(mapping)
        text.withUnsafeBytes { hasher.combine(bytes: .init(rebasing: $0[range])) }
        return hasher.finalize()
    }

    /// Length, start and end: tells nearly all keys apart.
    @inline(__always)
    private static func print(of range: Range<Int>, _ text: [UInt8]) -> UInt64 {
        let bytes = text.span.bytes
        guard range.count >= 8 else {
            var word = UInt64(range.count)
            for index in range { word = word << 8 | UInt64(text[index]) }
            return word
        }
        let first = bytes.unsafeLoadUnaligned(fromByteOffset: range.lowerBound, as: UInt64.self)
        let last = bytes.unsafeLoadUnaligned(fromByteOffset: range.upperBound - 8, as: UInt64.self)
        return first &* 0x9E37_79B9_7F4A_7C15 ^ last ^ UInt64(range.count) << 56
    }
}
