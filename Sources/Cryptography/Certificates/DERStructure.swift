/// Whether bytes are one element of DER, through and through: what can be seen without knowing what it means.
///
/// OpenSSL reads BER as well (indefinite lengths, needless zeros, sets in any order), and parts of certificates it keeps
/// as it found them, so that writing again what it read does not show everything.
enum DERStructure {
    /// X.509 needs about 20.
    private static let deepest = 40

    static func check(_ bytes: [UInt8], doing: String) throws(CryptographyError) {
        var reader = DERReader(bytes, doing: doing)
        try check(try reader.element("the outermost element"), reader, depth: 0)
        try reader.end("the outermost element")
    }

    private static func check(_ element: DERElement, _ reader: DERReader, depth: Int) throws(CryptographyError) {
        let isUniversal = element.tag & 0xC0 == 0
        guard element.tag & DER.constructed != 0 else {
            if isUniversal { try checkPrimitive(element, reader) }
            return
        }
        guard !isUniversal || element.tag == DER.sequence || element.tag == DER.set else {
            throw reader.malformed("a value is in pieces, which is not DER")
        }
        guard depth < deepest else { throw reader.malformed("it is nested deeper than \(deepest) levels") }
        var inner = reader.reader(for: element)
        var previous: DERElement?
        while !inner.isAtEnd {
            let next = try inner.element("an element")
            if element.tag == DER.set, let previous { try checkOrder(previous, next, reader) }
            try check(next, reader, depth: depth + 1)
            previous = next
        }
    }

    /// The members of a SET OF are in ascending order, and here each is there once.
    static func checkOrder(
        _ first: DERElement, _ second: DERElement, _ reader: DERReader
    ) throws(CryptographyError) {
        guard first.encoded.lexicographicallyPrecedes(second.encoded) else {
            throw reader.malformed("the members of a set are not in order, which is not DER")
        }
    }

    private static func checkPrimitive(_ element: DERElement, _ reader: DERReader) throws(CryptographyError) {
        let content = element.content
        let first = content.first
        switch element.tag {
        case DER.boolean:
            guard content.count == 1, first == 0 || first == 0xFF else {
                throw reader.malformed("a truth value is neither 00 nor FF, which is not DER")
            }
        case DER.integer, DER.enumerated:
            guard let first else { throw reader.malformed("a number has no digits") }
            guard let second = content.dropFirst().first else { return }
            guard !(first == 0 && second < 0x80), !(first == 0xFF && second >= 0x80) else {
                throw reader.malformed("a number is longer than it has to be, which is not DER")
            }
        case DER.bitString:
            guard let first, first < 8, content.count > 1 || first == 0 else {
                throw reader.malformed("a bit string does not say how many bits it has")
            }
            guard content.last.map({ $0 & (1 << first - 1) == 0 }) ?? true || content.count == 1 else {
                throw reader.malformed("the unused bits of a bit string are not zero, which is not DER")
            }
        case DER.null:
            guard content.isEmpty else { throw reader.malformed("a null has content") }
        case DER.objectIdentifier:
            guard ObjectIdentifier(content: content) != nil else {
                throw reader.malformed("an object identifier is not in its one form")
            }
        case DER.sequence & ~DER.constructed, DER.set & ~DER.constructed:
            throw reader.malformed("a sequence or set without elements inside")
        default:
            return
        }
    }
}
