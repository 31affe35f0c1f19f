/// The distinguished encoding of ASN.1 (X.690): tags, and writing.
enum DER {
    static let boolean: UInt8 = 0x01
    static let integer: UInt8 = 0x02
    static let bitString: UInt8 = 0x03
    static let octetString: UInt8 = 0x04
    static let null: UInt8 = 0x05
    static let objectIdentifier: UInt8 = 0x06
    static let enumerated: UInt8 = 0x0A
    static let utf8String: UInt8 = 0x0C
    static let generalizedTime: UInt8 = 0x18
    static let utcTime: UInt8 = 0x17
    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31

    /// The bit of a tag that says that elements are inside.
    static let constructed: UInt8 = 0x20

    /// A context-specific tag: of something with elements inside, or without.
    static func context(_ number: UInt8, constructed isConstructed: Bool = true) -> UInt8 {
        0x80 | number | (isConstructed ? constructed : 0)
    }

    /// An element with the given contents, one behind the other.
    static func element(_ tag: UInt8, _ contents: [UInt8]...) -> [UInt8] {
        let content = Array(contents.joined())
        var length: [UInt8] = []
        if content.count < 0x80 {
            length = [UInt8(content.count)]
        } else {
            var rest = content.count
            while rest > 0 {
                length.insert(UInt8(truncatingIfNeeded: rest), at: 0)
                rest >>= 8
            }
            length.insert(0x80 | UInt8(length.count), at: 0)
        }
        return [tag] + length + content
    }
}

/// One element, as it was read.
struct DERElement: Hashable, Sendable {
    let tag: UInt8
    /// Tag, length and content.
    let encoded: ArraySlice<UInt8>
    let content: ArraySlice<UInt8>

    /// The bytes of an INTEGER without its sign byte; nil if it is negative.
    var magnitude: ArraySlice<UInt8>? {
        guard let first = content.first, first & 0x80 == 0 else { return nil }
        return first == 0 && content.count > 1 ? content.dropFirst() : content
    }

    /// An INTEGER that is not negative and fits.
    var number: Int? {
        guard let magnitude, magnitude.count <= 7 else { return nil }
        return magnitude.reduce(0) { $0 << 8 | Int($1) }
    }
}
