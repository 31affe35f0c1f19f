public import StructuredText

/// A request that cannot be answered: an object `Status` of the API.
///
/// Source: k8s.io/apimachinery, pkg/apis/meta/v1/types.go and pkg/api/errors/errors.go, whose words clients know.
public struct APIFailure: Error, Hashable, Sendable {
    /// Of HTTP.
    public let code: Int
    /// A word by which clients decide: `NotFound`.
    public let reason: String
    /// In words, which kubectl prints; without control characters.
    public let message: String
    /// What it is about: `name`, `group`, `kind` (of the resource, as in `pods`).
    public let details: [String: String]

    public init(_ code: Int, _ reason: String, _ message: String, details: [String: String] = [:]) {
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
    }

    /// An object that is not there: `pods "web-0" not found`.
    ///
    /// - Parameter resource: with its group, as in `deployments.apps`.
    public static func notFound(_ resource: String, group: String, name: String) -> APIFailure {
        let full = group.isEmpty ? resource : "\(resource).\(group)"
        var details = ["name": name, "kind": resource]
        if !group.isEmpty { details["group"] = group }
        return APIFailure(404, "NotFound", SafeText.line("\(full) \"\(name)\" not found"), details: details)
    }

    /// A path that nothing answers.
    public static let noSuchPath = APIFailure(404, "NotFound", "the server could not find the requested resource")

    /// A request that makes no sense, and why.
    public static func badRequest(_ message: String) -> APIFailure { APIFailure(400, "BadRequest", message) }

    /// What the capture says nothing of: not `NotFound`, which clients take for "there is none".
    ///
    /// - Parameter what: as in `pods of namespace prod`.
    public static func notCaptured(_ what: String, _ reason: String) -> APIFailure {
        APIFailure(403, "Forbidden", SafeText.line("\(what) were not captured: \(reason)"))
    }

    /// Whatever would change something.
    public static func readOnly(_ what: String) -> APIFailure {
        APIFailure(
            405, "MethodNotAllowed", "\(what) is not possible: this is a capture, which can only be read")
    }

    /// The `Status`.
    public var object: JSONValue {
        var details = JSONObject()
        for key in ["name", "group", "kind"] {
            if let value = self.details[key] { details.append((key, .string(value))) }
        }
        var members: [(String, JSONValue)] = [
            ("kind", .string("Status")), ("apiVersion", .string("v1")), ("metadata", .object(JSONObject())),
            ("status", .string("Failure")), ("message", .string(message)), ("reason", .string(reason)),
        ]
        if !details.isEmpty { members.append(("details", .object(details))) }
        members.append(("code", JSONValue(code)))
        return .object(JSONObject(members))
    }

    /// The ``object`` with its code.
    public var response: APIResponse { APIResponse(status: code, body: .bytes(object.serialized())) }
}
