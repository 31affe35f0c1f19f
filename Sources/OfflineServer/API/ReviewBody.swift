internal import StructuredText

/// What a client sends to have an access reviewed: as JSON, or as protobuf, which kubectl takes for everything that it posts.
///
/// Sources: k8s.io/apimachinery, pkg/runtime/serializer/protobuf (four bytes, then `Unknown`); k8s.io/api, authorization/v1/generated.proto.
enum ReviewBody {
    private static let magic = Array("k8s\0".utf8)

    /// The `spec` of it, with the members of its JSON form.
    ///
    /// - Throws: ``APIFailure``, 400, for what is neither.
    static func spec(of body: [UInt8]) throws(APIFailure) -> JSONValue {
        if body.starts(with: magic) {
            guard let spec = spec(ofProtobuf: body[magic.count...]) else {
                throw APIFailure.badRequest("the body is no review in protobuf")
            }
            return spec
        }
        do {
            let value = try JSONValue(parsing: body, limits: JSONLimits(depth: 32))
            guard value.object != nil else { throw APIFailure.badRequest("the body is no JSON object") }
            return value["spec"] ?? [:]
        } catch let error as JSONError {
            throw APIFailure.badRequest("the body is no JSON object: \(SafeText.line("\(error)"))")
        } catch {
            throw APIFailure.badRequest("the body is no JSON object")
        }
    }

    /// Nil for what is no `Unknown` with one of the reviews in it.
    private static func spec(ofProtobuf bytes: ArraySlice<UInt8>) -> JSONValue? {
        guard let envelope = fields(of: bytes), let type = envelope[1].flatMap(fields), let kind = type[2].map(text),
            let review = fields(of: envelope[2] ?? [])
        else { return nil }
        let spec = review[2] ?? []
        switch kind {
        case "SelfSubjectAccessReview":
            guard let parts = fields(of: spec) else { return nil }
            var members: [(String, JSONValue)] = []
            if let resource = parts[1] {
                let names = ["namespace", "verb", "group", "version", "resource", "subresource", "name"]
                guard let attributes = texts(of: resource, names) else { return nil }
                members.append(("resourceAttributes", attributes))
            }
            if let path = parts[2] {
                guard let attributes = texts(of: path, ["path", "verb"]) else { return nil }
                members.append(("nonResourceAttributes", attributes))
            }
            return .object(JSONObject(members))
        case "SelfSubjectRulesReview": return texts(of: spec, ["namespace"])
        case "SelfSubjectReview": return [:]
        default: return nil
        }
    }

    /// A message of texts, whose fields are numbered from 1.
    private static func texts(of message: ArraySlice<UInt8>, _ names: [String]) -> JSONValue? {
        guard let fields = fields(of: message) else { return nil }
        let members = names.enumerated().compactMap { index, name in
            fields[index + 1].map { (name, JSONValue.string(text($0))) }
        }
        return .object(JSONObject(members))
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    /// The fields of a message that have a length, each as it stands there last; others are passed over. Nil for what is no message.
    private static func fields(of message: ArraySlice<UInt8>) -> [Int: ArraySlice<UInt8>]? {
        var fields: [Int: ArraySlice<UInt8>] = [:]
        var rest = message
        while !rest.isEmpty {
            guard let tag = number(&rest) else { return nil }
            var length: UInt64
            switch tag & 7 {
            case 0:
                guard number(&rest) != nil else { return nil }
                continue
            case 1: length = 8
            case 2:
                guard let stated = number(&rest) else { return nil }
                length = stated
            case 5: length = 4
            default: return nil
            }
            guard length <= UInt64(rest.count) else { return nil }
            let content = rest.prefix(Int(length))
            rest = rest.dropFirst(content.count)
            if tag & 7 == 2, tag >> 3 <= 64 { fields[Int(tag >> 3)] = content }
        }
        return fields
    }

    /// A number in pieces of seven bits.
    private static func number(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }
}
