internal import StructuredText

/// Takes the audit events out of a log of the API server, line by line.
///
/// What is no event is left out: whoever may write below a node's `/var/log` can put a link to any file in the log's place. Events
/// are kept byte for byte; but where one has the body of a request or answer about Secrets or tokens in it (levels `Request` and
/// `RequestResponse`), that is replaced by its keyed hash.
///
/// Source: k8s.io/apiserver, pkg/apis/audit/v1/types.go; pkg/audit/format.go.
package struct AuditLines {
    package private(set) var events = 0
    /// Whole lines that are none.
    package private(set) var others = 0
    /// An object of etcd has 1.5 MiB at most, and an event has it twice at most.
    private static let maxLineBytes = 8 << 20
    private static let limits = JSONLimits(depth: 64, bytes: maxLineBytes)

    private let redactor: SecretRedactor
    private var line: [UInt8] = []
    private var isOversized = false
    private var isRest: Bool

    /// - Parameter beginsMidway: what comes first is the rest of a line.
    package init(redactor: SecretRedactor, beginsMidway: Bool) {
        self.redactor = redactor
        isRest = beginsMidway
    }

    package mutating func take(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) {
        var rest = bytes
        while let end = rest.firstIndex(of: 0x0A) {
            append(rest[..<end])
            endLine(into: &output)
            rest = rest[(end + 1)...]
        }
        append(rest)
    }

    /// The last line, if it has no end. Where it is no event it is one that is still being written.
    package mutating func finish(into output: inout [UInt8]) {
        let known = others
        endLine(into: &output)
        others = known
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) {
        guard !isRest, !isOversized else { return }
        isOversized = line.count + bytes.count > Self.maxLineBytes
        if !isOversized { line += bytes }
    }

    private mutating func endLine(into output: inout [UInt8]) {
        defer {
            line.removeAll(keepingCapacity: true)
            (isRest, isOversized) = (false, false)
        }
        guard !isRest, isOversized || !line.isEmpty else { return }
        guard !isOversized, let event = try? JSONValue(parsing: line, limits: Self.limits),
            event["kind"]?.string == "Event", event["apiVersion"]?.string?.hasPrefix("audit.k8s.io/") == true,
            let members = event.object
        else {
            others += 1
            return
        }
        events += 1
        output += redacted(members).map { JSONValue.object($0).serialized() } ?? line
        output.append(0x0A)
    }

    private static let bodies = ["requestObject", "responseObject"]
    /// Patches that admission made of the object. Source: k8s.io/apiserver, pkg/admission/plugin/webhook/mutating/dispatcher.go.
    private static let patches = "patch.webhook.admission.k8s.io/"

    /// Nil when it may be kept as it is.
    private func redacted(_ event: JSONObject) -> JSONObject? {
        let annotations = event["annotations"]?.object ?? [:]
        let hasBody = Self.bodies.contains { event[$0] != nil }
        let hasPatch = annotations.contains { $0.key.hasPrefix(Self.patches) }
        guard hasBody || hasPatch, Self.holdsSecrets(event["objectRef"]) else { return nil }
        var kept = event
        for body in Self.bodies where event[body] != nil { kept[body] = event[body].map(token) }
        if hasPatch {
            kept["annotations"] = .object(
                JSONObject(annotations.map { ($0.key, $0.key.hasPrefix(Self.patches) ? token($0.value) : $0.value) }))
        }
        return kept
    }

    private func token(_ value: JSONValue) -> JSONValue { .string(redactor.token(for: value.serialized())) }

    /// Whether what is said of such an object may be a credential; also where nothing says what it is about. ConfigMaps may be the
    /// releases of Helm, values included.
    private static func holdsSecrets(_ reference: JSONValue?) -> Bool {
        guard let resource = reference?["resource"]?.string else { return true }
        return resource == "secrets" || resource == "configmaps" || resource.contains("token")
            || resource.hasPrefix("oauth") || ["token", "secrets"].contains(reference?["subresource"]?.string)
    }
}
