import Cryptography
import TestSupport
import Testing

private let message = Array("a signature\n".utf8)

/// What is not a time stamp here, one by one.
@Suite(.enabled(if: StockTool.areInstalled, Comment(rawValue: StockTool.missing)))
struct TimestampRefusalTests {
    private struct Sample {
        let folder: TemporaryFolder
        let root: TestAuthority
        let authority: TestTimestampAuthority
        let anchors: CertificateBundle

        init(profile: TestAuthority.Profile = .timestamps) throws {
            folder = try TemporaryFolder()
            root = try TestAuthority(in: folder)
            authority = TestTimestampAuthority(identity: try root.issue("tsa", profile: profile))
            anchors = try CertificateBundle(pem: root.certificate)
            try folder.write(message, as: "data")
        }

        func report(_ bytes: [UInt8]) -> TimestampToken.Verification? {
            guard let response = try? TimestampResponse(parsing: bytes) else { return nil }
            return try? response.token.verify(message: message, anchors: anchors)
        }
    }

    @Test func anotherQuestion() throws {
        let sample = try Sample()
        let request = try TimestampRequest(over: message)
        let token = try TimestampResponse(parsing: sample.authority.answer(request.encoded)).token
        try token.check(answers: request)
        let again = try TimestampRequest(over: message)
        let other = try TimestampRequest(over: message + [0])
        for wrong in [again, other] { expectFailure(.badSignature) { try token.check(answers: wrong) } }
        expectFailure(.badSignature) { try token.verify(message: message + [0], anchors: sample.anchors) }
        // Without a nonce it answers nobody in particular, but what it says is right.
        let silent = try TimestampResponse(
            parsing: sample.authority.answer(saying: TestTimestampAuthority.Info(over: message))
        ).token
        expectFailure(.badSignature) { try silent.check(answers: request) }
        #expect(try silent.verify(message: message, anchors: sample.anchors).trust.isTrusted)
    }

    @Test func refusals() throws {
        let sample = try Sample()
        var tree = DERTree(try TimestampRequest(over: message).encoded)
        // A policy that the authority does not have.
        tree.children.insert(.identifier(0x2A, 9), at: 2)
        let refusal = try sample.authority.answer(tree.bytes)
        expectFailure(.timestampRefused) { try TimestampResponse(parsing: refusal) }
        expectFailure(.timestampRefused) { try TimestampResponse(answer: refusal) }
        do {
            _ = try TimestampResponse(parsing: refusal)
        } catch {
            #expect(error.reason.contains("rejection") && error.reason.contains("policy not supported"))
            #expect(error.reason.contains("it says: Requested policy is not supported."))
        }
        let text = DERTree(tag: 0x0C, content: Array("a\u{1B}[31m\n".utf8))
        let odd = DERTree.sequence(
            .sequence(
                .integer(3), .sequence(text), DERTree(tag: 0x03, content: [0] + [UInt8](repeating: 0xFF, count: 99))))
        do {
            _ = try TimestampResponse(parsing: odd.bytes)
        } catch {
            #expect(error.code == .timestampRefused && error.reason.contains("waiting"))
            #expect(!error.reason.contains("\u{1B}") && error.reason.count < 1500)
        }
        for status in [DERTree.integer(6), .integer(0xFF), .integer(1, 0, 0, 0, 0, 0, 0, 0, 0)] {
            expectFailure(.malformed) { try TimestampResponse(parsing: DERTree.sequence(.sequence(status)).bytes) }
        }
        // Granted, and then nothing.
        expectFailure(.malformed) {
            try TimestampResponse(parsing: DERTree.sequence(.sequence(.integer(0))).bytes)
        }
    }

    /// What the certificate does not allow.
    @Test(arguments: [TestAuthority.Profile.person, .uncriticalTimestamps, .timestampsAndMore, .codeSigner])
    func otherCertificates(profile: TestAuthority.Profile) throws {
        let sample = try Sample(profile: profile)
        let answer = try sample.authority.answer(saying: TestTimestampAuthority.Info(over: message))
        #expect(
            try !TestTimestampAuthority.opensslVerifies(answer, of: "data", anchors: "root.pem", in: sample.folder))
        let token = try TimestampResponse(parsing: answer).token
        for anchors in [sample.anchors, nil] {
            expectFailure(.wrongPurpose) { try token.verify(message: message, anchors: anchors) }
        }
    }

    /// What it says is not what a time stamp says, though it is signed.
    @Test func otherContents() throws {
        let sample = try Sample()
        let good = TestTimestampAuthority.Info(over: message)
        #expect(sample.report(try sample.authority.answer(saying: good))?.trust.isTrusted == true)
        func refused(
            _ code: CryptographyError.Code = .malformed, sourceLocation: SourceLocation = #_sourceLocation,
            _ change: (inout TestTimestampAuthority.Info) -> Void
        ) throws {
            var info = good
            change(&info)
            let answer = try sample.authority.answer(saying: info)
            expectFailure(code, sourceLocation: sourceLocation) { try TimestampResponse(parsing: answer) }
        }
        try refused { $0.version = .integer(2) }
        try refused { $0.policy = .integer(1) }
        try refused(.digestTooWeak) { info in
            info.hash = .sequence(.identifier(0x2B, 0x0E, 3, 2, 0x1A), .null)
            info.imprint = [UInt8](repeating: 1, count: 20)
        }
        try refused { $0.hash.children[1] = .integer(1) }
        try refused { $0.serial = .integer(0xFF) }
        for time in [
            "20210601120000", "202106011200Z", "20210601120000+0000", "20210631120000Z", "20210601246000Z",
            "20210601120000.Z", "20210601120000.1234567890Z", "2021060112000Z", "20210601120000,5Z", "2021-0601120000Z",
        ] {
            try refused { $0.time = time }
        }
        try refused { $0.rest = [.sequence(.integer(0xFF))] }
        try refused { $0.rest = [.sequence(DERTree(tag: 0x80, content: [0x03, 0xE8]))] }
        try refused { $0.rest = [.integer(1), .sequence(.integer(1))] }
        try refused { $0.rest = [DERTree(tag: 0xA0, children: [])] }
        try refused { $0.rest = [DERTree(tag: 0xA2, children: [])] }
        let critical = DERTree.sequence(.identifier(0x2A, 3), DERTree(tag: 0x01, content: [0xFF]), .octets([]))
        try refused { $0.rest = [DERTree(tag: 0xA1, children: [critical])] }
        // Signed, but not DER.
        let twisted = try sample.authority.answer(saying: good.tree.indefinite(levels: 1))
        expectFailure(.malformed) { try TimestampResponse(parsing: twisted) }
        let more = try sample.authority.answer(saying: good.tree.bytes + [0])
        expectFailure(.malformed) { try TimestampResponse(parsing: more) }

        // What may be there.
        var full = good
        let harmless = DERTree.sequence(.identifier(0x2A, 3), .octets([1]))
        let name = DERTree(
            tag: 0xA4,
            children: [
                .sequence(.set(.sequence(.identifier(0x55, 4, 3), DERTree(tag: 0x0C, content: Array("tsa".utf8)))))
            ])
        full.rest = [
            .sequence(.integer(0), DERTree(tag: 0x81, content: [7])), DERTree(tag: 0x01, content: [0]), .integer(9),
            DERTree(tag: 0xA0, children: [name]), DERTree(tag: 0xA1, children: [harmless]),
        ]
        let answer = try #require(sample.report(try sample.authority.answer(saying: full)))
        #expect(answer.trust.isTrusted && answer.info.accuracy == .microseconds(7) && !answer.info.isOrdered)
        #expect(answer.info.authorityName == "CN=tsa")

        // It calls itself what it is not.
        full.rest[3].children[0].children[0].children[0].children[0].children[1].content = Array("bob".utf8)
        let boastful = try sample.authority.answer(saying: full)
        #expect(
            try !TestTimestampAuthority.opensslVerifies(
                boastful, of: "data", anchors: "root.pem", in: sample.folder, extra: ["-attime", "1622548800"]))
        let token = try TimestampResponse(parsing: boastful).token
        expectFailure(.badSignature) { try token.verify(message: message, anchors: nil) }
        full.rest[3].children = [DERTree(tag: 0x86, content: Array("https://tsa.example".utf8))]
        let address = try TimestampResponse(parsing: try sample.authority.answer(saying: full)).token
        #expect(address.info.authorityName == nil)
        expectFailure(.badSignature) { try address.verify(message: message, anchors: nil) }
    }

    /// A signature over a file is not a time stamp, nor the other way round.
    @Test func otherMessages() throws {
        let sample = try Sample()
        let ana = try sample.root.issue("ana")
        let signature = try CMSSigner(certificates: ana.certificate, key: ana.key).sign(message, at: 1)
        expectFailure(.malformed) { try TimestampToken(parsing: signature.encoded) }
        let answer = try sample.authority.answer(saying: TestTimestampAuthority.Info(over: message))
        let token = try TimestampResponse(parsing: answer).token
        expectFailure(.malformed) { try CMSSignature(parsing: token.encoded) }
        expectFailure(.malformed) { try TimestampToken(parsing: answer) }
        expectFailure(.malformed) { try TimestampResponse(parsing: token.encoded) }
        // Without the authority's certificate, which was not asked for.
        var request = DERTree(try TimestampRequest(over: message).encoded)
        request.children.removeLast()
        let bare = try sample.authority.answer(request.bytes)
        expectFailure(.malformed) { try TimestampResponse(parsing: bare) }
        var detached = DERTree(token.encoded)
        detached[1, 0, 2].children.removeLast()
        expectFailure(.malformed) { try TimestampToken(parsing: detached.bytes) }
    }

    /// Every byte of an answer: the change is refused, or nothing that is reported changes.
    @Test func noByteCanBeChanged() throws {
        let sample = try Sample()
        let good = try sample.authority.answer(TimestampRequest(over: message).encoded)
        let report = try #require(sample.report(good))
        #expect(report.trust.isTrusted)
        var accepted: [Int] = []
        var random = SeededGenerator(seed: 29)
        for position in good.indices {
            for value in [good[position] ^ 1 << (position % 8), UInt8.random(in: 0...255, using: &random)]
            where value != good[position] {
                var changed = good
                changed[position] = value
                guard let answer = sample.report(changed) else { continue }
                accepted.append(position)
                #expect(answer == report, "byte \(position) as \(value)")
            }
            #expect(sample.report(Array(good[..<position])) == nil, "cut at \(position)")
        }
        #expect(accepted.isEmpty, "\(accepted)")
        // Granted, with modifications: said by nobody, and not kept.
        var modified = good
        modified[8] = 1
        #expect(sample.report(modified) == nil)
        #expect(try TimestampResponse(answer: modified).encoded == good)
        for tail in [[0], [0x30, 0]] as [[UInt8]] { #expect(sample.report(good + tail) == nil) }
        #expect(sample.report(good + good) == nil)
    }
}
