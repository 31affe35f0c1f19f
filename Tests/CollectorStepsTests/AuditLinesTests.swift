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
        #expect(lines.tooLong == 1 && lines.others == 0 && lines.events == 1)
    }

    /// What no API server writes, and what would hide something from who reads the first, or the last, of two.
    @Test(arguments: [
        #","objectRef":{"resource":"pods"},"requestObject":1,"objectRef":{"resource":"secrets"}"#,
        #","objectRef":{"resource":"secrets","resource":"pods"},"requestObject":1"#, #","verb":"get""#,
        #","request\u004fbject":1,"requestObject":2"#,
    ])
    func whatMattersStandsOnce(_ rest: String) {
        let found = Self.kept([Self.event(rest) + "\n"])
        #expect(found.text.isEmpty && found.lines.others == 1)
    }

    @Test
    func manyNotesAreNoEvent() {
        let notes = (0...1_000).map { #""n\#($0)":"x""# }.joined(separator: ",")
        let found = Self.kept([Self.event(#","annotations":{\#(notes)}"#) + "\n"])
        #expect(found.text.isEmpty && found.lines.others == 1)
    }

    @Test(arguments: [
        #""objectRef":{"resource":"secrets"}"#, #""objectRef":{"resource":"configmaps"}"#,
        #""objectRef":{"resource":"serviceaccounts","subresource":"token"}"#,
        // OpenShift: the dockercfg Secrets of an ImageStream, and its tokens.
        #""objectRef":{"resource":"imagestreams","apiGroup":"image.openshift.io","subresource":"secrets"}"#,
        #""objectRef":{"resource":"oauthaccesstokens","apiGroup":"oauth.openshift.io"}"#,
        #""objectRef":{"resource":"tokenreviews"}"#, #""objectRef":{}"#, #""level":"Request""#,
        #""object\u0052ef":{"res\u006furce":"secrets"}"#, #""objectRef":{"resource":7}"#, #""objectRef":["pods"]"#,
    ])
    func bodiesThatMayHoldSecretsAreHashed(_ about: String) throws {
        let body = #"{"data":{"password":"aHVudGVyMg=="}}"#
        let notes = [
            "patch.webhook.admission.k8s.io/round_0_index_0", "validation.policy.admission.k8s.io/validation_failure",
            "vault.example.org/seen", "plain",
        ].map { #""\#($0)":"hunter2","# }.joined()
        let line = Self.event(
            #","requestObject":\#(body),"responseObject":\#(body),"annotations":{\#(notes)"authorization.k8s.io/decision":"allow"},\#(about)"#
        )
        let found = Self.kept([line + "\n"])
        #expect(!found.text.contains("aHVudGVyMg") && !found.text.contains("hunter2"), "\(found.text)")
        #expect(found.text.contains(#""authorization.k8s.io/decision":"allow""#) && found.lines.events == 1)
        // Equal bodies have equal hashes.
        let hash = Self.redactor.token(for: Array(body.utf8))
        #expect(found.text.components(separatedBy: hash).count == 3, "\(found.text)")
        // All else stays, byte for byte.
        let notesHash = Self.redactor.token(for: Array(#""hunter2""#.utf8))
        #expect(
            found.text
                == line.replacing(body, with: "\"\(hash)\"")
                .replacing(#""hunter2""#, with: "\"\(notesHash)\"") + "\n")
    }

    /// As an API server answers to a Secret that it, or a webhook, does not like.
    private static let refusal =
        #","responseStatus":{"metadata":{},"status":"Failure","message":"denied: hunter2 is weak","reason":"Invalid","details":{"causes":[{"message":"hunter2"}]},"code":422}"#

    @Test
    func theWordsOfAnAnswerAboutASecretAreHashed() throws {
        let about = #","objectRef":{"resource":"secrets","name":"x"}"#
        let found = Self.kept([Self.event(about + Self.refusal) + "\n"])
        #expect(!found.text.contains("hunter2"), "\(found.text)")
        #expect(
            found.text.contains(#""metadata":{},"status":"Failure","message":"hmac-sha256:"#)
                && found.text.contains(#""reason":"Invalid","details":"hmac-sha256:"#)
                && found.text.contains(#""code":422}"#) && found.text.contains(#""name":"x""#), "\(found.text)")
        // One that is no object says anything.
        let text = Self.kept([Self.event(about + #","responseStatus":"hunter2""#) + "\n"])
        #expect(!text.text.contains("hunter2") && text.lines.events == 1)
    }

    /// Who was refused by the authorizer, what was read, and what is no object: the words have nothing of a Secret in them.
    @Test(arguments: [
        #","objectRef":{"resource":"secrets"},"annotations":{"authorization.k8s.io/decision":"forbid"}"#,
        #","objectRef":{"resource":"pods"}"#, #","requestURI":"/metrics""#, #","objectRef":null"#,
    ])
    func otherWordsStay(_ about: String) {
        let line = Self.event(about + Self.refusal) + "\n"
        #expect(Self.kept([line]).text == line)
        let reading = Self.event(#","objectRef":{"resource":"secrets"}"# + Self.refusal).replacing(
            "create", with: "get")
        #expect(Self.kept([reading + "\n"]).text == reading + "\n")
    }

    @Test
    func bodiesOfOtherObjectsStay() {
        let line = Self.event(#","requestObject":{"spec": {}},"objectRef":{"resource":"pods"}"#) + "\n"
        #expect(Self.kept([line]).text == line)
    }
}
