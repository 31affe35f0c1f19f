import CollectorSteps
import Foundation
import StructuredText
import TestSupport
import Testing

/// No value of a Secret survives, in no form, and equal values stay comparable.
struct SecretTests {
    private static let key = CaseKey(bytes: Array(0..<32))
    private static let redactor = SecretRedactor(key: key)

    private static func redact(_ kind: String, _ json: String) throws -> (value: JSONValue, text: String) {
        let value = redactor.redacted(kind: kind, try JSONValue(parsing: Array(json.utf8)))
        return (value, String(decoding: value.serialized(), as: UTF8.self))
    }

    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    @Test
    func theTokenIsThatOfTheFormat() {
        // From: printf 'exhibit-secret-v1\0hunter2' | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…1f
        #expect(Self.key.token(for: Array("hunter2".utf8)) == "hmac-sha256:59950372568bc86ba7668f5251c1eba1")
        #expect(Self.redactor.token(for: Array("hunter2".utf8)) == Self.key.token(for: Array("hunter2".utf8)))
        #expect(
            CaseKey(bytes: Array(1...32)).token(for: Array("hunter2".utf8))
                != Self.key.token(for: Array("hunter2".utf8)))
    }

    @Test
    func valuesBecomeTokensOfWhatTheyMean() throws {
        let token = JSONValue.string(Self.key.token(for: Array("hunter2".utf8)))
        let (value, _) = try Self.redact(
            "Secret",
            #"{"kind":"Secret","metadata":{"name":"s"},"type":"Opaque","data":{"a":"aHVudGVyMg=="},"stringData":{"b":"hunter2"}}"#
        )
        #expect(value["data"]?["a"] == token)
        #expect(value["stringData"]?["b"] == token, "the same value, the same token, wherever it stands")
        #expect(value["metadata"]?["name"] == "s")
        #expect(value["type"] == "Opaque")
    }

    @Test
    func lyingTypesDiscloseNothing() throws {
        for members in [
            #""data":"plain-hunter2""#, #""data":["plain-hunter2"]"#, #""data":{"a":["plain-hunter2"]}"#,
            #""data":{"a":{"b":"plain-hunter2"}}"#, #""stringData":"plain-hunter2""#, #""data":{"a":"plain-hunter2"}"#,
            #""data":{"a":"plain-hunter2","a":"plain-hunter2"}"#,
            #""data":{"x":"plain-hunter2"},"data":{"x":"b3RoZXI="}"#,
            #""metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":{"data":"plain-hunter2"}}}"#,
            #""metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"plain-hunter2"}},"metadata":{"name":"s"}"#,
            #""metadata":{"annotations":["plain-hunter2"]}"#, #""metadata":{"annotations":"plain-hunter2"}"#,
            #""metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"plain-hunter2"},"annotations":{"a":"b"}}"#,
        ] {
            let (_, text) = try Self.redact("Secret", "{\"kind\":\"Secret\",\(members)}")
            #expect(!text.contains("hunter2"), "\(members) became \(text)")
        }
    }

    @Test
    func annotationsThatRepeatAValueAreReplaced() throws {
        let (value, text) = try Self.redact(
            "Secret",
            """
            {"metadata":{"annotations":{"openshift.io/token-secret.value":"hunter2","note":"rotate monthly","b64":"x=\(Self.base64("hunter2"))",
            "objectset.rio.cattle.io/applied":"H4sIAAAA","kubectl.kubernetes.io/last-applied-configuration":"{}"}},
            "data":{"a":"\(Self.base64("hunter2"))"}}
            """)
        #expect(!text.contains("hunter2") && !text.contains(Self.base64("hunter2")) && !text.contains("H4sIAAAA"))
        #expect(value["metadata"]?["annotations"]?["note"] == "rotate monthly")
        #expect(value["metadata"]?["annotations"]?.object?.count == 5)
    }

    @Test
    func helmReleasesAreSecretsAlsoInConfigMaps() throws {
        for metadata in [
            #"{"name":"sh.helm.release.v1.web.v3"}"#, #"{"name":"x","labels":{"owner":"helm"}}"#,
            #"{"name":"x","labels":{"OWNER":"TILLER"}}"#,
        ] {
            let (_, text) = try Self.redact(
                "ConfigMap",
                #"{"metadata":\#(metadata),"data":{"release":"H4sIhunter2"},"binaryData":{"r":"H4sIhunter2"}}"#)
            #expect(!text.contains("hunter2"))
        }
        let plain = #"{"metadata":{"name":"x","labels":{"owner":"ann"}},"data":{"mode":"fast"}}"#
        #expect(try Self.redact("ConfigMap", plain).text == plain)
        #expect(SecretRedactor.concerns(kind: "Secret") && SecretRedactor.concerns(kind: "ConfigMap"))
        #expect(!SecretRedactor.concerns(kind: "Pod"))
        #expect(SecretRedactor.concerns(kind: "OAuthClient"))
    }

    @Test
    func ofCredentialsOfExtensionsOnlyMetadataIsKept() throws {
        let (value, text) = try Self.redact(
            "OAuthClient",
            #"{"kind":"OAuthClient","metadata":{"name":"c"},"secret":"hunter2","more":{"a":["hunter2"]}}"#)
        #expect(!text.contains("hunter2"))
        #expect(value["metadata"]?["name"] == "c")
    }

    @Test
    func noRandomValueSurvivesInAnyForm() throws {
        var generator = SeededGenerator(seed: 42)
        for _ in 0..<300 {
            let values = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                String(
                    (0..<Int.random(in: 8...40, using: &generator)).map { _ in
                        "abcdefghijkmnpqrstuvwxyzABCDEF0123456789+/=-_ ".randomElement(using: &generator) ?? "a"
                    })
            }
            let data = JSONObject(values.enumerated().map { ("k\($0.offset)", .string(Self.base64($0.element))) })
            let strings = JSONObject(values.enumerated().map { ("s\($0.offset)", .string($0.element)) })
            let applied = JSONValue.object(["data": .object(data), "stringData": .object(strings)]).serialized()
            let secret: JSONValue = [
                "kind": "Secret", "data": .object(data), "stringData": .object(strings),
                "metadata": [
                    "name": "s",
                    "annotations": [
                        "kubectl.kubernetes.io/last-applied-configuration": .string(
                            String(decoding: applied, as: UTF8.self)),
                        "copy": .string("value: \(values[0])"), "more": .string(Self.base64(values[0])),
                    ],
                ],
            ]
            let redacted = Self.redactor.redacted(kind: "Secret", secret)
            let text = String(decoding: redacted.serialized(), as: UTF8.self)
            for value in values {
                #expect(!text.contains(value))
                #expect(!text.contains(Self.base64(value)))
            }
            for index in values.indices {
                #expect(redacted["data"]?["k\(index)"] == redacted["stringData"]?["s\(index)"])
            }
        }
    }
}
