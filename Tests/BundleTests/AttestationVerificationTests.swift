import Archive
import Bundle
import BundleFormat
import Cryptography
import Foundation
import Testing

/// What the verifier makes of records.
@Suite struct AttestationVerificationTests {
    @Test func aLaterSignatureCountsForIdentity() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            #expect(try await case1.verify().verdict == .notAuthentic)
            let before = try await case1.verify(Anchors())
            #expect(before.records.answer.state == .notChecked)
            let added = try await case1.attestor.sign(before, by: [case1.ann])
            #expect(added.records.count == 1)
            let after = try await case1.verify()
            #expect(after.verdict == .authentic)
            #expect(after.records.attestors.map(\.principals) == [["ann@example.com"]])
            #expect(!after.signers.contains { $0.isTrusted })
            // It is over the seal: the chain of records has no cover by that.
            #expect(after.records.coveredTo == 0 && after.records.uncoveredFrom == 1)
            // Whom nobody knows covers nothing and vouches for nothing.
            let unanchored = try await case1.verify(Anchors())
            #expect(unanchored.verdict == .consistentNotAuthenticated)
            #expect(unanchored.recordFailures == [])
        }
    }

    @Test func aSignatureOverARecordCoversAllUpToIt() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            _ = try await case1.attestor.add(Attesting.note("first"))
            let added = try await case1.attestor.add(
                .custody(.init(action: "handed over", from: "Ann", to: "Bob")), signedBy: [case1.ann])
            #expect(added.records.map(\.number) == [2, 3])
            _ = try await case1.attestor.add(Attesting.note("last"))
            let verification = try await case1.verify()
            #expect(verification.records.coveredTo == 2)
            #expect(verification.records.uncoveredFrom == 3)
            #expect(verification.records.coveredBy == ["the signature of ann@example.com, up to record 2"])
            // A signature over a record is none over the seal.
            #expect(verification.verdict == .notAuthentic)
            #expect(try await case1.verify(Anchors()).records.coveredTo == 0)
        }
    }

    /// Each bit of a small sidecar: what is changed is noticed, or lies behind what is covered.
    @Test func everyChangedBitIsRefusedOrUncovered() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            _ = try await case1.attestor.add(Attesting.note("x"), signedBy: [case1.ann])
            let whole = try case1.bytes()
            let lines = try case1.lines()
            let start = lines[0].count
            let data = try #require(String(decoding: whole, as: UTF8.self).range(of: #""data":""#))
            let dataStart = String(decoding: whole, as: UTF8.self).utf8.distance(
                from: String(decoding: whole, as: UTF8.self).startIndex, to: data.upperBound)
            let verified = try await case1.verify()
            #expect(verified.records.coveredTo == 1 && verified.recordFailures == [])
            let trail = try await TrailCheck(case1)
            var refused = 0, uncovered = 0
            for position in whole.indices {
                for bit in 0..<8 {
                    var changed = whole
                    changed[position] ^= 1 << bit
                    let (isFailed, coveredTo) = try trail.judge(changed)
                    if isFailed {
                        refused += 1
                    } else {
                        uncovered += 1
                        // Only what nobody vouches for may change unnoticed: name, time and the like of the last record.
                        // Losing the last LF or the whole record behind it leaves the first uncovered.
                        #expect(position >= start - 1, "byte \(position), bit \(bit)")
                        #expect(coveredTo <= 1)
                        if position >= dataStart && position < whole.count - 4 {
                            #expect(coveredTo == 0, "byte \(position), bit \(bit)")
                        }
                    }
                }
            }
            #expect(refused > uncovered)
        }
    }

    @Test func cutReorderedInsertedAndMixedUpRecords() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            for number in 1...3 { _ = try await case1.attestor.add(Attesting.note("\(number)"), signedBy: [case1.ann]) }
            let lines = try case1.lines()
            func check(_ name: String, _ lines: [[UInt8]], coveredTo: UInt64, fails: Bool) async throws {
                try case1.write(Array(lines.joined()))
                let verification = try await case1.verify()
                #expect((verification.records.answer.state == .failed) == fails, "\(name)")
                #expect(verification.records.coveredTo == coveredTo, "\(name)")
                #expect(verification.integrity.state == .passed && verification.completeness.state == .passed)
            }
            try await check("whole", lines, coveredTo: 5, fails: false)
            // Nobody can tell that the end is missing: but what is left says how far it is covered.
            try await check("cut", Array(lines.prefix(3)), coveredTo: 1, fails: false)
            try await check("swapped", [lines[0], lines[1], lines[3], lines[2]], coveredTo: 1, fails: true)
            try await check("one out", [lines[0], lines[1], lines[3]], coveredTo: 1, fails: true)
            try await check("twice", lines + [lines[5]], coveredTo: 5, fails: true)
            try await check("again", lines + lines, coveredTo: 5, fails: true)
            try await check("without its beginning", Array(lines.dropFirst()), coveredTo: 0, fails: true)
            try await check(
                "inserted", [lines[0], lines[1], Array("{}\n".utf8)] + lines[2...], coveredTo: 1, fails: true)
        }
    }

    @Test func aSignatureOfAnotherRecordOrNamespaceIsNotValid() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            let first = try await case1.attestor.add(Attesting.note("1"), signedBy: [case1.ann])
            guard case .signature(let signature) = first.records[1].body else { return }
            _ = try await case1.attestor.add(.signature(.init(form: .ssh, over: .record(2), data: signature.data)))
            _ = try await case1.attestor.add(.signature(.init(form: .ssh, over: .seal, data: signature.data)))
            _ = try await case1.attestor.add(.signature(.init(form: .cms, over: .seal, data: [0x30, 0])))
            _ = try await case1.attestor.add(.timestamp(.init(over: .record(1), token: [0x30, 0])))
            let verification = try await case1.verify()
            #expect(
                verification.recordFailures
                    == ["timestamp record 6", "signature record 3", "signature record 4", "signature record 5"])
            #expect(verification.records.coveredTo == 1)
            #expect(verification.time.state == .notChecked)
            #expect(verification.integrity.state == .passed)
        }
    }

    /// Another container has the same Seal ID, so the records are as true.
    @Test func recordsHoldForARecompressedBundle() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            _ = try await case1.attestor.add(Attesting.note("1"), signedBy: [case1.ann])
            var repacker = Repacker(container: .tarGz)
            repacker.records = .nowhere
            let other = "\(folder)/c.tar.gz"
            #expect(try await repacker.repack(from: case1.path, to: other).foldedRecords == nil)
            try FileManager.default.copyItem(atPath: case1.sidecar, toPath: other + ".attest")
            let verification = try await case1.verify(path: other)
            #expect(verification.recordFailures == [] && verification.records.coveredTo == 1)
        }
    }

    @Test func theUnpackedFolderHasThemBesideIt() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            _ = try await case1.attestor.sign(try await case1.verify(), by: [case1.ann])
            #expect(try Command(["tar", "xf", "b.tar"], in: folder).status == 0)
            #expect(try await case1.verify(path: "\(folder)/case-1").verdict == .notAuthentic)
            try FileManager.default.copyItem(atPath: case1.sidecar, toPath: "\(folder)/case-1.attest")
            for name in ["case-1", "case-1/", "case-1/."] {
                #expect(try await case1.verify(path: "\(folder)/\(name)").verdict == .authentic, "\(name)")
            }
            let more = Attestor(bundle: "\(folder)/case-1", by: "Bob")
            #expect(try await more.add(Attesting.note("x")).records.map(\.number) == [2])
            var verifier = Verifier()
            verifier.records = .file("\(folder)/none")
            await #expect(throws: BundleError.self) { _ = try await verifier.verify(path: case1.path) }
            verifier.records = .nowhere
            #expect(try await verifier.verify(path: case1.path).records.answer.state == .notChecked)
        }
    }

    @Test(.enabled(if: TestPKI.isPossible, "\(TestPKI.missing)"))
    func certificatesAndTimeStamps() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            let pki = try TestPKI(in: folder)
            try pki.issue("carol")
            let anchors = Anchors(
                allowedSigners: case1.allowed, certificateAuthorities: try pki.bundle("root.pem"),
                timestampAuthorities: try pki.bundle("clock.pem"))
            let carol = try pki.signer("carol")
            _ = try await case1.attestor.sign(try await case1.verify(anchors), by: [case1.ann, carol])
            _ = try await case1.attestor.add(Attesting.note("x"), signedBy: [carol])
            let signed = try await case1.verify(anchors)
            #expect(signed.recordFailures == [])
            #expect(signed.records.attestors.map(\.kind) == [.ssh, .cms])
            #expect(signed.records.coveredTo == 3)
            #expect(signed.time.state == .notChecked)

            let taker = TimestampTaker(services: [TestTimestampService(pki)], authorities: try pki.bundle("clock.pem"))
            let stamped = try await case1.attestor.stamp(signed, with: taker)
            // One over the signature made at the seal, one over the last record, which proves the time of all before it.
            let subjects = stamped.records.map { record -> AttestationRecord.Subject? in
                if case .timestamp(let stamp) = record.body { stamp.over } else { nil }
            }
            #expect(subjects == [.file(try EntryPath("sig/seal.1.ssh.sig")), .record(4)])
            let verification = try await case1.verify(anchors)
            #expect(verification.recordFailures == [])
            #expect(verification.verdict == .authentic)
            #expect(verification.time.state == .passed)
            #expect(verification.records.coveredTo == 4)
            #expect(verification.records.attestors.allSatisfy { $0.basis == .timestamp })
            // Nothing lacks one now; over the records one can be had again.
            #expect(try await case1.attestor.stamp(verification, with: taker).records.isEmpty)
            #expect(
                try await case1.attestor.stamp(verification, with: taker, includingRecords: true).records.count == 1)
            // Without authorities a time stamp covers nothing.
            #expect(try await case1.verify().records.coveredTo == 0)
            let file = try pki.read("clock.pem")
            #expect(!file.isEmpty)
            try stockTimestamp(case1, folder)
        }
    }

    /// `openssl ts` checks a time stamp over a record that was taken out with sed and jq.
    private func stockTimestamp(_ case1: Attesting, _ folder: String) throws {
        let script = """
            set -e
            sed -n 4p b.tar.attest | tr -d '\\n' > record
            sed -n 6p b.tar.attest | jq -r .body.token | base64 -d > token.tsr
            openssl ts -verify -data record -in token.tsr -CAfile pki/clock.pem
            sed -n 2p b.tar.attest | jq -r .body.data | base64 -d > carol.p7s
            tar xOf b.tar case-1/seal.sha256 > seal.sha256
            openssl cms -verify -cades -binary -purpose any -inform DER -in carol.p7s -content seal.sha256 \
                -CAfile pki/root.pem -out /dev/null
            sed -n 4p b.tar.attest | jq -r .body.data | base64 -d > carol3.p7s
            { echo exhibit-record@v1; sed -n 3p b.tar.attest | tr -d '\\n'; } > message
            openssl cms -verify -cades -binary -purpose any -inform DER -in carol3.p7s -content message \
                -CAfile pki/root.pem -out /dev/null
            """
        let check = try Command(["sh", "-c", script], in: folder)
        #expect(check.status == 0, "\(check.output)")
    }

    @Test func sshKeygenChecksWhatIsTakenOutWithSed() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            _ = try await case1.attestor.sign(try await case1.verify(), by: [case1.ann])
            _ = try await case1.attestor.add(Attesting.note("x"), signedBy: [case1.ann])
            let script = """
                set -e
                tar xOf b.tar case-1/seal.sha256 > seal.sha256
                sed -n 1p b.tar.attest | jq -r .body.data | base64 -d > seal.sig
                ssh-keygen -Y verify -n exhibit-bundle@v1 -f allowed -I ann@example.com -s seal.sig < seal.sha256
                sed -n 3p b.tar.attest | jq -r .body.data | base64 -d > record.sig
                sed -n 2p b.tar.attest | tr -d '\\n' |
                    ssh-keygen -Y verify -n exhibit-record@v1 -f allowed -I ann@example.com -s record.sig
                previous=$(printf %064d 0)
                while read -r line; do
                    test "$(printf %s "$line" | jq -r .previous)" = "$previous"
                    previous=$(printf %s "$line" | sha256sum | cut -c 1-64)
                done < b.tar.attest
                """
            let check = try Command(["sh", "-c", script], in: folder)
            #expect(check.status == 0, "\(check.output)")
        }
    }

    /// What ssh-keygen signs is as good.
    @Test func aSignatureBySSHKeygenCounts() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            let script = """
                set -e
                ssh-keygen -q -t ecdsa -N '' -C '' -f key
                { printf 'eve@example.com '; cat key.pub; } > signers
                tar xOf b.tar case-1/seal.sha256 > seal.sha256
                ssh-keygen -q -Y sign -n exhibit-bundle@v1 -f key seal.sha256
                """
            let made = try Command(["sh", "-c", script], in: folder)
            #expect(made.status == 0, "\(made.output)")
            let signature = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/seal.sha256.sig"))
            _ = try await case1.attestor.add(.signature(.init(form: .ssh, over: .seal, data: Array(signature))))
            let signers = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/signers"))
            let verification = try await case1.verify(
                Anchors(allowedSigners: try AllowedSigners(parsing: Array(signers))))
            #expect(verification.recordFailures == [])
            #expect(verification.verdict == .authentic)
        }
    }
}

/// Judges changed sidecars without reading the bundle each time: by verifying a small one through its folder.
private struct TrailCheck {
    let case1: Attesting
    let verifier: RecordsVerifier

    init(_ case1: Attesting) async throws {
        self.case1 = case1
        verifier = try await RecordsVerifier(bundle: case1.path, anchors: Anchors(allowedSigners: case1.allowed))
    }

    func judge(_ bytes: [UInt8]) throws -> (isFailed: Bool, coveredTo: UInt64) {
        try case1.write(bytes)
        let records = try verifier.examine(.file(case1.sidecar))
        return (records.answer.state == .failed, records.coveredTo)
    }
}
