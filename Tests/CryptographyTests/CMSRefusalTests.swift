import Cryptography
import TestSupport
import Testing

private let message = Array("seal of a bundle\n".utf8)

/// What is not a signature here, one by one.
@Suite(.enabled(if: StockTool.areInstalled, Comment(rawValue: StockTool.missing)))
struct CMSRefusalTests {
    /// A signature that is accepted, to be changed.
    private struct Sample {
        let folder: TemporaryFolder
        let root: TestAuthority
        let ana: TestIdentity
        let anchors: CertificateBundle
        let signature: CMSSignature
        let time: Int64
        var tree: DERTree { DERTree(signature.encoded) }

        init(key: TestAuthority.Key = .p256, withRoot: Bool = false) throws {
            folder = try TemporaryFolder()
            root = try TestAuthority(in: folder)
            ana = try root.issue("ana", key: key)
            anchors = try CertificateBundle(pem: root.certificate)
            time = try seconds("2025-06-01T00:00:00Z")
            signature = try CMSSigner(certificates: ana.certificate, key: ana.key).sign(message, at: time)
            try folder.write(message, as: "seal")
        }

        func isAccepted(_ bytes: [UInt8]) -> Bool {
            guard let signature = try? CMSSignature(parsing: bytes),
                let answer = try? signature.verify(message: message, anchors: anchors, at: time)
            else { return false }
            return answer.trust.isTrusted
        }

        /// With `sha256WithRSAEncryption` where OpenSSL writes `rsaEncryption`: both are allowed (RFC 5754 section 3.2).
        var otherAlgorithmName: [UInt8] {
            var tree = tree
            tree[1, 0, 4, 0, 4, 0].content[tree[1, 0, 4, 0, 4, 0].content.count - 1] = 11
            return tree.bytes
        }

        /// What anybody is told about a signature.
        func report(_ bytes: [UInt8]) -> CMSSignature.Verification? {
            guard let signature = try? CMSSignature(parsing: bytes) else { return nil }
            return try? signature.verify(message: message, anchors: anchors, at: time)
        }
    }

    /// Every bit of a signature, and a random value of each byte: the change is refused, or nothing that is reported
    /// changes.
    @Test(arguments: [TestAuthority.Key.p256, .rsa2048])
    func noByteCanBeChanged(key: TestAuthority.Key) throws {
        let sample = try Sample(key: key)
        let good = sample.signature.encoded
        let report = try #require(sample.report(good))
        #expect(report.trust.isTrusted)
        var random = SeededGenerator(seed: 17)
        var tried = 0
        var accepted: [[UInt8]] = []
        for position in good.indices {
            // An RSA signature is long, and each try costs a verification: one bit of each byte.
            let bits = key == .rsa2048 ? position % 8..<position % 8 + 1 : 0..<8
            var values = Set(bits.map { good[position] ^ 1 << $0 })
            values.insert(UInt8.random(in: 0...255, using: &random))
            for value in values where value != good[position] {
                var changed = good
                changed[position] = value
                tried += 1
                guard let answer = sample.report(changed) else { continue }
                accepted.append(changed)
                #expect(answer == report, "byte \(position) as \(value)")
            }
        }
        #expect(tried >= good.count)
        // Nothing is free but the name of an RSA signature's algorithm, which is one of two: they differ in two bits.
        let other = sample.otherAlgorithmName
        #expect(accepted.allSatisfy { $0 == other }, "\(accepted.count) of \(tried) changes")
        #expect(sample.report(other) == (key == .rsa2048 ? report : nil))
    }

    @Test func noLengthButTheRightOne() throws {
        let sample = try Sample()
        let good = sample.signature.encoded
        #expect(sample.isAccepted(good))
        for count in good.indices {
            #expect(!sample.isAccepted(Array(good[..<count])), "cut at \(count)")
            #expect(!sample.isAccepted(Array(good[..<count] + [0] + good[count...])), "one more at \(count)")
            #expect(!sample.isAccepted(Array(good[..<count] + good[(count + 1)...])), "one less at \(count)")
        }
        for tail in [[0], [0, 0], good] as [[UInt8]] {
            expectFailure(.malformed) { try CMSSignature(parsing: good + tail) }
        }
        expectFailure(.malformed) { try CMSSignature(parsing: []) }
        expectFailure(.tooLarge) { try CMSSignature(parsing: [UInt8](repeating: 0x30, count: 300_000)) }
        let pem = Array("-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n".utf8)
        expectFailure(.malformed) { try CMSSignature(parsing: pem) }
    }

    @Test func otherBytesAndOtherSigners() throws {
        let sample = try Sample()
        for changed in [[], message.dropLast(), message + [0x0A], [0] + message] as [[UInt8]] {
            expectFailure(.badSignature) {
                try sample.signature.verify(message: changed, anchors: sample.anchors, at: sample.time)
            }
        }
        // The hash is right, the signature over it is another's.
        let other = try sample.root.issue("bob")
        let theirs = try CMSSigner(certificates: other.certificate, key: other.key).sign(message, at: sample.time)
        var mixed = sample.tree
        mixed[1, 0, 4, 0, 5] = DERTree(theirs.encoded)[1, 0, 4, 0, 5]
        let parsed = try CMSSignature(parsing: mixed.bytes)
        expectFailure(.badSignature) { try parsed.verify(message: message, anchors: nil, at: sample.time) }
    }

    /// The same message in another encoding, and what nobody signed.
    @Test func anythingAddedOrMoved() throws {
        let sample = try Sample()
        #expect(sample.tree.bytes == sample.signature.encoded)
        func refused(
            _ what: String, _ code: CryptographyError.Code = .malformed,
            sourceLocation: SourceLocation = #_sourceLocation, _ change: (inout DERTree) -> Void
        ) {
            var tree = sample.tree
            change(&tree)
            expectFailure(code, what, sourceLocation: sourceLocation) { try CMSSignature(parsing: tree.bytes) }
        }
        for levels in 1...12 {
            expectFailure(.malformed) { try CMSSignature(parsing: sample.tree.indefinite(levels: levels)) }
        }
        refused("another version") { $0[1, 0, 0] = .integer(3) }
        refused("a version with a leading zero") { $0[1, 0, 0] = .integer(0, 1) }
        refused("another signer's version") { $0[1, 0, 4, 0, 0] = .integer(3) }
        refused("a second hash") {
            $0[1, 0, 1].children.append(.sequence(.identifier(0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3)))
        }
        refused("no hash") { $0[1, 0, 1].children = [] }
        refused("another hash in front") {
            $0[1, 0, 1] = .set(.sequence(.identifier(0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3)))
        }
        refused("a hash with a parameter") { $0[1, 0, 1, 0].children.append(.null) }
        refused("content of another type") { $0[1, 0, 2, 0].content[8] = 2 }
        refused("content inside") {
            $0[1, 0, 2].children.append(DERTree(tag: 0xA0, children: [.octets(message)]))
        }
        refused("no certificate") { $0[1, 0].children.remove(at: 3) }
        refused("empty certificates") { $0[1, 0, 3].children = [] }
        refused("the certificate twice") { $0[1, 0, 3].children.append($0[1, 0, 3, 0]) }
        refused("a certificate of another kind") {
            $0[1, 0, 3].children.append(DERTree(tag: 0xA1, children: [.null]))
        }
        refused("revocation lists") {
            $0[1, 0].children.insert(DERTree(tag: 0xA1, children: [.sequence()]), at: 4)
        }
        refused("no signer") { $0[1, 0, 4].children = [] }
        refused("two signers") { $0[1, 0, 4].children.append($0[1, 0, 4, 0]) }
        refused("something behind the signers") { $0[1, 0].children.append(.null) }
        refused("something behind the content") { $0.children.append(.null) }
        refused("something behind the data") { $0[1].children.append(.null) }
        refused("another type of message") { $0[0].content[8] = 3 }
        refused("unsigned attributes") {
            let attribute = DERTree.sequence(.identifier(0x2A, 3), .set(.null))
            $0[1, 0, 4, 0].children.append(DERTree(tag: 0xA1, children: [attribute]))
        }
        refused("no signed attributes") { $0[1, 0, 4, 0].children.remove(at: 3) }
        refused("attributes out of order") { $0[1, 0, 4, 0, 3].children.swapAt(0, 1) }
        refused("an attribute twice") { $0[1, 0, 4, 0, 3].children.insert($0[1, 0, 4, 0, 3, 0], at: 0) }
        refused("an attribute with two values") {
            $0[1, 0, 4, 0, 3, 0, 1].children.append(.identifier(0x2A, 3))
        }
        refused("an attribute without a value") { $0[1, 0, 4, 0, 3, 0, 1].children = [] }
        refused("another name of the signature") {
            $0[1, 0, 4, 0, 4] = .sequence(.identifier(0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 3))
        }
        refused("a parameter of the signature") { $0[1, 0, 4, 0, 4].children.append(.null) }
        refused("a signer that is not named") { $0[1, 0, 4, 0, 1] = DERTree(tag: 0x80, content: [1, 2, 3]) }
        refused("another signer") { $0[1, 0, 4, 0, 1, 1].content[0] ^= 1 }
        for position in [0, 1, 2, 3] {
            refused("an attribute less") { $0[1, 0, 4, 0, 3].children.remove(at: position % 2 == 0 ? 0 : 2) }
        }
    }

    /// A certificate for the same key and with the same issuer and number, but about somebody else.
    @Test func theCertificateCannotBeExchanged() throws {
        let sample = try Sample()
        let number = "0x" + sample.signature.signer.serialNumber
        let made = try StockTool.openssl.run(
            [
                "x509", "-req", "-in", sample.folder.path("ana.csr"), "-CA", sample.root.certificatePath, "-CAkey",
                sample.folder.path("root.key"), "-set_serial", number, "-days", "7000", "-subj", "/CN=mallory", "-out",
                sample.folder.path("mallory.pem"),
            ], in: sample.folder)
        #expect(made.status == 0, Comment(rawValue: made.errors))
        let mallory = try CertificateBundle(pem: sample.folder.read("mallory.pem")).certificates[0]
        #expect(mallory.serialNumber == sample.signature.signer.serialNumber)
        var tree = sample.tree
        tree[1, 0, 3] = DERTree(tag: 0xA0, children: [DERTree(mallory.encoded)])
        // The signature over it is right, as OpenSSL says; only what is signed tells the two apart.
        try sample.folder.write(tree.bytes, as: "exchanged")
        let plain = try StockTool.openssl.run(
            [
                "cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-in",
                sample.folder.path("exchanged"), "-content", sample.folder.path("seal"), "-CAfile",
                sample.root.certificatePath, "-out", sample.folder.path("out"),
            ], in: sample.folder)
        #expect(plain.status == 0, Comment(rawValue: plain.errors))
        let cades = try CMSAgreementTests.opensslVerifies(
            "exchanged", of: "seal", anchors: "root.pem", in: sample.folder)
        #expect(cades.status != 0)
        expectFailure(.badSignature) { try CMSSignature(parsing: tree.bytes) }
    }

    /// What `openssl cms -sign` makes when it is asked otherwise than the documentation says.
    @Test func otherWaysOfSigning() throws {
        let sample = try Sample(key: .rsa2048)
        let bob = try sample.root.issue("bob")
        let cases: [(CryptographyError.Code, [String])] = [
            (.malformed, ["-nodetach"]), (.malformed, ["-nocerts"]),
            (.malformed, ["-signer", bob.certificatePath, "-inkey", bob.keyPath]),
            (.malformed, ["-keyopt", "rsa_padding_mode:pss"]), (.digestTooWeak, ["-md", "md5"]),
            (.digestTooWeak, ["-md", "sha1"]), (.unsupportedAlgorithm, ["-md", "sha224"]),
            (.unsupportedAlgorithm, ["-md", "sha3-256"]),
        ]
        for (code, extra) in cases {
            let bytes = try CMSAgreementTests.opensslSigns(sample.ana, extra: extra)
            expectFailure(code) { try CMSSignature(parsing: bytes) }
        }
        for extra in [[], ["-noattr"]] as [[String]] {
            let outcome = try StockTool.openssl.run(
                [
                    "cms", "-sign", "-binary", "-signer", sample.ana.certificatePath, "-inkey", sample.ana.keyPath,
                    "-in", sample.folder.path("seal"), "-outform", "DER", "-out", sample.folder.path("plain"),
                ] + extra, in: sample.folder)
            #expect(outcome.status == 0)
            expectFailure(.malformed) { try CMSSignature(parsing: sample.folder.read("plain")) }
        }
        let weak = try sample.root.issue("weak", key: .rsa1024)
        let small = try CMSAgreementTests.opensslSigns(weak)
        expectFailure(.keyTooWeak) { try CMSSignature(parsing: small) }
        let explicit = try sample.root.issue("explicit", key: .explicitP256)
        let curve = try CMSAgreementTests.opensslSigns(explicit)
        expectFailure(.unsupportedAlgorithm) { try CMSSignature(parsing: curve) }
    }

    @Test func whatCannotSign() throws {
        let folder = try TemporaryFolder()
        let root = try TestAuthority(in: folder)
        let ana = try root.issue("ana")
        let edwards = try root.issue("edwards", key: .ed25519)
        expectFailure(.unsupportedAlgorithm) {
            try CMSSigner(certificates: edwards.certificate, key: edwards.key).chain
        }
        let weak = try root.issue("weak", key: .rsa1024)
        expectFailure(.keyTooWeak) { try CMSSigner(certificates: weak.certificate, key: weak.key).chain }
        expectFailure(.keyInconsistent) {
            try CMSSigner(certificates: ana.certificate, key: root.issue("bob").key).chain
        }
        expectFailure(.keyInconsistent) { try CMSSigner(certificates: root.certificate, key: ana.key).chain }
        expectFailure(.malformed) { try CMSSigner(certificates: ana.key, key: ana.key).chain }
        expectFailure(.malformed) { try CMSSigner(certificates: ana.certificate, key: ana.certificate).chain }
        let locked = try StockTool.openssl.run(
            ["pkcs8", "-topk8", "-v2", "aes256", "-passout", "pass:secret", "-in", ana.keyPath], in: folder)
        expectFailure(.keyEncrypted) {
            try CMSSigner(certificates: ana.certificate, key: Array(locked.output.utf8)).chain
        }
        // One file that holds both, in any order.
        let both = try ana.key + ana.certificate
        #expect(try CMSSigner(certificates: both, key: both).certificate.subject == "CN=ana")
    }

    /// Bytes of which nothing is known: refused, and never worse.
    @Test func hostileBytes() throws {
        let sample = try Sample()
        let good = sample.signature.encoded
        var random = SeededGenerator(seed: 23)
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    bytes[bytes.indices.randomElement(using: &random) ?? 0] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(slice(of: bytes, &random))
                case 2:
                    let copied = Array(bytes[slice(of: bytes, &random)])
                    bytes.insert(contentsOf: copied, at: Int.random(in: 0...bytes.count, using: &random))
                default:
                    let range = slice(of: bytes, &random)
                    bytes.replaceSubrange(range, with: random.bytes(range.count))
                }
                if bytes.isEmpty { bytes = [0x30] }
            }
            #expect(bytes == good || !sample.isAccepted(bytes))
        }
        // Nested so deeply that a careless reader's stack would end.
        expectFailure(.malformed) { try CMSSignature(parsing: [UInt8](repeating: 0x30, count: 200_000)) }
        let depth = 30_000
        let nested = (0..<depth).flatMap { level -> [UInt8] in
            let count = 6 * (depth - 1 - level)
            return [0x30, 0x84] + (0..<4).map { UInt8(count >> (24 - 8 * $0) & 0xFF) }
        }
        expectFailure(.malformed) { try CMSSignature(parsing: nested) }
        let short = (0..<60).reduce(DERTree.null) { inner, _ in .sequence(inner) }
        expectFailure(.malformed) { try CMSSignature(parsing: short.bytes) }
    }

    private func slice(of bytes: [UInt8], _ random: inout SeededGenerator) -> Range<Int> {
        let start = Int.random(in: 0..<bytes.count, using: &random)
        return start..<min(bytes.count, start + Int.random(in: 1...24, using: &random))
    }
}
