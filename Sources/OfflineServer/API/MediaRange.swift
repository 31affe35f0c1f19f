/// One of the media types that a client accepts (RFC 9110, section 12.5.1).
struct MediaRange: Hashable, Sendable {
    /// As in `application/json`, in lower case.
    let type: String
    /// Names in lower case.
    let parameters: [String: String]
    /// From 0 to 1.
    let quality: Double

    /// Those of an `Accept` header that are accepted at all, the best first; nobody who says nothing is refused JSON.
    static func all(of header: String?) -> [MediaRange] {
        guard let header, header.contains(where: { $0 != " " }) else {
            return [MediaRange(type: "*/*", parameters: [:], quality: 1)]
        }
        let ranges = header.split(separator: ",").prefix(64).compactMap(MediaRange.init(parsing:))
        return ranges.enumerated().filter { $0.element.quality > 0 }
            .sorted { ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset) }.map(\.element)
    }

    private init(type: String, parameters: [String: String], quality: Double) {
        self.type = type
        self.parameters = parameters
        self.quality = quality
    }

    private init?(parsing text: Substring) {
        let parts = text.split(separator: ";").map { $0.trimmed }
        guard let type = parts.first, type.contains("/") else { return nil }
        self.type = type.lowercased()
        var parameters: [String: String] = [:]
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { continue }
            parameters[pair[0].trimmed.lowercased()] = String(pair[1].trimmed.filter { $0 != "\"" })
        }
        quality = min(max(parameters.removeValue(forKey: "q").flatMap(Double.init) ?? 1, 0), 1)
        self.parameters = parameters
    }

    /// Whether JSON without a form of its own is in it.
    var isJSON: Bool {
        ["application/json", "application/*", "*/*"].contains(type) && parameters["as"] == nil
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        return start.dropLast(start.reversed().prefix { $0 == " " || $0 == "\t" }.count)
    }
}

/// How objects are written.
enum ObjectForm: Hashable, Sendable {
    /// As they are.
    case whole
    /// As rows, in that version of meta.k8s.io.
    case table(version: String)
    /// Their metadata, in that version of meta.k8s.io.
    case metadata(version: String)

    /// What is best of what a client accepts.
    ///
    /// - Throws: 406 for clients that take no JSON.
    init(accepted header: String?, isList: Bool) throws(APIFailure) {
        for range in MediaRange.all(of: header) {
            if range.isJSON {
                self = .whole
                return
            }
            guard range.type == "application/json", range.parameters["g"] == "meta.k8s.io",
                let version = range.parameters["v"], version == "v1" || version == "v1beta1"
            else { continue }
            switch range.parameters["as"] {
            case "Table":
                self = .table(version: version)
                return
            case isList ? "PartialObjectMetadataList" : "PartialObjectMetadata":
                self = .metadata(version: version)
                return
            default: continue
            }
        }
        throw APIFailure(406, "NotAcceptable", "only the following media types are accepted: application/json")
    }
}
