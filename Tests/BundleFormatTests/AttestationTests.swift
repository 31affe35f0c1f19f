import BundleFormat
import Cryptography
import StructuredText
import TestSupport
import Testing

/// Records made after the seal, and their chain (section 10).
@Suite struct AttestationTests {
    private static let seal = SealID(Samples.digest(Array(0..<32)))
    private static let signature = EntryPath(sourceComponents: [Array("sig".utf8), Array("seal.1.ssh.sig".utf8)])

    private static let bodies: [AttestationRecord.Body] = [
        .custody(.init(action: "handed over", from: "Ann", to: "Bob \"B\"\n", place: "Berlin", text: "\u{202E}x")),
        .custody(.init(action: "copied", file: Samples.digest(Array(1..<33)))),
        .signature(.init(form: .ssh, over: .seal, data: [1, 2, 3])),
        .signature(.init(form: .cms, over: .record(1), data: [0x30])),
        .timestamp(.init(over: .file(signature), token: [0x30, 0])),
        .timestamp(.init(over: .record(3), token: [0x30, 1], certificates: "PEM\n")),
        .note(text: "", entry: nil),
        .note(text: "look", entry: EntryPath(sourceComponents: [Array("data".utf8), Array("x".utf8)])),
        .dismissal(finding: "redis-memory-full", text: "known", entry: nil),
        .unknown(kind: "later", ["a": 1]),
    ]

    private static func chain(_ bodies: [AttestationRecord.Body] = bodies) throws -> [[UInt8]] {
        var chain = AttestationChain(following: AttestationChainChecker(seal: seal))
        return try bodies.enumerated().map { index, body in
            try chain.append(
                body, by: "Ann <ann@example.com>", time: 1_795_230_855_926_535_897 + Int64(index),
                nonce: [UInt8](repeating: UInt8(index), count: 16))
        }
    }

    @Test func aChainComesBackAsItWas() throws {
        var checker = AttestationChainChecker(seal: Self.seal)
        for (line, body) in zip(try Self.chain(), Self.bodies) {
            #expect(line.last == 0x0A && line.filter { $0 == 0x0A }.count == 1)
            let record = try checker.append(line.dropLast())
            #expect(record.body == body)
            #expect(record.seal == Self.seal)
            #expect(try record.encoded() == line)
        }
        #expect(checker.count == UInt64(Self.bodies.count))
    }

    @Test func aLineIsWhatTheFormatSays() throws {
        let text = String(decoding: try Self.chain()[0], as: UTF8.self)
        let zeros = String(repeating: "0", count: 64)
        #expect(
            text.hasPrefix(
                #"{"record":1,"seal":"\#(Self.seal)","previous":"\#(zeros)","nonce":"00000000000000000000000000000000","#
                    + #""time":"2026-11-21T03:14:15.926535897Z","kind":"custody","by":"Ann <ann@example.com>","body":{"#
                    + #""action":"handed over","from":"Ann","to":"#))
        let stamp = String(decoding: try Self.chain()[4], as: UTF8.self)
        #expect(stamp.hasSuffix(#""body":{"over":"sig/seal.1.ssh.sig","token":"MAA="}}"# + "\n"))
    }

    /// Every byte of every line but the last is bound by the next line; of the last, only its form is.
    @Test func everyChangedByteOfAChainIsNoticed() throws {
        let lines = try Self.chain([
            .note(text: "x", entry: nil), .signature(.init(form: .ssh, over: .record(1), data: [1, 2, 3])),
            .custody(.init(action: "copied", to: "Bob")),
        ])
        var accepted = 0
        for (index, line) in lines.enumerated() {
            for position in 0..<(line.count - 1) {
                for bit in [UInt8(1), 0x20, 0x80] {
                    var changed = lines
                    changed[index][position] ^= bit
                    var checker = AttestationChainChecker(seal: Self.seal)
                    let isFine = (try? changed.forEach { _ = try checker.append($0.dropLast()) }) != nil
                    if index < lines.count - 1 {
                        #expect(!isFine, "record \(index + 1), byte \(position)")
                        #expect(checker.count <= UInt64(index + 1))
                    } else if isFine {
                        accepted += 1
                    }
                }
            }
        }
        // Nonce, time, kind, name and body of the last record are nobody's yet.
        #expect(accepted > 0)
    }

    @Test func whatDoesNotFollowIsRefused() throws {
        let lines = try Self.chain()
        let cases: [(String, [[UInt8]])] = [
            ("the first is missing", Array(lines.dropFirst())),
            ("one is missing", lines.enumerated().filter { $0.offset != 3 }.map(\.element)),
            ("two are swapped", [lines[0], lines[2], lines[1]]),
            ("one is there twice", [lines[0], lines[0]]),
            ("all are there twice", lines + lines),
        ]
        for (name, lines) in cases {
            var checker = AttestationChainChecker(seal: Self.seal)
            #expect(throws: FormatError.self, "\(name)") {
                for line in lines { _ = try checker.append(line.dropLast()) }
            }
        }
        var other = AttestationChainChecker(seal: SealID(.zero))
        #expect { _ = try other.append(lines[0].dropLast()) } throws: {
            ($0 as? FormatError)?.code == .brokenChain
        }
        // What was checked stays checked.
        var checker = AttestationChainChecker(seal: Self.seal)
        _ = try checker.append(lines[0].dropLast())
        #expect(throws: FormatError.self) { try checker.append(lines[2].dropLast()) }
        #expect(try checker.append(lines[1].dropLast()).number == 2)
    }

    @Test func anotherChainOfTheSameSealDoesNotContinueThisOne() throws {
        let lines = try Self.chain()
        var chain = AttestationChain(following: AttestationChainChecker(seal: Self.seal))
        _ = try chain.append(.note(text: "other", entry: nil), by: "", time: 0, nonce: [UInt8](repeating: 0, count: 16))
        let second = try chain.append(
            .note(text: "other", entry: nil), by: "", time: 0, nonce: [UInt8](repeating: 0, count: 16))
        var checker = AttestationChainChecker(seal: Self.seal)
        _ = try checker.append(lines[0].dropLast())
        #expect(throws: FormatError.self) { try checker.append(second.dropLast()) }
    }

    @Test(arguments: [
        (#""record":4"#, #""record":0"#), (#""record":4"#, #""record":"4""#), (#""record":4"#, #""record":4.0"#),
        (#""record":4"#, #""record":9223372036854775808"#), (#""record":4"#, #""record":4,"record":4"#),
        (#""record":4"#, #""record": 4"#), (#""over":1"#, #""over":4"#), (#""over":1"#, #""over":0"#),
        (#""over":1"#, #""over":-1"#), (#""over":1"#, #""over":"sig/seal.1.ssh.sig""#), (#""over":1"#, #""over":null"#),
        (#""type":"cms""#, #""type":"pgp""#), (#""data":"MA==""#, #""data":"MB==""#),
        (#""data":"MA==""#, #""data":"MA""#),
        (#""data":"MA==""#, #""data":"""#), (#""kind":"signature""#, #""kind":7"#), (#""by":"#, #""bY":"#),
        (#""nonce":"03"#, #""nonce":"0G"#), (#"Z","kind""#, #"z","kind""#), (#""body":{"#, #""body":[{"#),
        (#""type":"cms","over":1"#, #""type":"cms""#),
    ])
    func hostileRecordsAreRefused(part: String, replacement: String) throws {
        let text = String(decoding: try Self.chain()[3].dropLast(), as: UTF8.self)
        let changed = text.replacing(part, with: replacement)
        #expect(changed != text)
        #expect(throws: FormatError.self) { try AttestationRecord(decoding: Array(changed.utf8)[...]) }
    }

    @Test(arguments: [
        #""over":"seal""#, #""over":5"#, #""over":"data/version""#, #""over":"sig/seal.1.tsr""#, #""over":"sig/x""#,
        #""over":"../sig/seal.1.ssh.sig""#,
    ])
    func aTimeStampIsOverASignatureOrARecord(replacement: String) throws {
        let text = String(decoding: try Self.chain()[4].dropLast(), as: UTF8.self)
        let changed = text.replacing(#""over":"sig/seal.1.ssh.sig""#, with: replacement)
        #expect(throws: FormatError.self) { try AttestationRecord(decoding: Array(changed.utf8)[...]) }
    }

    @Test func membersStandInOrder() throws {
        let text = String(decoding: try Self.chain()[0].dropLast(), as: UTF8.self)
        let swapped = text.replacing(
            #""kind":"custody","by":"Ann <ann@example.com>""#, with: #""by":"A","kind":"custody""#)
        #expect(swapped != text)
        #expect(throws: FormatError.self) { try AttestationRecord(decoding: Array(swapped.utf8)[...]) }
        // Later versions may add to a record.
        let extended = text.replacing(#","body":"#, with: #","later":[1],"body":"#)
        #expect(try AttestationRecord(decoding: Array(extended.utf8)[...]).number == 1)
    }

    @Test func aPartOfARecordIsNeverOne() throws {
        for line in try Self.chain() {
            for count in 0..<(line.count - 1) {
                #expect(throws: FormatError.self) { try AttestationRecord(decoding: line.prefix(count)) }
            }
        }
    }

    @Test func boundsAreKept() throws {
        var chain = AttestationChain(following: AttestationChainChecker(seal: Self.seal))
        let nonce = [UInt8](repeating: 0, count: 16)
        let long = String(repeating: "x", count: FormatLimits.attestationLine)
        #expect { _ = try chain.append(.note(text: long, entry: nil), by: "", time: 0, nonce: nonce) } throws: {
            ($0 as? FormatError)?.code == .tooLarge
        }
        // What was refused leaves no gap.
        #expect(chain.count == 0)
        let empty = try chain.append(.note(text: "", entry: nil), by: "", time: 0, nonce: nonce)
        chain = AttestationChain(following: AttestationChainChecker(seal: Self.seal))
        let fits = String(long.dropLast(empty.count))
        let line = try chain.append(.note(text: fits, entry: nil), by: "", time: 0, nonce: nonce)
        #expect(line.count == FormatLimits.attestationLine)
        var checker = AttestationChainChecker(seal: Self.seal)
        #expect(try checker.append(line.dropLast()).number == 1)
    }

    @Test func thereAreAtMostSoManyRecords() throws {
        var chain = AttestationChain(following: AttestationChainChecker(seal: Self.seal))
        var checker = AttestationChainChecker(seal: Self.seal)
        let nonce = [UInt8](repeating: 0, count: 16)
        let note = AttestationRecord.Body.note(text: "", entry: nil)
        for _ in 0..<FormatLimits.attestationRecords {
            _ = try checker.append(try chain.append(note, by: "", time: 0, nonce: nonce).dropLast())
        }
        #expect { _ = try chain.append(note, by: "", time: 0, nonce: nonce) } throws: {
            ($0 as? FormatError)?.code == .tooLarge
        }
        let more = try AttestationRecord(
            number: FormatLimits.attestationRecords + 1, seal: Self.seal, previous: checker.last,
            nonce: String(repeating: "0", count: 32), time: 0, by: "", body: note
        ).encoded()
        #expect { _ = try checker.append(more.dropLast()) } throws: {
            ($0 as? FormatError)?.code == .tooLarge
        }
    }

    /// Any bytes are refused or read, and what is read is bounded by its own line.
    @Test func mutatedLinesNeverCrash() throws {
        var generator = SeededGenerator(seed: 77)
        let lines = try Self.chain()
        for _ in 0..<20_000 {
            var line = Array(lines.randomElement(using: &generator)?.dropLast() ?? [])
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let position = Int.random(in: 0..<line.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: line[position] = UInt8.random(in: 0...255, using: &generator)
                case 1: line.remove(at: position)
                default: line.insert(UInt8.random(in: 0...255, using: &generator), at: position)
                }
            }
            _ = try? AttestationRecord(decoding: line[...])
        }
    }
}
