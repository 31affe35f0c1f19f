internal import StructuredText

/// What a `v1.Status` says: the body of a refusal, and the last word of an exec.
/// Source: k8s.io/apimachinery `meta/v1` types.
public struct KubernetesStatus: Hashable, Sendable {
    /// "Success" or "Failure".
    public var status: String
    /// A word for machines, as in "Forbidden" or "NonZeroExitCode".
    public var reason: String
    /// A sentence for people, shortened, without control characters.
    public var message: String
    public var code: Int?
    /// Seconds to wait before the next try.
    public var retryAfterSeconds: Int?
    /// `details.causes` by `reason`; the first of each.
    public var causes: [String: String]
    /// `metadata.continue`: with an expired list, the token that goes on without consistency.
    package var continueToken: String?

    /// Nil when the bytes are not a JSON object with `kind: Status`.
    /// - Parameter requiresKind: the exec subprotocol sends a status without kind.
    package init?(parsing bytes: some Collection<UInt8>, requiresKind: Bool = true) {
        let limits = JSONLimits(depth: 32, bytes: 1 << 20)
        guard let value = try? JSONValue(parsing: bytes, limits: limits), value.object != nil,
            value["kind"]?.string == "Status" || (!requiresKind && value["status"]?.string != nil)
        else { return nil }
        status = value["status"]?.string ?? ""
        reason = (value["reason"]?.string ?? "").printable(limit: 64)
        message = (value["message"]?.string ?? "").printable()
        code = value["code"]?.int
        retryAfterSeconds = value["details"]?["retryAfterSeconds"]?.int
        causes = [:]
        for cause in (value["details"]?["causes"]?.array ?? []).prefix(64) {
            guard let reason = cause["reason"]?.string, causes[reason] == nil else { continue }
            causes[reason] = (cause["message"]?.string ?? "").printable()
        }
        continueToken = value["metadata"]?["continue"]?.string
    }
}

extension String {
    /// Text from a server, fit for a terminal and a log line: no control characters, not endless.
    package func printable(limit: Int = 600) -> String {
        var result = ""
        for (count, scalar) in unicodeScalars.enumerated() {
            guard count < limit else { return result + "…" }
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate:
                result.unicodeScalars.append(scalar == "\n" || scalar == "\t" ? " " : "\u{FFFD}")
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
