import OfflineServer
import StructuredText
import Testing

/// Reviews as kubectl posts them: in protobuf.
struct ReviewBodyTests {
    /// A field with a length.
    private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        [number << 3 | 2, UInt8(content.count)] + content
    }

    private static func body(_ kind: String, _ spec: [UInt8]) -> [UInt8] {
        let type = field(1, Array("authorization.k8s.io/v1".utf8)) + field(2, Array(kind.utf8))
        // `metadata`, which is empty, goes first; a number and an unknown field change nothing.
        let review = field(1, []) + field(2, spec) + field(3, [8, 1])
        return Array("k8s\0".utf8) + field(1, type) + field(2, review) + field(3, []) + [0x28, 0x96, 0x01]
    }

    private static func ask(_ resource: String, _ body: [UInt8]) async throws -> (Int, JSONValue) {
        var bundle = ClusterBundle()
        bundle.documents["cluster/api/access/rules/prod.json"] =
            #"{"kind":"SelfSubjectRulesReview","status":{"resourceRules":[{"verbs":["delete"],"apiGroups":["apps"],"resources":["deployments"]}],"nonResourceRules":[],"incomplete":false}}"#
        let request = APIRequest(
            method: "POST", path: ["apis", "authorization.k8s.io", "v1", resource],
            headers: [("content-type", "application/vnd.kubernetes.protobuf")], body: body)
        do {
            let response = try await bundle.api().respond(to: request)
            guard case .bytes(let bytes) = response.body else { return (response.status, .null) }
            return (response.status, try JSONValue(parsing: bytes))
        } catch let failure as APIFailure {
            return (failure.code, failure.object)
        }
    }

    @Test func whatMayBeDoneIsAskedInProtobuf() async throws {
        let attributes =
            Self.field(1, Array("prod".utf8)) + Self.field(2, Array("delete".utf8)) + Self.field(3, Array("apps".utf8))
            + Self.field(5, Array("deployments".utf8))
        let (status, answer) = try await Self.ask(
            "selfsubjectaccessreviews", Self.body("SelfSubjectAccessReview", Self.field(1, attributes)))
        #expect(status == 201)
        #expect(answer["status"]?["allowed"]?.bool == true)
        #expect(answer["spec"]?["resourceAttributes"]?["resource"]?.string == "deployments")
        let (_, rules) = try await Self.ask(
            "selfsubjectrulesreviews", Self.body("SelfSubjectRulesReview", Self.field(1, Array("prod".utf8))))
        #expect(rules["status"]?["resourceRules"]?.array?.count == 1)
    }

    @Test func whatIsCutOrChangedIsNoCrash() async throws {
        let whole = Self.body("SelfSubjectRulesReview", Self.field(1, Array("prod".utf8)))
        for length in whole.indices {
            let (status, answer) = try await Self.ask("selfsubjectrulesreviews", Array(whole[..<length]))
            #expect([201, 400].contains(status), "\(length): \(answer.serialized())")
        }
        for index in whole.indices.dropFirst(4) {
            for byte: UInt8 in [0, 0x7F, 0x80, 0xFF] {
                var changed = whole
                changed[index] = byte
                let (status, _) = try await Self.ask("selfsubjectrulesreviews", changed)
                #expect([201, 400].contains(status))
            }
        }
        let (other, _) = try await Self.ask("selfsubjectrulesreviews", Self.body("Pod", []))
        #expect(other == 400)
    }
}
