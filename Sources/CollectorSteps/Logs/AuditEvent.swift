internal import StructuredText

/// What of a line of an audit log has to be looked at, found in one walk over its bytes: a tree of a hostile line would take twenty
/// times its memory.
///
/// Source: k8s.io/apiserver, pkg/apis/audit/v1/types.go.
struct AuditEvent {
    /// A member's value, quotes included, and its name.
    struct Member {
        var name: String
        var range: Range<Int>
    }

    private(set) var verb = ""
    /// What it is about; nil where it has no such member, as of a path that is none of an object.
    private(set) var reference: Reference?
    /// Bodies of the request and of its answer.
    private(set) var bodies: [Member] = []
    /// Members of the answer's `Status`.
    private(set) var status: [Member] = []
    private(set) var annotations: [Member] = []
    /// What the authorizer said, as `forbid`.
    private(set) var decision = ""

    struct Reference {
        /// Nil where that is no text, or a long one.
        var resource: String?
        var subresource: String?
    }

    /// More of them no API server writes.
    private static let mostMembers = 1_000
    /// Longer names and words mean nothing here.
    private static let mostNameBytes = 512

    /// Nil when it is no event of an audit log, or has a member that matters twice, as no API server writes.
    init?(_ bytes: Span<UInt8>) {
        var position = 0
        var kind = ""
        var version = ""
        var seen: Set<String> = []
        do {
            try JSONTokens.members(bytes, &position) { (token, position) throws(JSONError) in
                let name = Self.name(bytes, token)
                switch name {
                case "kind", "apiVersion", "verb", "objectRef", "requestObject", "responseObject", "responseStatus",
                    "annotations":
                    guard seen.insert(name).inserted else {
                        throw JSONError(code: .syntax, offset: position, message: "it has \(name) twice")
                    }
                default: break
                }
                switch name {
                case "kind": kind = try Self.text(bytes, &position) ?? ""
                case "apiVersion": version = try Self.text(bytes, &position) ?? ""
                case "verb": verb = try Self.text(bytes, &position) ?? ""
                case "requestObject", "responseObject":
                    bodies.append(Member(name: name, range: try Self.value(bytes, &position)))
                case "objectRef": reference = try Self.reference(bytes, &position)
                case "responseStatus": status = try Self.members(bytes, &position)
                case "annotations": annotations = try Self.members(bytes, &position)
                default: try JSONTokens.skipValue(bytes, &position)
                }
            }
        } catch {
            return nil
        }
        guard JSONTokens.next(bytes, &position) == nil, kind == "Event", version.hasPrefix("audit.k8s.io/") else {
            return nil
        }
        if let said = annotations.last(where: { $0.name == "authorization.k8s.io/decision" }) {
            var start = said.range.lowerBound
            decision = ((try? Self.text(bytes, &start)) ?? nil) ?? ""
        }
    }

    private static func name(_ bytes: Span<UInt8>, _ token: JSONTokens.Token) -> String {
        token.range.count <= mostNameBytes ? JSONTokens.text(bytes, token) : ""
    }

    /// Nil for what is no text, or a long one.
    private static func text(_ bytes: Span<UInt8>, _ position: inout Int) throws(JSONError) -> String? {
        let token = try JSONTokens.skipValue(bytes, &position)
        guard case .string = token.kind, token.range.count <= mostNameBytes else { return nil }
        return JSONTokens.text(bytes, token)
    }

    private static func value(_ bytes: Span<UInt8>, _ position: inout Int) throws(JSONError) -> Range<Int> {
        let token = try JSONTokens.skipValue(bytes, &position)
        guard case .string = token.kind else { return token.range }
        return token.range.lowerBound - 1..<token.range.upperBound + 1
    }

    /// Those of an object; of anything else none.
    private static func members(_ bytes: Span<UInt8>, _ position: inout Int) throws(JSONError) -> [Member] {
        guard JSONTokens.next(bytes, &position) == UInt8(ascii: "{") else {
            // Nothing says what it may be: it is one member without a name.
            let range = try value(bytes, &position)
            return bytes[range.lowerBound] == UInt8(ascii: "n") ? [] : [Member(name: "", range: range)]
        }
        var members: [Member] = []
        try JSONTokens.members(bytes, &position) { (token, position) throws(JSONError) in
            guard members.count < mostMembers else {
                throw JSONError(code: .syntax, offset: position, message: "it has too many members")
            }
            members.append(Member(name: name(bytes, token), range: try value(bytes, &position)))
        }
        return members
    }

    private static func reference(_ bytes: Span<UInt8>, _ position: inout Int) throws(JSONError) -> Reference? {
        guard JSONTokens.next(bytes, &position) == UInt8(ascii: "{") else {
            let range = try value(bytes, &position)
            return bytes[range.lowerBound] == UInt8(ascii: "n") ? nil : Reference()
        }
        var found = Reference()
        var names: Set<String> = []
        try JSONTokens.members(bytes, &position) { (token, position) throws(JSONError) in
            let name = name(bytes, token)
            guard name == "resource" || name == "subresource" else {
                try JSONTokens.skipValue(bytes, &position)
                return
            }
            guard names.insert(name).inserted else {
                throw JSONError(code: .syntax, offset: position, message: "it has \(name) twice")
            }
            let text = try text(bytes, &position)
            if name == "resource" { found.resource = text } else { found.subresource = text }
        }
        return found
    }
}
