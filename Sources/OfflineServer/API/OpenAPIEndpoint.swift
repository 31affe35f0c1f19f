internal import StructuredText

/// Answers `/openapi/v2` and `/openapi/v3`, only as captured.
struct OpenAPIEndpoint: Sendable {
    let documents: CapturedDocuments

    private static let mostBytes = 64 << 20
    private static let protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

    func respond(_ path: ArraySlice<String>, to request: APIRequest) async throws -> APIResponse {
        switch (path.first, path.count) {
        case ("v2", 1): return try await version2(request)
        case ("v3", 1): return try await index()
        case ("v3", _):
            // A key has slashes in it; which keys there are, the index of the capture says.
            let name = "openapi/v3/\(path.dropFirst().joined(separator: "/")).json"
            guard let document = try await documents.content(of: name, limit: Self.mostBytes) else {
                throw Self.missing
            }
            return APIResponse(body: .bytes(document))
        default: throw APIFailure.noSuchPath
        }
    }

    private func version2(_ request: APIRequest) async throws -> APIResponse {
        for range in MediaRange.all(of: request.header("accept")) {
            if range.type == Self.protobuf
                || range.type == "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
                let document = try await documents.content(of: "openapi/v2.pb", limit: Self.mostBytes)
            {
                return APIResponse(mediaType: Self.protobuf, body: .bytes(document))
            }
            if range.isJSON, let document = try await documents.content(of: "openapi/v2.json", limit: Self.mostBytes) {
                return APIResponse(body: .bytes(document))
            }
        }
        throw Self.missing
    }

    /// The addresses are made anew: those that were captured may lead anywhere.
    private func index() async throws -> APIResponse {
        let names = try await documents.names()
        let keys = names.filter { $0.hasPrefix("openapi/v3/") && $0.hasSuffix(".json") }
            .map { String($0.dropFirst("openapi/v3/".count).dropLast(".json".count)) }.sorted()
        guard !keys.isEmpty else { throw Self.missing }
        let paths = keys.map { key -> (String, JSONValue) in
            (key, ["serverRelativeURL": .string("/openapi/v3/\(Self.escaped(key))")])
        }
        return APIResponse(body: .bytes(JSONValue.object(["paths": .object(JSONObject(paths))]).serialized()))
    }

    private static func escaped(_ path: String) -> String {
        path.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "/"):
                return String(UnicodeScalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                return "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }.joined()
    }

    private static let missing = APIFailure(404, "NotFound", "this part of the API's description was not captured")
}
