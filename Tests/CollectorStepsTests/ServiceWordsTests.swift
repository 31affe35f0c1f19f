import CollectorSteps
import Testing

/// What of an answer is repeated in the ledger.
struct ServiceWordsTests {
    private static func words(_ body: String, pieces: Int = 7) -> String? {
        var words = ServiceWords()
        var rest = Array(body.utf8)[...]
        while !rest.isEmpty {
            words.take(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
        }
        return words.text
    }

    @Test(arguments: [
        // As Prometheus 2.42, Elasticsearch 8, Qdrant and Grafana have it.
        (
            #"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:8: parse error: x"}"#,
            #"bad_data: invalid parameter "query": 1:8: parse error: x"#
        ),
        (
            #"{"error":{"root_cause":[],"type":"parsing_exception","reason":"unknown query [x]"},"status":400}"#,
            "parsing_exception: unknown query [x]"
        ),
        (#"{"error":"no handler found for uri [/x]"}"#, "no handler found for uri [/x]"),
        (#" {"status":{"error":"Not found: Collection `x`"},"time":0.1}"#, "Not found: Collection `x`"),
        (#"{"message":"Dashboard not found"}"#, "Dashboard not found"),
        ("\n Code: 62, DB::Exception: Syntax error\nmore", " Code: 62, DB::Exception: Syntax error"),
        ("broken inside", "broken inside"),
    ])
    func whatServicesSay(_ body: String, _ expected: String) {
        #expect(Self.words(body) == expected)
        #expect(Self.words(body, pieces: 5_000) == expected)
    }

    @Test(arguments: [
        "", " \n\t\n", "<!DOCTYPE html>\n<html>", #"{"error":null}"#, #"{"error":7,"message":["x"]}"#, "[1]", "{\"a\":",
        #"{"message":" "}"#, "a\u{0}b",
    ])
    func whatSaysNothing(_ body: String) {
        #expect(Self.words(body) == nil)
    }

    @Test
    func whatIsHostileIsBoundedAndHarmless() throws {
        let steering = try #require(Self.words("a\u{1B}[2Jb\u{202E}c"))
        #expect(steering == "a\u{FFFD}[2Jb\u{FFFD}c")
        let escaped = try #require(Self.words(#"{"error":"a\u001b]0;x\u0007\nb"}"#))
        #expect(!escaped.unicodeScalars.contains { $0.value < 0x20 })
        let long = try #require(Self.words(String(repeating: "é", count: 1 << 20), pieces: 4_099))
        #expect(long == String(repeating: "é", count: 300))
        // Half of a JSON text is none, and one that is deep is not read.
        #expect(Self.words(#"{"error":"x","more":""# + String(repeating: "y", count: 5_000) + "\"}") == nil)
        #expect(Self.words(String(repeating: #"{"error":"#, count: 200)) == nil)
        var words = ServiceWords()
        words.take([0xC3, 0x28, 0xFF][...])
        #expect(words.text == nil)
    }
}
