/// Whether a time stamp was granted, and if not, why (RFC 3161 section 2.4.2, PKIStatusInfo). Nobody signs this.
struct TimestampStatus {
    private let number: Int
    private let text: [String]
    private let failures: [String]

    private static let names = [
        2: "rejection", 3: "waiting", 4: "revocation is imminent", 5: "the authority's certificate was revoked",
    ]
    private static let failureNames = [
        0: "unknown hash algorithm", 2: "bad request", 5: "bad data format", 14: "its time source is not available",
        15: "policy not supported", 16: "extension not supported", 17: "additional information not available",
        25: "system failure",
    ]

    init(_ element: DERElement, _ outer: DERReader) throws(CryptographyError) {
        var fields = outer.reader(for: element)
        guard let number = try fields.element(DER.integer, "the status").number, number <= 5 else {
            throw outer.malformed("its status is not one")
        }
        self.number = number
        var text: [String] = []
        if let strings = try fields.optional(DER.sequence, "the status text") {
            var reader = outer.reader(for: strings)
            for string in try reader.all("status texts", limit: 16) {
                // For people, from an unknown host.
                let bytes = string.content.prefix(200).map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }
                text.append(String(decoding: bytes, as: UTF8.self))
            }
        }
        self.text = text
        let bits = try fields.optional(DER.bitString, "the failure")?.content.dropFirst().prefix(8) ?? []
        failures = bits.enumerated().flatMap { index, byte in
            (0..<8).filter { byte & 0x80 >> $0 != 0 }.map {
                Self.failureNames[8 * index + $0] ?? "failure \(8 * index + $0)"
            }
        }
        try fields.end("the status")
    }

    /// Granted, or granted with modifications.
    var isGranted: Bool { number < 2 }

    func refusal(doing: String) -> CryptographyError {
        let reasons = failures + text.map { "it says: \($0)" }
        return CryptographyError(
            code: .timestampRefused, doing: doing,
            reason: (["it gave no time stamp (\(Self.names[number] ?? "status \(number)"))"] + reasons)
                .joined(separator: ", "))
    }
}
