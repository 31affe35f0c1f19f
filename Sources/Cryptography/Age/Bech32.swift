/// Bech32 (BIP 173, without its limit of length), as age writes keys. Neither direction keeps a copy of what it reads.
enum Bech32 {
    /// What is wrong with a text.
    enum Defect: Error {
        case prefix, length, character, checksum, padding

        var reason: String {
            switch self {
            case .prefix: "it does not begin as it should"
            case .length: "it is too short or too long: was it copied whole?"
            case .character: "it has a character that such keys do not have, or upper and lower case mixed"
            case .checksum: "its checksum is wrong: was it mistyped?"
            case .padding: "its last bits are not zero"
            }
        }
    }

    private static let symbols = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
    private static let checksumLength = 6

    /// Fills `output` from a text of that prefix, the separator `1`, and data. The case of the prefix is the one that all
    /// must have.
    static func decode(
        _ text: UnsafeRawBufferPointer, prefix: String, into output: UnsafeMutableRawBufferPointer
    ) throws(Defect) {
        guard text.starts(with: (prefix + "1").utf8) else { throw .prefix }
        let data = text[(prefix.utf8.count + 1)...]
        let dataLength = (output.count * 8 + 4) / 5
        guard data.count == dataLength + checksumLength else { throw .length }
        let isUpperCase = isUpperCase(prefix)
        var checksum = Checksum(prefix: prefix)
        var word: UInt32 = 0
        var bits = 0
        var written = 0
        for (index, character) in data.enumerated() {
            guard let value = value(of: character, isUpperCase: isUpperCase) else { throw .character }
            checksum.add(value)
            guard index < dataLength else { continue }
            word = (word << 5 | UInt32(value)) & 0xFFF
            bits += 5
            if bits >= 8 {
                bits -= 8
                output[written] = UInt8(truncatingIfNeeded: word >> UInt32(bits))
                written += 1
            }
        }
        guard checksum.state == 1 else { throw .checksum }
        guard word & (1 << UInt32(bits) - 1) == 0 else { throw .padding }
    }

    /// Appends the text. Reserve the room before, if what is written is secret: see ``length(of:prefix:)``.
    static func append(_ bytes: UnsafeRawBufferPointer, prefix: String, to output: inout [UInt8]) {
        output += (prefix + "1").utf8
        let isUpperCase = isUpperCase(prefix)
        var checksum = Checksum(prefix: prefix)
        func put(_ value: UInt8) {
            let symbol = symbols[Int(value)]
            output.append(isUpperCase && symbol >= UInt8(ascii: "a") ? symbol - 32 : symbol)
        }
        func add(_ value: UInt32) {
            checksum.add(UInt8(value & 31))
            put(UInt8(value & 31))
        }
        var word: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            word = (word << 8 | UInt32(byte)) & 0xFFF
            bits += 8
            while bits >= 5 {
                bits -= 5
                add(word >> bits)
            }
        }
        if bits > 0 { add(word << (5 - bits)) }
        for value in checksum.values(count: checksumLength) { put(value) }
    }

    /// Length of the text of so many bytes.
    static func length(of byteCount: Int, prefix: String) -> Int {
        prefix.utf8.count + 1 + (byteCount * 8 + 4) / 5 + checksumLength
    }

    private static func isUpperCase(_ prefix: String) -> Bool {
        prefix.utf8.contains { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }
    }

    private static func value(of character: UInt8, isUpperCase: Bool) -> UInt8? {
        var symbol = character
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"):
            guard isUpperCase else { return nil }
            symbol += 32
        case UInt8(ascii: "a")...UInt8(ascii: "z"):
            guard !isUpperCase else { return nil }
        default: break
        }
        return symbols.firstIndex(of: symbol).map { UInt8($0) }
    }

    /// The checksum over the prefix in lower case and the data.
    private struct Checksum {
        var state: UInt32 = 1

        init(prefix: String) {
            let letters = prefix.utf8.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 + 32 : $0 }
            for letter in letters { add(letter >> 5) }
            add(0)
            for letter in letters { add(letter & 31) }
        }

        mutating func add(_ value: UInt8) {
            let generator: InlineArray<5, UInt32> = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3]
            let top = state >> 25
            state = (state & 0x1FF_FFFF) << 5 ^ UInt32(value)
            for bit in generator.indices where top >> UInt32(bit) & 1 == 1 { state ^= generator[bit] }
        }

        /// What makes the state 1 when it is added.
        func values(count: Int) -> [UInt8] {
            var end = self
            for _ in 0..<count { end.add(0) }
            return (0..<count).map { UInt8((end.state ^ 1) >> UInt32(5 * (count - 1 - $0)) & 31) }
        }
    }
}
