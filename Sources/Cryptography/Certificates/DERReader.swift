/// Reads elements of DER one after the other. Lengths are accepted in their shortest form only.
struct DERReader {
    private var rest: ArraySlice<UInt8>
    /// Goes into every error.
    private let doing: String

    init(_ bytes: ArraySlice<UInt8>, doing: String) {
        rest = bytes
        self.doing = doing
    }

    init(_ bytes: [UInt8], doing: String) {
        self.init(bytes[...], doing: doing)
    }

    func malformed(_ reason: String) -> CryptographyError {
        CryptographyError(code: .malformed, doing: doing, reason: reason)
    }

    var isAtEnd: Bool { rest.isEmpty }

    /// The next element, whatever its tag is.
    mutating func element(_ what: String) throws(CryptographyError) -> DERElement {
        var position = rest.startIndex
        func byte() throws(CryptographyError) -> UInt8 {
            guard position < rest.endIndex else { throw malformed("\(what) is cut off") }
            defer { position += 1 }
            return rest[position]
        }
        let tag = try byte()
        guard tag & 0x1F != 0x1F, tag != 0 else { throw malformed("\(what) has a tag that does not belong here") }
        var count = Int(try byte())
        if count >= 0x80 {
            let digits = count & 0x7F
            guard digits > 0 else { throw malformed("the length of \(what) is indefinite, which is not DER") }
            guard digits <= 4 else { throw malformed("the length of \(what) is beyond all use") }
            count = 0
            for _ in 0..<digits { count = count << 8 | Int(try byte()) }
            guard count >= 0x80, count >> (8 * (digits - 1)) > 0 else {
                throw malformed("the length of \(what) is longer than it has to be, which is not DER")
            }
        }
        guard count <= rest.endIndex - position else { throw malformed("\(what) is cut off") }
        let end = position + count
        defer { rest = rest[end...] }
        return DERElement(tag: tag, encoded: rest[..<end], content: rest[position..<end])
    }

    /// The next element, which has this tag.
    mutating func element(_ tag: UInt8, _ what: String) throws(CryptographyError) -> DERElement {
        let element = try element(what)
        guard element.tag == tag else { throw malformed("\(what) is not where it should be") }
        return element
    }

    /// The next element if it has this tag.
    mutating func optional(_ tag: UInt8, _ what: String) throws(CryptographyError) -> DERElement? {
        rest.first == tag ? try element(what) : nil
    }

    /// A reader for what is inside the next element.
    mutating func inside(_ tag: UInt8, _ what: String) throws(CryptographyError) -> DERReader {
        reader(for: try element(tag, what))
    }

    func reader(for element: DERElement) -> DERReader {
        DERReader(element.content, doing: doing)
    }

    /// All elements up to the end, at most `limit`.
    mutating func all(_ what: String, limit: Int) throws(CryptographyError) -> [DERElement] {
        var elements: [DERElement] = []
        while !isAtEnd {
            guard elements.count < limit else { throw malformed("more than \(limit) \(what)") }
            elements.append(try element(what))
        }
        return elements
    }

    func end(_ what: String) throws(CryptographyError) {
        guard rest.isEmpty else { throw malformed("\(rest.count) bytes follow \(what)") }
    }
}
