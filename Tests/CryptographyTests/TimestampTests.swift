import Cryptography
import FoundationEssentials
import Testing

private let message = Array("a signature\n".utf8)

/// The real `openssl ts` answers and verifies.
@Suite(.enabled(if: StockTool.areInstalled, Comment(rawValue: StockTool.missing)))
struct TimestampAgreementTests {
    @Test func ourRequestIsTheirs() throws {
        let folder = try TemporaryFolder()
        try folder.write(message, as: "data")
        let made = try StockTool.openssl.run(
            ["ts", "-query", "-data", folder.path("data"), "-sha256", "-cert", "-out", folder.path("theirs.tsq")],
            in: folder)
        #expect(made.status == 0)
        let ours = try TimestampRequest(over: message)
        var theirs = DERTree(try folder.read("theirs.tsq"))
        let nonce = DERTree(ours.encoded)[2]
        theirs[2] = nonce
        #expect(theirs.bytes == ours.encoded)
        #expect(nonce.content.count == 8 && nonce.content[0] & 0xC0 == 0x40)
        try folder.write(ours.encoded, as: "ours.tsq")
        let printed = try StockTool.openssl.run(["ts", "-query", "-in", folder.path("ours.tsq"), "-text"], in: folder)
        #expect(printed.output.contains("Certificate required: yes"))
        #expect(printed.output.contains("Nonce: 0x"))
        #expect(try TimestampRequest(over: message) != ours)
    }

    @Test(arguments: TestAuthority.Key.good, ["sha256", "sha512"])
    func bothWays(key: TestAuthority.Key, hash: String) throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let authority = TestTimestampAuthority(identity: try root.issue("tsa", key: key, profile: .timestamps))
        let anchors = try CertificateBundle(pem: root.certificate)
        try folder.write(message, as: "data")
        let request = try TimestampRequest(over: message)
        let before = Int64(Date().timeIntervalSince1970)
        let answer = try authority.answer(request.encoded, .init(hash: hash))
        let after = Int64(Date().timeIntervalSince1970)
        #expect(try TestTimestampAuthority.opensslVerifies(answer, of: "data", anchors: "root.pem", in: folder))
        let asked = try StockTool.openssl.run(
            [
                "ts", "-verify", "-in", folder.path("answer.tsr"), "-queryfile", folder.path("request.tsq"),
                "-CAfile", root.certificatePath,
            ], in: folder)
        #expect(asked.status == 0, Comment(rawValue: asked.errors))

        let response = try TimestampResponse(parsing: answer)
        #expect(response.encoded == answer)
        #expect(try TimestampResponse(answer: answer) == response)
        try response.token.check(answers: request)
        let verified = try response.token.verify(message: message, anchors: anchors)
        guard case .trusted(let chain) = verified.trust else {
            Issue.record("\(verified.trust)")
            return
        }
        #expect(chain.certificates.map(\.subject) == ["CN=tsa", "CN=root"])
        #expect(verified.authority.subject == "CN=tsa" && verified.info == response.token.info)
        #expect((before...after).contains(verified.info.seconds))
        #expect(verified.info.accuracy == .milliseconds(1500) + .microseconds(100))
        #expect(verified.info.policy == "1.2.3.4" && verified.info.serialNumber == "0A1C")
        #expect(verified.info.isOrdered && verified.info.authorityName == "CN=tsa")
        let printed = try StockTool.openssl.run(
            ["ts", "-reply", "-in", folder.path("answer.tsr"), "-text"], in: folder)
        let milliseconds = String(1000 + verified.info.nanoseconds / 1_000_000).dropFirst()
        let fraction = milliseconds.reversed().drop { $0 == "0" }.reversed()
        #expect(fraction.isEmpty || printed.output.contains("." + String(fraction) + " "))
        #expect(try response.token.verify(message: message, anchors: nil).trust == .unverified)
        // A token by itself.
        #expect(try TimestampToken(parsing: response.token.encoded) == response.token)
    }

    /// What authorities leave out or do otherwise.
    @Test func otherFormsOfTheSameThing() throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let middle = try root.authority("middle")
        let authority = TestTimestampAuthority(identity: try middle.issue("tsa", profile: .timestamps))
        let anchors = try CertificateBundle(pem: root.certificate)
        let intermediates = try CertificateBundle(pem: middle.certificate)
        try folder.write(message, as: "data")
        let request = try TimestampRequest(over: message)
        let plain = TestTimestampAuthority.Settings(
            certificateHash: "sha1", accuracy: "secs:2", digits: 0, hasName: false, isOrdered: false)
        let lone = try TimestampResponse(parsing: authority.answer(request.encoded, plain)).token
        #expect(lone.info.accuracy == .seconds(2) && lone.info.nanoseconds == 0)
        #expect(lone.info.authorityName == nil && !lone.info.isOrdered)
        expectUntrusted(try lone.verify(message: message, anchors: anchors).trust, .issuerMissing, "tsa")
        let helped = try lone.verify(message: message, anchors: anchors, additional: intermediates)
        #expect(helped.trust.isTrusted)
        // What is kept for later is enough for later.
        let kept = helped.certificatesForLater(revocationLists: [])
        #expect(kept.certificates.map(\.subject) == ["CN=tsa", "CN=middle", "CN=root"])
        #expect(
            try lone.verify(message: message, anchors: anchors, additional: CertificateBundle(pem: kept.pem)).trust
                .isTrusted)

        for (chain, isNamed) in [("middle.pem", false), ("middle.pem", true)] {
            for hash in ["sha1", "sha256"] {
                let settings = TestTimestampAuthority.Settings(
                    certificateHash: hash, chain: folder.path(chain), namesChain: isNamed)
                let answer = try authority.answer(request.encoded, settings)
                let token = try TimestampResponse(answer: answer).token
                #expect(token.certificates.count == 2)
                #expect(try token.verify(message: message, anchors: anchors).trust.isTrusted)
                #expect(
                    try TestTimestampAuthority.opensslVerifies(answer, of: "data", anchors: "root.pem", in: folder))
            }
        }
        // It names a certificate that then is not in the chain.
        let stranger = try root.authority("stranger")
        let settings = TestTimestampAuthority.Settings(chain: stranger.certificatePath, namesChain: true)
        let other = try TimestampResponse(answer: authority.answer(request.encoded, settings)).token
        let answer = try other.verify(message: message, anchors: anchors, additional: intermediates)
        expectUntrusted(answer.trust, .otherChain, "tsa")
    }

    /// An authority's answer may be in BER; what is kept is not.
    @Test func answersInOtherEncodings() throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let authority = TestTimestampAuthority(identity: try root.issue("tsa", profile: .timestamps))
        let anchors = try CertificateBundle(pem: root.certificate)
        try folder.write(message, as: "data")
        let good = try authority.answer(TimestampRequest(over: message).encoded)
        for levels in 1...5 {
            let other = DERTree(good).indefinite(levels: levels)
            expectFailure(.malformed) { try TimestampResponse(parsing: other) }
            #expect(try TimestampResponse(answer: other).encoded == good)
        }
        expectFailure(.malformed) { try TimestampResponse(answer: good + [0]) }
        expectFailure(.malformed) { try TimestampResponse(answer: []) }
        expectFailure(.tooLarge) { try TimestampResponse(answer: [UInt8](repeating: 0, count: 300_000)) }
        // `openssl ts` itself sends the certificates of a chain in its own order.
        let others = try (0..<4).map { try root.authority("other\($0)").certificate }
        try folder.write(others.flatMap { $0 }, as: "others.pem")
        let unsorted = try authority.answer(
            TimestampRequest(over: message).encoded, .init(chain: folder.path("others.pem")))
        let sorted = try TimestampResponse(answer: unsorted)
        #expect(sorted.token.certificates.count == 5)
        #expect(try TimestampResponse(parsing: sorted.encoded) == sorted)
        #expect(try sorted.token.verify(message: message, anchors: anchors).trust.isTrusted)
        #expect(
            try TestTimestampAuthority.opensslVerifies(sorted.encoded, of: "data", anchors: "root.pem", in: folder))
    }

    /// Long after, when the authority's certificate has ended: what counts is the time in the time stamp.
    @Test func theTimeOfTheTimestampCounts() throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let identity = try root.issue(
            "tsa", profile: .timestamps, from: "20210101000000Z", to: "20211231000000Z")
        let authority = TestTimestampAuthority(identity: identity)
        let anchors = try CertificateBundle(pem: root.certificate)
        try folder.write(message, as: "data")
        for (time, code) in [
            ("20210601120000Z", nil), ("20201231235959Z", .notYetValid), ("20220101000000Z", .expired),
            ("20210601120000.25Z", nil),
        ] as [(String, ChainFailure.Code?)] {
            var info = TestTimestampAuthority.Info(over: message)
            info.time = time
            let answer = try authority.answer(saying: info)
            let token = try TimestampResponse(parsing: answer).token
            let verified = try token.verify(message: message, anchors: anchors)
            if let code {
                expectUntrusted(verified.trust, code, "tsa")
            } else {
                #expect(verified.trust.isTrusted, "\(verified.trust)")
            }
            let stock = try TestTimestampAuthority.opensslVerifies(
                answer, of: "data", anchors: "root.pem", in: folder, extra: ["-attime", "\(verified.info.seconds)"])
            #expect(stock == (code == nil))
        }
        // The real one answers as of now, when its certificate has ended.
        let request = try TimestampRequest(over: message)
        let late = try TimestampResponse(parsing: authority.answer(request.encoded)).token
        expectUntrusted(try late.verify(message: message, anchors: anchors).trust, .expired, "tsa")
    }

    /// RFC 3161 section 4: which revocations leave earlier time stamps good.
    @Test(
        arguments: [
            (nil, false), ("superseded", true), ("cessationOfOperation", true), ("affiliationChanged", true),
            ("keyCompromise", false), ("CACompromise", false), ("certificateHold", false),
        ] as [(String?, Bool)])
    func revokedAuthorities(reason: String?, staysGood: Bool) throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let identity = try root.issue("tsa", profile: .timestamps)
        let authority = TestTimestampAuthority(identity: identity)
        var anchors = try CertificateBundle(pem: root.certificate)
        var info = TestTimestampAuthority.Info(over: message)
        let early = try TimestampResponse(parsing: authority.answer(saying: info)).token
        info.time = "20220601120000Z"
        let late = try TimestampResponse(parsing: authority.answer(saying: info)).token
        try root.revoke(identity, at: "220101000000Z", reason: reason)
        anchors.revocationLists = try CertificateBundle(
            pem: root.revocationList(from: "20220102000000Z", to: "20220201000000Z")
        ).revocationLists
        let verified = try early.verify(message: message, anchors: anchors)
        if staysGood {
            #expect(verified.trust.isTrusted, "\(verified.trust)")
        } else {
            expectUntrusted(verified.trust, .revoked, "tsa")
        }
        expectUntrusted(try late.verify(message: message, anchors: anchors).trust, .revoked, "tsa")
        // The same list, kept beside the time stamp.
        let kept = verified.certificatesForLater(revocationLists: anchors.revocationLists)
        anchors.revocationLists = []
        let later = try early.verify(message: message, anchors: anchors, additional: CertificateBundle(pem: kept.pem))
        #expect(later.trust.isTrusted == staysGood)
    }

    /// A signature and a time stamp over it: the signer's certificate has ended since.
    @Test func aSignatureOutlivesItsCertificate() throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let ana = try root.issue("ana", from: "20210101000000Z", to: "20211231000000Z")
        let authority = TestTimestampAuthority(identity: try root.issue("tsa", profile: .timestamps))
        let anchors = try CertificateBundle(pem: root.certificate)
        let signature = try CMSSigner(certificates: ana.certificate, key: ana.key)
            .sign(message, at: seconds("2021-06-01T11:59:00Z"))
        let token = try TimestampResponse(
            parsing: authority.answer(saying: TestTimestampAuthority.Info(over: signature.encoded))
        ).token
        let stamped = try token.verify(message: signature.encoded, anchors: anchors)
        #expect(stamped.trust.isTrusted)
        let then = try signature.verify(message: message, anchors: anchors, at: stamped.info.seconds)
        #expect(then.trust.isTrusted)
        let now = try signature.verify(message: message, anchors: anchors, at: seconds("2026-01-01T00:00:00Z"))
        expectUntrusted(now.trust, .expired, "ana")
    }
}
