import Bundle
import BundleFormat
import Collection
import StructuredText
import Testing

/// Every attempt has one ledger line in one state, and what it brought is kept.
struct OutcomeTests {
    @Test
    func eachAttemptHasOneLineInTheStateThatItEndedIn() async throws {
        let outcomes: [(String, Outcome)] = [
            ("ok", .ok), ("empty", .empty), ("missing", .missing("NoTools", "none")),
            ("skipped", .skipped("NotWanted", "no")),
            ("denied", .denied("Forbidden", "no")), ("error", .error("Broken", "it")),
            ("partial", .partial("Some", "it")),
        ]
        let captured = try await Captured.from { engine, _ in
            await engine.run(outcomes.map { name, outcome in attempt(name) { _ in outcome } })
        }
        #expect(captured.lines.count == outcomes.count)
        for (name, outcome) in outcomes {
            let line = try captured.line(name)
            #expect(line.state == outcome.state)
            #expect(line.reason == outcome.reason)
            #expect(line.entries.isEmpty)
            #expect(line.started <= line.ended)
        }
        #expect(Set(captured.lines.map(\.attempt)) == Set(1...outcomes.count))
        #expect(captured.seen.planned == outcomes.count)
        #expect(captured.summary.states.values.reduce(0, +) == outcomes.count)
        #expect(Set(captured.summary.gaps.map(\.state)) == [.missing, .denied, .error, .partial])
    }

    @Test
    func aFailureAfterBytesIsPartialAndKeepsThem() async throws {
        struct Odd: Error {}
        let captured = try await Captured.from { engine, _ in
            await engine.run([
                attempt("late") { context in
                    let entry = try await context.entry(["late.txt"], media: .text)
                    try await entry.write(Array("first\n".utf8))
                    throw StepFailure(.denied("Forbidden", "not any more"))
                },
                attempt("early") { context in
                    _ = try await context.entry(["early.txt"], media: .text)
                    throw StepFailure(.denied("Forbidden", "no"))
                },
                attempt("odd") { _ in throw Odd() },
            ])
        }
        let late = try captured.line("late")
        #expect(late.state == .partial)
        #expect(late.reason?.code == "Forbidden")
        #expect(late.bytes == 6)
        #expect(captured.text("late.txt") == "first\n")
        // An entry in which nothing came is no entry.
        #expect(try captured.line("early").state == .denied)
        #expect(captured.text("early.txt") == nil)
        #expect(try captured.line("odd").reason?.code == "Unexpected")
        #expect(captured.failure == nil)
    }

    @Test
    func whatAStepLeavesOpenIsKeptUnlessItIsEmpty() async throws {
        let captured = try await Captured.from { engine, _ in
            await engine.run([
                attempt("open") { context in
                    let entry = try await context.entry(["open.txt"], media: .text)
                    try await entry.write(Array("left open\n".utf8))
                    _ = try await context.entry(["nothing.txt"], media: .text)
                    let dropped = try await context.entry(["dropped.txt"], media: .text)
                    try await dropped.write(Array("no".utf8))
                    await dropped.abandon()
                    return .ok
                }
            ])
        }
        #expect(captured.contents.keys.sorted() == ["data/open.txt"])
        #expect(try captured.line("open").entries.map(\.rawValue) == ["data/open.txt"])
    }

    @Test(arguments: [1, 999, 1_000, 1_001, 5_000])
    func theByteLimitKeepsWhatFits(_ size: Int) async throws {
        let captured = try await Captured.from { engine, _ in
            await engine.run([
                attempt("much", bytes: 1_000) { context in
                    let entry = try await context.entry(["much.bin"], media: .binary)
                    for start in stride(from: 0, to: size, by: 300) {
                        try await entry.write((start..<min(start + 300, size)).map { UInt8(truncatingIfNeeded: $0) })
                    }
                    try await entry.finish()
                    return .ok
                }
            ])
        }
        let line = try captured.line("much")
        #expect(captured.contents["data/much.bin"] == (0..<min(size, 1_000)).map { UInt8(truncatingIfNeeded: $0) })
        #expect(line.state == (size > 1_000 ? .partial : .ok))
        #expect(line.truncated == (size > 1_000 ? Truncation(limit: 1_000) : nil))
        #expect(captured.seen.bytes == min(size, 1_000))
    }

    @Test
    func theByteLimitIsOneForAllEntriesOfTheAttempt() async throws {
        let captured = try await Captured.from { engine, _ in
            await engine.run([
                attempt("two", bytes: 10) { context in
                    try await context.entry(["a"], media: .text, bytes: Array("1234567\n".utf8))
                    try await context.entry(["b"], media: .text, bytes: Array("1234567\n".utf8))
                    return .ok
                }
            ])
        }
        #expect(captured.text("a") == "1234567\n")
        #expect(captured.text("b") == "12")
        #expect(try captured.line("two").state == .partial)
    }

    @Test
    func aLongReasonDoesNotMakeALongLine() async throws {
        let captured = try await Captured.from { engine, _ in
            await engine.run([
                attempt("talk") { _ in
                    .error(String(repeating: "C", count: 1 << 20), String(repeating: "é", count: 9 << 20))
                }
            ])
        }
        let line = try captured.line("talk")
        #expect(line.encoded().count < 8_192)
        #expect(captured.failure == nil)
    }

    @Test
    func namesThatNoLineCouldTellOfEndTheAttemptAndNotTheRun() async throws {
        let captured = try await Captured.from { engine, _ in
            await engine.run([
                attempt("long") { context in
                    try await context.entry([String(repeating: "n", count: 1 << 20)], media: .text, bytes: [1])
                    return .ok
                },
                attempt("odd") { context in
                    for name in ["..", ".", "", "a/b", "\u{0}", "\u{202E}x", "ä", "..\n"] {
                        try await context.entry(["odd", name], media: .text, bytes: Array("\(name)\n".utf8))
                    }
                    return .ok
                },
            ])
        }
        #expect(try captured.line("long").reason?.code == "NameTooLong")
        #expect(try captured.line("odd").state == .ok)
        #expect(captured.contents.count == 8)
        #expect(
            captured.contents.keys.allSatisfy { $0.hasPrefix("data/odd/") && !$0.split(separator: "/").contains("..") })
    }

    @Test
    func custodyStandsBeforeTheDeedAndInOrder() async throws {
        let captured = try await Captured.from { engine, _ in
            await engine.run([
                attempt("deed") { context in
                    try await context.custody(.exec, detail: ["argv": ["ls"]])
                    return .ok
                }
            ])
        }
        #expect(captured.custody.map(\.action.rawValue) == ["opened", "exec", "closed"])
        #expect(captured.custody[1].attempt == (try captured.line("deed").attempt))
        #expect(captured.custody[1].target == Target(kind: "Test", name: "deed"))
    }
}
