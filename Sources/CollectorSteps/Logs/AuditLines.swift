/// Takes the audit events out of a log of the API server, line by line.
///
/// What is no event is left out: whoever may write below a node's `/var/log` can put a link to any file in the log's place. Events
/// are kept byte for byte; but where one is about Secrets or tokens, what may hold a value of theirs is replaced by its keyed hash:
/// bodies of requests and answers (levels `Request` and `RequestResponse`), what an answer says in words, and what admission noted.
///
/// Source: k8s.io/apiserver, pkg/apis/audit/v1/types.go; pkg/audit/format.go.
package struct AuditLines {
    package private(set) var events = 0
    /// Whole lines that are none.
    package private(set) var others = 0
    /// Lines that are longer than ``maxLineBytes``: they were not looked at.
    package private(set) var tooLong = 0
    /// An object of etcd has 1.5 MiB at most, and an event has it twice at most.
    package static let maxLineBytes = 8 << 20

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
        let known = (others, tooLong)
        endLine(into: &output)
        (others, tooLong) = known
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) {
        guard !isRest, !isOversized else { return }
        isOversized = line.count + bytes.count > Self.maxLineBytes
        if isOversized { line = [] } else { line += bytes }
    }

    private mutating func endLine(into output: inout [UInt8]) {
        defer {
            // What a long line took is given back.
            line.removeAll(keepingCapacity: line.count <= 1 << 16)
            (isRest, isOversized) = (false, false)
        }
        guard !isRest, isOversized || !line.isEmpty else { return }
        guard !isOversized else {
            tooLong += 1
            return
        }
        guard let event = AuditEvent(line.span) else {
            others += 1
            return
        }
        events += 1
        var kept = 0
        for range in secrets(of: event).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            output += line[kept..<range.lowerBound]
            output += Array("\"\(redactor.token(for: Array(line[range])))\"".utf8)
            kept = range.upperBound
        }
        output += line[kept...]
        output.append(0x0A)
    }

    /// Notes of the API server itself, with nothing of the object in them. Others may have: the patches of admission webhooks
    /// (`patch.webhook.admission.k8s.io`), what failed of an admission policy (`validation.policy.admission.k8s.io`), and what
    /// webhooks and policies note under their own names.
    /// Source: kubernetes.io, "Audit Annotations"; OpenShift's OAuth server has the last.
    private static let plainNotes: Set<Substring> = [
        "authentication.k8s.io", "authorization.k8s.io", "apiserver.latency.k8s.io", "k8s.io",
        "mutation.webhook.admission.k8s.io", "failed-open.mutation.webhook.admission.k8s.io",
        "failed-open.validating.webhook.admission.k8s.io", "failed-open.validation.webhook.admission.k8s.io",
        "pod-security.kubernetes.io", "authentication.openshift.io",
    ]
    /// Of a `Status`: what says how it ended, and not in words.
    private static let plainStatus: Set<String> = ["kind", "apiVersion", "metadata", "status", "reason", "code"]

    /// Where in the line what may be a secret stands.
    private func secrets(of event: AuditEvent) -> [Range<Int>] {
        guard Self.holdsSecrets(event.reference) else { return [] }
        var found = event.bodies.map(\.range)
        found += event.annotations.filter { !Self.plainNotes.contains($0.name.prefix { $0 != "/" }) }.map(\.range)
        // The words of the authorizer, and those about reading, are said before there is anything that they could repeat; a path
        // that is none of an object has none.
        let isPlain = event.decision == "forbid" || ["get", "list", "watch"].contains(event.verb)
        if event.reference != nil, !isPlain {
            found += event.status.filter { !Self.plainStatus.contains($0.name) }.map(\.range)
        }
        return found
    }

    /// Whether what is said of such an object may be a credential; also where nothing says what it is about. ConfigMaps may be the
    /// releases of Helm, values included.
    private static func holdsSecrets(_ reference: AuditEvent.Reference?) -> Bool {
        guard let resource = reference?.resource else { return true }
        // Subresources: of ServiceAccounts, and of OpenShift's ImageStreams, which are lists of dockercfg Secrets.
        return resource == "secrets" || resource == "configmaps" || resource.contains("token")
            || resource.hasPrefix("oauth") || ["token", "secrets"].contains(reference?.subresource)
    }
}
