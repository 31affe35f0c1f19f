internal import Rows
internal import StructuredText

/// What is asked of a log: `PodLogOptions` of the core group, from a query.
///
/// Source: k8s.io/kubernetes, pkg/apis/core/validation, `ValidatePodLogOptions`; k8s.io/apimachinery, pkg/runtime/conversion.go. Of
/// `follow` what there is comes, as nothing more does; `insecureSkipTLSVerifyBackend` and `pretty` change nothing.
struct PodLogQuery {
    let container: String?
    let isPrevious: Bool
    let hasTimestamps: Bool
    let tailLines: Int?
    let limitBytes: Int?
    private let sinceSeconds: Int?
    private let sinceTime: RowTime?
    private let stream: String?

    /// - Throws: 400 for what cannot be read.
    init(_ request: APIRequest) throws(APIFailure) {
        container = request.parameter("container").flatMap { $0.isEmpty ? nil : $0 }
        isPrevious = request.flag("previous") ?? false
        hasTimestamps = request.flag("timestamps") ?? false
        tailLines = try Self.number("tailLines", request)
        limitBytes = try Self.number("limitBytes", request)
        sinceSeconds = try Self.number("sinceSeconds", request)
        sinceTime = try Self.time("sinceTime", request)
        stream = request.parameter("stream")
    }

    private static func number(_ name: String, _ request: APIRequest) throws(APIFailure) -> Int? {
        guard let text = request.parameter(name) else { return nil }
        if let number = Int(text) { return number }
        let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        let isNumber = !digits.isEmpty && digits.allSatisfy { $0 &- 0x30 < 10 }
        throw .badRequest(
            "strconv.ParseInt: parsing \"\(SafeText.line(text, atMost: 64))\": \(isNumber ? "value out of range" : "invalid syntax")"
        )
    }

    private static func time(_ name: String, _ request: APIRequest) throws(APIFailure) -> RowTime? {
        // "null" is of old clients.
        guard let text = request.parameter(name), !text.isEmpty, text != "null" else { return nil }
        guard let time = RowTime(rfc3339: Array(text.utf8).span) else {
            throw .badRequest(
                "parsing time \"\(SafeText.line(text, atMost: 64))\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\(SafeText.line(text, atMost: 64))\""
            )
        }
        // The API server hands on whole seconds.
        let part = time.nanoseconds % 1_000_000_000
        let (second, isTooEarly) = time.nanoseconds.subtractingReportingOverflow(part < 0 ? part + 1_000_000_000 : part)
        return RowTime(nanoseconds: isTooEarly ? .min : second)
    }

    /// From when on lines are wanted.
    ///
    /// - Parameter read: when the log was read, which `sinceSeconds` counts back from.
    func since(_ read: RowTime?) throws(APIFailure) -> RowTime? {
        guard let sinceSeconds else { return sinceTime }
        guard let read else {
            throw .badRequest("sinceSeconds: nothing says when the log was captured; sinceTime is possible")
        }
        let (span, isTooLong) = Int64(sinceSeconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (start, isTooEarly) = read.nanoseconds.subtractingReportingOverflow(span)
        return RowTime(nanoseconds: isTooLong || isTooEarly ? .min : start)
    }

    /// Parameters that mean nothing where lines have no times.
    var needingTimes: [String] {
        [(hasTimestamps, "timestamps"), (sinceSeconds != nil, "sinceSeconds"), (sinceTime != nil, "sinceTime")]
            .filter(\.0).map(\.1)
    }

    // MARK: Validity

    private struct Cause {
        let field: String
        let reason: String
        let message: String

        init(_ field: String, _ reason: String, _ message: String) {
            (self.field, self.reason, self.message) = (field, reason, message)
        }

        static func invalid(_ field: String, _ value: Int, _ message: String) -> Cause {
            Cause(field, "FieldValueInvalid", "Invalid value: \(value): \(message)")
        }
    }

    private static let streams = ["All", "Stderr", "Stdout"]

    /// 422 for what cannot be meant, 400 for what the capture cannot tell; nil for what is well.
    ///
    /// kubectl prints the causes, not the message.
    func invalidity(pod: String) -> APIResponse? {
        var causes: [Cause] = []
        if let tailLines, tailLines < 0 {
            causes.append(.invalid("tailLines", tailLines, "must be greater than or equal to 0"))
        }
        if let limitBytes, limitBytes < 1 {
            causes.append(.invalid("limitBytes", limitBytes, "must be greater than 0"))
        }
        if sinceSeconds != nil, sinceTime != nil {
            causes.append(
                Cause(
                    "", "FieldValueForbidden",
                    "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"))
        } else if let sinceSeconds, sinceSeconds < 1 {
            causes.append(.invalid("sinceSeconds", sinceSeconds, "must be greater than 0"))
        }
        if let stream, !Self.streams.contains(stream) {
            causes.append(
                Cause(
                    "stream", "FieldValueNotSupported",
                    "Unsupported value: \"\(SafeText.line(stream, atMost: 64))\": supported values: "
                        + Self.streams.map { "\"\($0)\"" }.joined(separator: ", ")))
        }
        guard causes.isEmpty else { return Self.invalid(pod, causes) }
        guard let stream, stream != "All" else { return nil }
        return APIFailure.badRequest(
            "stream: what was captured of a log does not tell standard output and standard error apart: only \"All\" is possible"
        ).response
    }

    private static func invalid(_ pod: String, _ causes: [Cause]) -> APIResponse {
        let texts = causes.map { ($0.field.isEmpty ? "" : "\($0.field): ") + $0.message }
        let all = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        let failure = APIFailure(
            422, "Invalid", "PodLogOptions \"\(pod)\" is invalid: \(all)",
            details: ["name": pod, "kind": "PodLogOptions"])
        guard var status = failure.object.object, var details = status["details"]?.object else {
            return failure.response
        }
        details["causes"] = .array(
            causes.map {
                ["reason": .string($0.reason), "message": .string($0.message), "field": .string($0.field)]
            })
        status["details"] = .object(details)
        return APIResponse(status: failure.code, body: .bytes(JSONValue.object(status).serialized()))
    }
}
