internal import Inspection

/// What a client wants of a list.
///
/// Source: k8s.io/apimachinery, pkg/apis/meta/v1/types.go, `ListOptions` and `TableOptions`.
struct ListOptions: Sendable {
    /// What a row of a table says of its object.
    enum IncludedObject: String, Sendable {
        case none = "None"
        case metadata = "Metadata"
        case object = "Object"
    }

    var labels: LabelSelector?
    var fields = FieldSelector()
    /// Nil for all at once.
    var limit: Int?
    var token: ContinueToken?
    var isWatch = false
    var resourceVersion = ""
    var timeout: Duration?
    var allowsBookmarks = false
    var sendsInitialEvents: Bool?
    var includedObject = IncludedObject.metadata

    /// - Throws: 400, and 422 as the API server does.
    init(_ request: APIRequest) throws(APIFailure) {
        if let text = request.parameter("labelSelector"), !text.isEmpty {
            do {
                labels = try LabelSelector(parsing: text)
            } catch {
                throw .badRequest("unable to parse requirement: \(SafeText.line(error.description))")
            }
        }
        if let text = request.parameter("fieldSelector") { fields = try FieldSelector(parsing: text) }
        let limit = try Self.number("limit", request) ?? 0
        guard limit >= 0 else { throw .badRequest("limit must be a non-negative number") }
        self.limit = limit > 0 ? limit : nil
        if let text = request.parameter("continue"), !text.isEmpty { token = try ContinueToken(parsing: text) }
        isWatch = request.flag("watch") ?? false
        resourceVersion = request.parameter("resourceVersion") ?? ""
        if !resourceVersion.isEmpty, UInt64(resourceVersion) == nil {
            throw .badRequest("Invalid value: \"\(SafeText.line(resourceVersion))\": resourceVersion must be a number")
        }
        if let seconds = try Self.number("timeoutSeconds", request), seconds > 0 {
            timeout = .seconds(min(seconds, 86_400))
        }
        allowsBookmarks = request.flag("allowWatchBookmarks") ?? false
        sendsInitialEvents = request.flag("sendInitialEvents")
        if let text = request.parameter("includeObject"), !text.isEmpty {
            guard let included = IncludedObject(rawValue: text) else {
                throw .badRequest("unrecognized includeObject value: \"\(SafeText.line(text))\"")
            }
            includedObject = included
        }
        let match = request.parameter("resourceVersionMatch") ?? ""
        if match == "Exact", !isWatch {
            throw APIFailure(
                410, "Expired", "only the moment of the capture is here: ask without resourceVersionMatch=Exact")
        }
        if sendsInitialEvents != nil, isWatch, match != "NotOlderThan" {
            throw APIFailure(
                422, "Invalid",
                "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            )
        }
    }

    /// Whether objects are left out by what they say.
    var isSelective: Bool { labels != nil || !fields.requirements.isEmpty }

    private static func number(_ name: String, _ request: APIRequest) throws(APIFailure) -> Int? {
        guard let text = request.parameter(name), !text.isEmpty else { return nil }
        guard let number = Int(text) else {
            throw .badRequest("\(name): \"\(SafeText.line(text))\" is not a number")
        }
        return number
    }
}
