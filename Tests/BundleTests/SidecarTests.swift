import Bundle
import BundleFormat
import Cryptography
import Foundation
import Glibc
import Testing

/// `<bundle>.attest`: appended only, by one at a time, and never lost.
@Suite struct SidecarTests {
    @Test func itIsMadeOnceAndOnlyGrows() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            let bundle = try Data(contentsOf: URL(fileURLWithPath: case1.path))
            var before: [UInt8] = []
            for number in 1...5 {
                let added = try await case1.attestor.add(Attesting.note("number \(number)"))
                #expect(added.records.map(\.number) == [UInt64(number)])
                #expect(added.seal == case1.sealed.sealID)
                #expect(added.sidecar == case1.sidecar)
                #expect(added.fragment == nil)
                let now = try case1.bytes()
                #expect(now.starts(with: before) && now.count > before.count && now.last == 0x0A)
                before = now
            }
            let mode = try FileManager.default.attributesOfItem(atPath: case1.sidecar)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(try Data(contentsOf: URL(fileURLWithPath: case1.path)) == bundle)
            let verification = try await case1.verify()
            #expect(verification.recordFailures == [])
            #expect(verification.records.records.count == 5)
            #expect(verification.records.uncoveredFrom == 1)
        }
    }

    /// A power cut or a full disk may leave any beginning of the last line.
    @Test func halfALineAtTheEndCostsNothingElse() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            _ = try await case1.attestor.add(Attesting.note("first"))
            let first = try case1.bytes()
            _ = try await case1.attestor.add(Attesting.note("second"))
            let whole = try case1.bytes()
            for end in stride(from: first.count + 1, to: whole.count, by: 7) + [whole.count - 2, whole.count - 1] {
                try case1.write(Array(whole[..<end]))
                let verification = try await case1.verify(Anchors())
                #expect(verification.recordFailures == [], "\(end)")
                let isWhole = end == whole.count - 1
                #expect(verification.records.records.count == (isWhole ? 2 : 1))
                #expect(verification.records.answer.findings.contains { $0.severity == .notice })

                let added = try await case1.attestor.add(Attesting.note("third"))
                #expect(added.records.map(\.number) == [isWhole ? 3 : 2])
                let now = try case1.bytes()
                #expect(now.starts(with: isWhole ? whole : first))
                #expect((added.fragment == nil) == isWhole)
                if let fragment = added.fragment {
                    #expect(FileManager.default.contents(atPath: fragment) == Data(whole[first.count..<end]))
                    #expect(fragment.hasPrefix(case1.sidecar + ".fragment-"))
                }
                #expect(try await case1.verify(Anchors()).recordFailures == [])
            }
        }
    }

    @Test func bytesOfNoRecordAtTheEndArePassedOver() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            _ = try await case1.attestor.add(Attesting.note("first"))
            let first = try case1.bytes()
            for tail in [[0, 0, 0], Array("{}".utf8), Array("hello".utf8), [UInt8](repeating: 0x7B, count: 2 << 20)] {
                try case1.write(first + tail)
                let verification = try await case1.verify(Anchors())
                #expect(verification.recordFailures == [])
                #expect(verification.records.fragmentBytes == tail.count)
                #expect(verification.records.records.count == 1)
                let fragment = try #require(try await case1.attestor.add(Attesting.note("second")).fragment)
                #expect(FileManager.default.contents(atPath: fragment) == Data(tail))
            }
        }
    }

    @Test func severalAtOnceWaitForEachOther() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<8 {
                    group.addTask {
                        for step in 0..<10 {
                            _ = try await case1.attestor.add(Attesting.note("\(task)/\(step)"), signedBy: [case1.ann])
                        }
                    }
                }
                try await group.waitForAll()
            }
            let verification = try await case1.verify()
            #expect(verification.recordFailures == [])
            #expect(verification.records.records.count == 160)
            #expect(verification.records.coveredTo == 159)
            let notes = Set(
                verification.records.records.compactMap { record -> String? in
                    if case .note(let text, _) = record.body { text } else { nil }
                })
            #expect(notes.count == 80)
        }
    }

    @Test func whoeverHoldsItIsWaitedForAndNoLonger() async throws {
        try await withFolder { folder in
            var case1 = try await Attesting(folder).attestor
            _ = try await case1.add(Attesting.note("first"))
            let descriptor = open(case1.sidecar, O_RDONLY)
            defer { close(descriptor) }
            #expect(flock(descriptor, LOCK_EX) == 0)
            case1.patience = .milliseconds(50)
            await #expect {
                _ = try await case1.add(Attesting.note("second"))
            } throws: {
                ($0 as? BundleError)?.code == .inUse
            }
        }
    }

    @Test func whatIsNoPlainFileIsRefused() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            _ = try await case1.attestor.add(Attesting.note("first"))
            let real = case1.sidecar + ".real"
            let fileManager = FileManager.default
            try fileManager.moveItem(atPath: case1.sidecar, toPath: real)
            let before = fileManager.contents(atPath: real)
            let kinds: [(String, () throws -> Void)] = [
                ("link", { try fileManager.createSymbolicLink(atPath: case1.sidecar, withDestinationPath: real) }),
                (
                    "dangling link",
                    { try fileManager.createSymbolicLink(atPath: case1.sidecar, withDestinationPath: "x") }
                ),
                ("FIFO", { #expect(mkfifo(case1.sidecar, 0o600) == 0) }),
                (
                    "folder",
                    { try fileManager.createDirectory(atPath: case1.sidecar, withIntermediateDirectories: false) }
                ),
            ]
            for (name, make) in kinds {
                try make()
                await #expect(throws: BundleError.self, "\(name)") {
                    _ = try await case1.attestor.add(Attesting.note("second"))
                }
                let verification = try await case1.verify(Anchors())
                #expect(verification.records.answer.state == .failed, "\(name)")
                #expect(verification.failures == [], "\(name)")
                #expect(verification.verdict == .consistentNotAuthenticated)
                try fileManager.removeItem(atPath: case1.sidecar)
            }
            try fileManager.linkItem(atPath: real, toPath: case1.sidecar)
            await #expect(throws: BundleError.self) { _ = try await case1.attestor.add(Attesting.note("second")) }
            // Backups are made of hard links: reading is fine.
            #expect(try await case1.verify(Anchors()).recordFailures == [])
            #expect(fileManager.contents(atPath: real) == before)
        }
    }

    @Test func whatIsTooLargeIsRefusedUnread() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            #expect(FileManager.default.createFile(atPath: case1.sidecar, contents: nil))
            #expect(truncate(case1.sidecar, off_t(FormatLimits.attestationBytes + 1)) == 0)
            #expect(try await case1.verify(Anchors()).records.answer.state == .failed)
            await #expect {
                _ = try await case1.attestor.add(Attesting.note("x"))
            } throws: {
                ($0 as? BundleError)?.code == .tooLarge
            }
        }
    }

    @Test func nothingIsAddedBehindWhatDoesNotHold() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            for number in 1...3 { _ = try await case1.attestor.add(Attesting.note("\(number)")) }
            let lines = try case1.lines()
            let bad: [(String, [[UInt8]])] = [
                ("a line cut in the middle", [lines[0], lines[1].prefix(40) + [0x0A], lines[2]]),
                ("swapped", [lines[1], lines[0], lines[2]]),
                ("one is missing", [lines[0], lines[2]]),
                ("the beginning is missing", [lines[1], lines[2]]),
                ("an empty line", [lines[0], [0x0A]]),
                ("not one of ours", [Array("hello\n".utf8)]),
            ]
            for (name, lines) in bad {
                try case1.write(Array(lines.joined()))
                let before = try case1.bytes()
                await #expect(throws: BundleError.self, "\(name)") {
                    _ = try await case1.attestor.add(Attesting.note("more"))
                }
                #expect(try case1.bytes() == before, "\(name)")
                let verification = try await case1.verify(Anchors())
                #expect(verification.records.answer.state == .failed, "\(name)")
                #expect(verification.failures == [])
            }
        }
    }

    @Test func ofAnotherBundleItIsRefused() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder), case2 = try await Attesting(folder, name: "c.tar")
            _ = try await case1.attestor.add(Attesting.note("1"))
            try FileManager.default.copyItem(atPath: case1.sidecar, toPath: case2.sidecar)
            let verification = try await case2.verify(Anchors())
            #expect(verification.records.answer.state == .failed)
            #expect(verification.records.answer.findings.contains { $0.says.contains("another seal") })
            await #expect(throws: BundleError.self) { _ = try await case2.attestor.add(Attesting.note("2")) }
        }
    }

    @Test func withoutTheBundleItsSealMustBeKnown() async throws {
        try await withFolder { folder in
            let case1 = try await Attesting(folder)
            let bundle = try Data(contentsOf: URL(fileURLWithPath: case1.path))
            try FileManager.default.removeItem(atPath: case1.path)
            let custody = AttestationRecord.Body.custody(.init(action: "handed over"))
            await #expect(throws: BundleError.self) { _ = try await case1.attestor.add(custody, seal: nil) }
            #expect(!FileManager.default.fileExists(atPath: case1.sidecar))
            _ = try await case1.attestor.add(custody, seal: case1.sealed.sealID)
            #expect(try await case1.attestor.add(custody, seal: nil).records.map(\.number) == [2])
            await #expect(throws: BundleError.self) {
                _ = try await case1.attestor.add(custody, seal: SealID(SHA256.digest(of: [1])))
            }
            try bundle.write(to: URL(fileURLWithPath: case1.path))
            let verification = try await case1.verify(Anchors())
            #expect(verification.recordFailures == [])
            #expect(verification.records.records.count == 2)
        }
    }

    @Test func whereItIs() {
        #expect(Sidecar.defaultPath(for: "case.tar") == "case.tar.attest")
        #expect(Sidecar.defaultPath(for: "/a/case/") == "/a/case.attest")
        #expect(Sidecar.defaultPath(for: "case//") == "case.attest")
        #expect(Sidecar.defaultPath(for: "/usr/lib/..") == "/usr.attest")
    }
}
