import BundleFormat
import Collection
import Testing

/// What a collector may take and bring over all of its attempts.
struct CollectorLimitsTests {
    /// A catalog with the collector `test`, whose attempts those of ``attempt(_:volatility:timeout:bytes:_:)`` are.
    private static func selection(_ limits: String) throws -> CollectorCatalog.Selection {
        let kinds = StepKinds([StepKind("probe", scopes: [.local], summary: "", source: .local, output: .fixed([]))])
        var catalog = CollectorCatalog([])
        try catalog.add(
            file: "test.yaml",
            text: """
                apiVersion: exhibit/v1
                kind: Collector
                metadata: {name: test, title: x}
                scope: local
                volatility: 3
                limits: \(limits)
                steps: [{probe: {}}]
                """, kinds: kinds)
        try catalog.add(
            file: "profiles/all.yaml",
            text: """
                apiVersion: exhibit/v1
                kind: Profile
                metadata: {name: all, title: x}
                collectors: [test]
                """, kinds: kinds)
        return try catalog.selection(profile: "all")
    }

    private static let one: CaptureEngine.Options = {
        var options = CaptureEngine.Options.quick
        options.concurrency = 1
        return options
    }()

    @Test
    func whatBringsTooMuchTogetherIsCutOffAndTheRestIsNotBegun() async throws {
        let captured = try await Captured.from(Self.one, definitions: try Self.selection("{bytes: 10}")) { engine, _ in
            await engine.run(
                (1...4).map { number in
                    attempt("\(number)") { context in
                        try await context.entry(["\(number)"], media: .text, bytes: Array("123456".utf8))
                        return .ok
                    }
                })
            // Nor does a later wave begin.
            await engine.run([attempt("5") { _ in .ok }])
        }
        #expect(try captured.line("1").state == .ok)
        let cut = try captured.line("2")
        #expect(cut.state == .partial && cut.reason?.code == "CollectorByteLimit")
        #expect(cut.truncated?.limit == 10)
        #expect(captured.text("1") == "123456" && captured.text("2") == "1234")
        for step in ["3", "4", "5"] {
            let line = try captured.line(step)
            #expect(line.state == .error && line.reason?.code == "CollectorByteLimit")
            #expect(line.reason?.message == "not begun: collector test has had its 10 bytes")
            #expect(line.entries.isEmpty)
        }
        #expect(captured.summary.gaps.allSatisfy { $0.isLoss })
    }

    @Test
    func theTimeRunsFromTheFirstAttempt() async throws {
        let captured = try await Captured.from(Self.one, definitions: try Self.selection("{timeout: 2s}")) {
            engine, _ in
            try await Task.sleep(for: .seconds(2))
            await engine.run(
                (1...3).map { number in
                    attempt("\(number)") { context in
                        try await context.entry(["\(number)"], media: .text, bytes: Array("x".utf8))
                        if number == 2 { try await Task.sleep(for: .seconds(30)) }
                        return .ok
                    }
                })
        }
        #expect(try captured.line("1").state == .ok)
        let (cut, unbegun) = (try captured.line("2"), try captured.line("3"))
        #expect(cut.state == .timeout && cut.reason?.code == "CollectorTimeout")
        #expect(cut.reason?.message == "cut off: collector test has had its 2.0 seconds")
        #expect(captured.text("2") == "x")
        #expect(unbegun.state == .timeout && unbegun.reason?.code == "CollectorTimeout")
        #expect(unbegun.reason?.message.hasPrefix("not begun") == true)
        #expect(captured.text("3") == nil)
    }

    /// What it shares with nobody else: the limits of a step are still those of a step.
    @Test
    func theShorterLimitIsTheOneThatIsNamed() async throws {
        let captured = try await Captured.from(definitions: try Self.selection("{timeout: 1h, bytes: 1GiB}")) {
            engine, _ in
            await engine.run([
                attempt("slow", timeout: .milliseconds(100)) { _ in
                    try await Task.sleep(for: .seconds(30))
                    return .ok
                },
                attempt("much", bytes: 4) { context in
                    try await context.entry(["much"], media: .text, bytes: Array("123456".utf8))
                    return .ok
                },
            ])
        }
        #expect(try captured.line("slow").reason?.code == "Timeout")
        #expect(try captured.line("much").reason?.code == "ByteLimit")
        #expect(try captured.line("much").truncated?.limit == 4)
    }

    @Test(arguments: [("{timeout: 0s}", "duration"), ("{byte: 3}", "did you mean bytes?"), ("[]", "must be a mapping")])
    func whatIsWrongIsNamed(_ limits: String, _ says: String) throws {
        let error = try #require(throws: DefinitionError.self) { try Self.selection(limits) }
        #expect(error.line == 6)
        #expect(error.message.contains(says), "\(error)")
    }
}
