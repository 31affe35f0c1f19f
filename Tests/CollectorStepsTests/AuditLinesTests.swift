import CollectorSteps
import Foundation
import Testing

/// Which lines of an audit log are kept, and what of them.
struct AuditLinesTests {
    private static let redactor = SecretRedactor(key: LiveCapture.key)

    private static func kept(_ pieces: [String], midway: Bool = false) -> (text: String, lines: AuditLines) {
        var lines = AuditLines(redactor: redactor, beginsMidway: midway)
        var output: [UInt8] = []
        for piece in pieces { lines.take(Array(piece.utf8)[...], into: &output) }
        lines.finish(into: &output)
        return (String(decoding: output, as: UTF8.self), lines)
    }

    private static func event(_ rest: String) -> String {
        #"{"kind":"Event","apiVersion":"audit.k8s.io/v1","verb":"create"\#(rest)}"#
    }

    @Test
    func eventsStayAsTheyAreHoweverTheyCome() {
        let text =
            [Self.event(#","a":  1.50 , "a":2"#), Self.event(#","objectRef":{"resource":"secrets"}"#)]
            .joined(separator: "\n") + "\n"
        let whole = Self.kept([text])
        #expect(whole.text == text && whole.lines.events == 2 && whole.lines.others == 0)
        #expect(Self.kept(text.map { String($0) }).text == text)
        // The last line may lack its end, and may not be whole yet.
        let open = Self.kept([String(text.dropLast())])
        #expect(open.text == text && open.lines.others == 0)
        let begun = Self.kept([String(text.dropLast(5))])
        #expect(begun.lines.events == 1 && begun.lines.others == 0)
        let rest = Self.kept([String(text.dropFirst(7))], midway: true)
        #expect(rest.lines.events == 1 && rest.lines.others == 0)
    }

    @Test(arguments: [
        "root:x:0:0:root:/root:/bin/bash", "{}", "[]", #"{"kind":"Event","apiVersion":"v1"}"#,
        #"{"kind":"Pod","apiVersion":"audit.k8s.io/v1"}"#, "\u{0}", #"{"kind":"Event","apiVersion":"audit.k8s.io/v1""#,
    ])
    func whatIsNoEventIsCounted(_ line: String) {
        let found = Self.kept([line + "\n\n" + Self.event("") + "\n"])
        #expect(found.text == Self.event("") + "\n" && found.lines.events == 1 && found.lines.others == 1)
    }

    @Test
    func aLineWithoutEndTakesNoMemory() {
        var lines = AuditLines(redactor: Self.redactor, beginsMidway: false)
        var output: [UInt8] = []
        let piece = [UInt8](repeating: 0x78, count: 1 << 20)
        for _ in 0..<64 { lines.take(piece[...], into: &output) }
        lines.take(Array("\n\(Self.event(""))\n".utf8)[...], into: &output)
        #expect(lines.others == 1 && lines.events == 1)
    }

    @Test(arguments: [
        #""objectRef":{"resource":"secrets"}"#, #""objectRef":{"resource":"configmaps"}"#,
        #""objectRef":{"resource":"serviceaccounts","subresource":"token"}"#,
        #""objectRef":{"resource":"tokenreviews"}"#, #""objectRef":{}"#, #""level":"Request""#,
    ])
    func bodiesThatMayHoldSecretsAreHashed(_ about: String) throws {
        let body = #"{"data":{"password":"aHVudGVyMg=="}}"#
        let patch = #""patch.webhook.admission.k8s.io/round_0_index_0":"hunter2""#
        let line = Self.event(
            #","requestObject":\#(body),"responseObject":\#(body),"annotations":{\#(patch),"plain":"kept"},\#(about)"#)
        let found = Self.kept([line + "\n"])
        #expect(!found.text.contains("aHVudGVyMg") && !found.text.contains("hunter2"), "\(found.text)")
        #expect(found.text.contains(#""plain":"kept""#) && found.lines.events == 1)
        // Equal bodies have equal hashes.
        let hash = Self.redactor.token(for: Array(body.utf8))
        #expect(found.text.components(separatedBy: hash).count == 3, "\(found.text)")
    }

    @Test
    func bodiesOfOtherObjectsStay() {
        let line = Self.event(#","requestObject":{"spec": {}},"objectRef":{"resource":"pods"}"#) + "\n"
        #expect(Self.kept([line]).text == line)
    }
}
