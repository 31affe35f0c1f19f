internal import BundleFormat
internal import Collection
internal import Cryptography
internal import Probes
internal import StructuredText

/// What probes found, as JSON (docs/collector-reference.md, "Over the network: what comes").
enum ProbeRecord {
    /// How an attempt ends whose probe could not be made.
    static func outcome(_ error: ProbeError) -> Outcome {
        let message = TextSafety.oneLine("\(error)")
        return switch error.code {
        case .addressRefused: .denied(error.code.rawValue, message)
        case .timeout:
            Outcome(.timeout, reason: Reason(code: Reason.Code(rawValue: error.code.rawValue), message: message))
        default: .error(error.code.rawValue, message)
        }
    }

    /// How an attempt ends for which no connection could be made.
    static func outcome(ofNoConnection answer: TCPProbe.Answer) -> Outcome {
        let failure = answer.failure ?? answer.attempts.compactMap(\.failure).last
        return failure.map(outcome) ?? .empty
    }

    static func document(_ object: JSONObject) -> [UInt8] { JSONValue.object(object).serialized() + [0x0A] }

    static func error(_ error: ProbeError) -> JSONValue {
        ["code": .string(error.code.rawValue), "message": .string(TextSafety.oneLine("\(error)"))]
    }

    /// A time in milliseconds, to the microsecond.
    static func milliseconds(_ value: Double) -> JSONValue { .number("\(value)") }

    static func dialling(_ answer: TCPProbe.Answer) -> JSONObject {
        var object: JSONObject = [
            "address": .string("\(answer.endpoint)"), "resolveMilliseconds": milliseconds(answer.resolveMilliseconds),
        ]
        object["dialled"] = .array(
            answer.attempts.map { attempt in
                var one: JSONObject = [
                    "address": .string(attempt.address.description(port: answer.endpoint.port)),
                    "class": .string(attempt.kind.rawValue), "connected": .bool(attempt.failure == nil),
                ]
                one["milliseconds"] = attempt.milliseconds.map(milliseconds)
                one["from"] = attempt.localAddress.map { .string($0) }
                one["failure"] = attempt.failure.map(error)
                return .object(one)
            })
        object["failure"] = answer.failure.map(error)
        return object
    }

    // MARK: TLS

    static func handshake(_ answer: TLSAnswer) -> JSONObject {
        var object: JSONObject = ["complete": .bool(answer.isComplete)]
        object["serverName"] = answer.serverName.map { .string($0) }
        object["version"] = answer.version.map { .string($0) }
        object["cipher"] = answer.cipher.map { .string($0) }
        object["group"] = answer.group.map { .string($0) }
        object["alpn"] = answer.alpn.map { .string($0) }
        object["clientCertificateWanted"] = .bool(answer.wantsClientCertificate)
        object["alertReceived"] = answer.alertReceived.map { JSONValue($0) }
        object["alertSent"] = answer.alertSent.map { JSONValue($0) }
        object["receivedBytes"] = JSONValue(answer.receivedBytes)
        object["garbage"] = answer.garbage.map { .string(hexadecimal($0)) }
        object["milliseconds"] = milliseconds(answer.milliseconds)
        object["failure"] = answer.failure.map(error)
        return object
    }

    static func verification(_ answer: TLSAnswer) -> JSONValue {
        var object = JSONObject()
        object["verified"] = answer.isVerified.map { .bool($0) } ?? .null
        object["expected"] = answer.expected.map { .string($0) }
        object["problems"] = .array(
            answer.problems.map { problem in
                [
                    "code": JSONValue(problem.code), "words": .string(problem.words),
                    "depth": JSONValue(problem.depth),
                ]
            })
        if let anchor = answer.verifiedChain.last.flatMap({ try? Certificate(encoded: $0) }) {
            object["anchor"] = .string(anchor.subject)
        }
        return .object(object)
    }

    static func staple(_ staple: TLSAnswer.Staple) -> JSONValue {
        var object: JSONObject = ["status": staple.status.map { .string($0) } ?? .null]
        object["thisUpdate"] = staple.thisUpdate.map { JSONValue($0) }
        object["nextUpdate"] = staple.nextUpdate.map { JSONValue($0) }
        return .object(object)
    }

    /// A certificate in words; of one that cannot be read only its digest.
    static func certificate(_ encoded: [UInt8]) -> JSONValue {
        var object: JSONObject = ["sha256": .string(SHA256.digest(of: encoded).hex)]
        do {
            let certificate = try Certificate(encoded: encoded)
            object["subject"] = .string(certificate.subject)
            object["issuer"] = .string(certificate.issuer)
            object["serial"] = .string(certificate.serialNumber)
            object["notBefore"] = .string(certificate.validFrom)
            object["notAfter"] = .string(certificate.validUntil)
            object["names"] = .array((try? certificate.alternativeNames)?.map { .string($0) } ?? [])
            object["publicKey"] = certificate.publicKey.map { .string($0) }
            object["signatureAlgorithm"] = certificate.signatureAlgorithm.map { .string($0) }
        } catch {
            object["unreadable"] = .string(TextSafety.oneLine(error.reason))
        }
        return .object(object)
    }

    // MARK: DNS

    /// - Parameter withRecords: false leaves them out, and says `cut`.
    static func dns(_ answer: DNSProbe.Answer, withRecords: Bool = true) -> JSONValue {
        var object: JSONObject = [
            "server": .string(answer.server), "type": .string(answer.type), "transport": .string(answer.transport),
            "milliseconds": milliseconds(answer.milliseconds), "truncated": .bool(answer.wasTruncated),
        ]
        if answer.ignored > 0 { object["ignored"] = JSONValue(answer.ignored) }
        object["failure"] = answer.failure.map(error)
        guard let message = answer.message else { return .object(object) }
        object["bytes"] = JSONValue(answer.bytes)
        object["rcode"] = .string(message.responseName)
        object["flags"] = .array(
            [
                ("aa", message.isAuthoritative), ("tc", message.isTruncated), ("ra", message.isRecursionAvailable),
                ("ad", message.isAuthenticData),
            ].filter(\.1).map { .string($0.0) })
        if message.isCut || !withRecords { object["cut"] = .bool(true) }
        guard withRecords else { return .object(object) }
        object["records"] = .array(
            message.records.map { record in
                [
                    "section": .string(record.section), "name": .string(record.name), "type": .string(record.type),
                    "ttl": JSONValue(record.ttl), "data": .string(record.data),
                ]
            })
        return .object(object)
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
