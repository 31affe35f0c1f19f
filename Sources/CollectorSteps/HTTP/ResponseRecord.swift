internal import KubernetesClient
internal import StructuredText

/// How a service answered: what is written beside the body of its answer (format.md 3.3).
struct ResponseRecord: Sendable {
    /// As it can be asked once more with `kubectl get --raw`.
    var url: String
    /// The way that it was asked.
    var through: String
    /// Whether the certificate was looked at; nil without TLS.
    var isVerified: Bool?
    var answer: PodAnswer
    /// What was dialled, and how it was spoken, where that is known here.
    var address: String?
    var version: String?
    /// Of the body that was kept.
    var bytes = 0
    /// A limit ended the body.
    var isCut = false
    /// Why there is not all of the body.
    var failure: String?
    var milliseconds = 0

    /// One JSON object and a line feed.
    var encoded: [UInt8] {
        var object: JSONObject = [
            "method": "GET", "url": .string(url), "through": .string(through), "status": JSONValue(answer.status),
            "headers": .array(answer.headers.map(Self.header)), "bytes": JSONValue(bytes),
            "millisecondsToHeaders": JSONValue(Self.milliseconds(answer.timeToHead)),
            "milliseconds": JSONValue(milliseconds),
        ]
        if let isVerified { object["verified"] = .bool(isVerified) }
        if let address { object["address"] = .string(address) }
        if let version { object["version"] = .string(version) }
        if isCut { object["cut"] = true }
        if let failure { object["incomplete"] = .string(failure) }
        if case .likelyAPIServer = answer.speaker { object["refusedBy"] = "likely-api-server" }
        return JSONValue.object(object).serialized() + [0x0A]
    }

    static func milliseconds(_ duration: Duration) -> Int {
        Int(duration / .milliseconds(1))
    }

    private static func header(_ header: PodAnswer.Header) -> JSONValue {
        isSecret(header.name)
            ? ["name": .string(header.name), "withheldBytes": JSONValue(header.value.utf8.count)]
            : ["name": .string(header.name), "value": .string(header.value)]
    }

    /// Whether what stands in a header lets others act as somebody.
    static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["cookie", "authorization", "token", "secret", "password", "session", "api-key", "apikey"]
            .contains { name.contains($0) }
    }
}
