/// What a time stamp says (RFC 3161 section 2.4.2, TSTInfo).
public struct TimestampInfo: Hashable, Sendable {
    /// The time, in seconds since 1970; a fraction of a second comes on top.
    public let seconds: Int64
    /// 0 ..< 1,000,000,000.
    public let nanoseconds: Int32
    /// By how much the time may be wrong, to both sides; nil if the authority does not say.
    public let accuracy: Duration?
    /// The authority's policy, as an object identifier: `1.2.3.4`.
    public let policy: String
    /// The authority's number for this time stamp, in hexadecimal.
    public let serialNumber: String
    /// Whether any two time stamps of this authority can be ordered by their times alone.
    public let isOrdered: Bool
    /// What the authority calls itself, in the form of RFC 2253; nil if it does not say, or not by such a name.
    public let authorityName: String?

    let digest: MessageDigest
    let imprint: [UInt8]
    let nonce: [UInt8]?
    /// A GeneralName.
    let authority: DERElement?

    /// Reads DER; nothing may follow it.
    init(parsing encoded: [UInt8], doing: String) throws(CryptographyError) {
        try DERStructure.check(encoded, doing: doing)
        var outer = DERReader(encoded, doing: doing)
        var fields = try outer.inside(DER.sequence, "the time stamp's content")
        guard try fields.element(DER.integer, "the version").number == 1 else {
            throw fields.malformed("its version is not known here")
        }
        guard let policy = ObjectIdentifier(content: try fields.element(DER.objectIdentifier, "the policy").content)
        else { throw fields.malformed("its policy is not an object identifier") }
        self.policy = policy.description
        var about = try fields.inside(DER.sequence, "the imprint")
        digest = try MessageDigest(AlgorithmIdentifier(about.element(DER.sequence, "the hash"), about), doing: doing)
        imprint = Array(try about.element(DER.octetString, "the imprint").content)
        try about.end("the imprint")
        serialNumber = Hexadecimal.upper(
            try fields.element(DER.integer, "the serial number").magnitude ?? [])
        guard !serialNumber.isEmpty else { throw fields.malformed("its serial number is negative") }
        let time = try fields.element(DER.generalizedTime, "the time")
        guard let time = UTCTime.parse(time.content, tag: time.tag) else {
            throw fields.malformed("its time is not a time in UTC")
        }
        (seconds, nanoseconds) = time
        accuracy = try fields.optional(DER.sequence, "the accuracy").map { element throws(CryptographyError) in
            try Self.accuracy(element, fields)
        }
        isOrdered = try fields.optional(DER.boolean, "the ordering")?.content.first == 0xFF
        nonce = try fields.optional(DER.integer, "the nonce").map { Array($0.content) }
        authority = try fields.optional(DER.context(0), "the authority's name").map {
            element throws(CryptographyError) in
            var names = fields.reader(for: element)
            let name = try names.element("the authority's name")
            try names.end("the authority's name")
            return name
        }
        authorityName = try authority.flatMap { name throws(CryptographyError) in
            guard name.tag == DER.context(4) else { return nil }
            return try NameText.text(encoded: Array(name.content), doing: doing)
        }
        if let extensions = try fields.optional(DER.context(1), "the extensions") {
            try Self.checkExtensions(extensions, fields)
        }
        try fields.end("the time stamp's content")
    }

    private static func accuracy(_ element: DERElement, _ outer: DERReader) throws(CryptographyError) -> Duration {
        var fields = outer.reader(for: element)
        let units: [(tag: UInt8, limit: Int, nanoseconds: Int)] = [
            (DER.integer, 1 << 31, 1_000_000_000),
            (DER.context(0, constructed: false), 999, 1_000_000),
            (DER.context(1, constructed: false), 999, 1_000),
        ]
        var total = 0
        for unit in units {
            guard let element = try fields.optional(unit.tag, "the accuracy") else { continue }
            guard let number = element.number, number <= unit.limit else {
                throw outer.malformed("its accuracy is not a length of time")
            }
            total += number * unit.nanoseconds
        }
        try fields.end("the accuracy")
        return .nanoseconds(total)
    }

    /// None is known here, so none may be critical.
    private static func checkExtensions(_ element: DERElement, _ outer: DERReader) throws(CryptographyError) {
        var list = outer.reader(for: element)
        while !list.isAtEnd {
            var fields = try list.inside(DER.sequence, "an extension")
            _ = try fields.element(DER.objectIdentifier, "an extension's name")
            guard try fields.optional(DER.boolean, "whether it is critical")?.content.first != 0xFF else {
                throw outer.malformed("it has a critical extension that is not known here")
            }
            _ = try fields.element(DER.octetString, "an extension's value")
            try fields.end("an extension")
        }
    }
}
