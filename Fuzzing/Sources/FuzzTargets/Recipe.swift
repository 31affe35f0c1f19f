/// An input read as a list of decisions. Where it ends, all further ones are 0.
struct Recipe {
    private var rest: ArraySlice<UInt8>

    init(_ input: [UInt8]) {
        rest = input[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 {
        rest.popFirst() ?? 0
    }

    /// A number below `limit`, of as many bytes as that takes.
    mutating func number(below limit: Int) -> Int {
        var value = 0, reach = 1
        while reach < limit {
            value = value << 8 | Int(byte())
            reach <<= 8
        }
        return value % limit
    }

    mutating func uint64() -> UInt64 {
        (0..<8).reduce(0) { value, _ in value << 8 | UInt64(byte()) }
    }

    /// The next bytes; fewer where the input ends.
    mutating func bytes(_ count: Int) -> [UInt8] {
        let taken = rest.prefix(count)
        rest = rest.dropFirst(count)
        return Array(taken)
    }

    /// All that is left.
    mutating func remainder() -> [UInt8] {
        defer { rest = [] }
        return Array(rest)
    }

    /// Changes single bytes: for each 1 an offset and a value, until a 0.
    mutating func edit(_ bytes: inout [UInt8]) {
        while byte() & 1 == 1, !bytes.isEmpty {
            let offset = number(below: bytes.count)
            bytes[offset] = byte()
        }
    }
}
