internal import Collection
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
    /// Values that were sent and must not be recorded, wherever the answer has them.
    var secrets = SentSecrets([])
    /// Bytes of all headers, as the record has them; beyond that only their names, and beyond twice that none.
    var headerLimit = Self.mostHeaderBytes
    /// Of the body that was kept.
    var bytes = 0
    /// A limit ended the body.
    var isCut = false
    /// Why there is not all of the body.
    var failure: String?
    var milliseconds = 0

    /// Names and values of headers that a record keeps, as JSON.
    static let mostHeaderBytes = 16 << 10

    /// One JSON object and a line feed.
    var encoded: [UInt8] {
        let (headers, omitted) = recordedHeaders
        var object: JSONObject = [
            "method": "GET", "url": .string(url), "through": .string(through), "status": JSONValue(answer.status),
            "headers": .array(headers), "bytes": JSONValue(bytes),
            "millisecondsToHeaders": JSONValue(Self.milliseconds(answer.timeToHead)),
            "milliseconds": JSONValue(milliseconds),
        ]
        if omitted > 0 { object["omittedHeaders"] = JSONValue(omitted) }
        if let isVerified { object["verified"] = .bool(isVerified) }
        if let address { object["address"] = .string(address) }
        if let version { object["version"] = .string(version) }
        if isCut { object["cut"] = true }
        if let failure {
            object["incomplete"] = .string(String(secrets.withheld(from: failure).unicodeScalars.prefix(150)))
        }
        if case .likelyAPIServer = answer.speaker { object["refusedBy"] = "likely-api-server" }
        return JSONValue.object(object).serialized() + [0x0A]
    }

    static func milliseconds(_ duration: Duration) -> Int {
        Int(duration / .milliseconds(1))
    }

    /// What the record has of the headers, and how many it leaves out: a service decides how long they are, not how long this is.
    private var recordedHeaders: ([JSONValue], omitted: Int) {
        var kept: [JSONValue] = []
        var used = 0
        for header in answer.headers {
            let whole = recorded(header, isWithheld: false)
            let size = whole.serialized().count
            if used + size <= headerLimit {
                kept.append(whole)
                used += size
                continue
            }
            let name = recorded(header, isWithheld: true)
            let nameSize = name.serialized().count
            guard used + nameSize <= 2 * headerLimit else { continue }
            kept.append(name)
            used += nameSize
        }
        return (kept, answer.headers.count - kept.count)
    }

    private func recorded(_ header: PodAnswer.Header, isWithheld: Bool) -> JSONValue {
        let name = secrets.withheld(from: header.name)
        guard isWithheld || HeaderName.meansSecret(header.name) || secrets.areIn(header.value) else {
            return ["name": .string(name), "value": .string(header.value)]
        }
        return ["name": .string(name), "withheldBytes": JSONValue(header.value.utf8.count)]
    }
}
