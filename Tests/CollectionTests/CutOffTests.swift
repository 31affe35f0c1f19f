import Bundle
import BundleFormat
import Collection
import StructuredText
import Testing

/// Attempts that do not end by themselves, and runs that are ended early.
struct CutOffTests {
    @Test
    func aStepThatObeysEndsAtItsTimeoutAndKeepsWhatItWrote() async throws {
        let clock = ContinuousClock()
        let captured = try await Captured.from { engine, _ in
            let took = await clock.measure {
                await engine.run([
                    attempt("slow", timeout: .milliseconds(200)) { context in
                        let entry = try await context.entry(["slow.txt"], media: .text)
                        try await entry.write(Array("before\n".utf8))
                        try await Task.sleep(for: .seconds(60))
                        return .ok
                    }
                ])
            }
            #expect(took >= .milliseconds(200))
            #expect(took < .seconds(30))
        }
        let line = try captured.line("slow")
        #expect(line.state == .timeout)
        #expect(line.reason?.code == "Timeout")
        #expect(captured.text("slow.txt") == "before\n")
    }

    @Test
    func aStepThatBlocksItsThreadIsLeftBehindAndHarmsNothing() async throws {
        let gate = Gate()
        let after = Tally()
        let captured = try await Captured.from { engine, _ in
            await engine.run([
                attempt("stuck", timeout: .milliseconds(150)) { context in
                    let entry = try await context.entry(["stuck.txt"], media: .text)
                    try await entry.write(Array("before\n".utf8))
                    gate.block()
                    // What it does when it comes back is of no consequence, and no failure of the bundle.
                    do { try await entry.write(Array("after\n".utf8)) } catch is CancellationError { after.add() }
                    do { try await entry.finish() } catch is CancellationError { after.add() }
                    do { _ = try await context.entry(["more"], media: .text) } catch is CancellationError {
                        after.add()
                    }
                    do { try await context.custody(.exec, detail: [:]) } catch is CancellationError { after.add() }
                    return .ok
                }
            ])
            gate.open()
            while after.value < 4 { try await Task.sleep(for: .milliseconds(5)) }
            await engine.run([attempt("next") { _ in .ok }])
        }
        let line = try captured.line("stuck")
        #expect(line.state == .timeout)
        #expect(line.reason?.message.contains("left behind") == true)
        #expect(line.entries.map(\.rawValue) == ["data/stuck.txt"])
        #expect(captured.text("stuck.txt") == "before\n")
        #expect(try captured.line("next").state == .ok)
        #expect(captured.failure == nil)
    }

    @Test
    func timeIsUpWhileAnEntryIsBeingEnded() async throws {
        // The end of an entry is work of the bundle's: it is waited for, and its receipt is in the ledger line.
        let captured = try await Captured.from { engine, _ in
            await engine.run(
                (0..<40).map { number in
                    attempt("end \(number)", timeout: .milliseconds(20 + number), bytes: 1 << 30) { context in
                        let entry = try await context.entry(["end", "\(number)"], media: .binary)
                        for _ in 0..<8 { try await entry.write([UInt8](repeating: UInt8(number), count: 1 << 18)) }
                        try await entry.finish()
                        return .ok
                    }
                })
        }
        #expect(captured.failure == nil)
        #expect(captured.lines.count == 40)
        for line in captured.lines { #expect([.ok, .timeout].contains(line.state)) }
        #expect(Set(captured.lines.flatMap { $0.entries.map(\.rawValue) }) == Set(captured.contents.keys))
    }

    @Test(arguments: [CaptureEngine.RunStop.interrupted, .deadline, .diskFull, .maxSize])
    func aRunThatIsStoppedSealsWhatThereIs(_ cause: CaptureEngine.RunStop) async throws {
        var options = CaptureEngine.Options.quick
        options.concurrency = 3
        let begun = Tally()
        let captured = try await Captured.from(options) { engine, _ in
            async let run: Void = engine.run(
                [attempt("done", volatility: 3) { _ in .ok }]
                    + (0..<2).map { number in
                        attempt("cut \(number)", volatility: 4) { context in
                            let entry = try await context.entry(["cut", "\(number)"], media: .text)
                            if number == 0 { try await entry.write(Array("some\n".utf8)) }
                            begun.add()
                            try await Task.sleep(for: .seconds(60))
                            return .ok
                        }
                    }
                    + (0..<30).map { number in
                        attempt("rest \(number)", volatility: 9) { _ in
                            begun.add()
                            try await Task.sleep(for: .seconds(60))
                            return .ok
                        }
                    })
            while begun.value < 3 { try await Task.sleep(for: .milliseconds(2)) }
            engine.stop(cause)
            engine.stop(.interrupted)
            await run
            // A second wave is skipped as well.
            await engine.run([attempt("later") { _ in .ok }])
        }
        #expect(captured.lines.count == 34)
        #expect(captured.summary.stopped == cause)
        #expect(try captured.line("done").state == .ok)
        #expect(try captured.line("cut 0").state == (cause == .deadline ? .timeout : .partial))
        // It was tried: `skipped` would say that it was not.
        #expect(try captured.line("cut 1").state == (cause == .deadline ? .timeout : .error))
        #expect(captured.text("cut/0") == "some\n")
        #expect(captured.contents.count == 1)
        let later = try captured.line("later")
        #expect(later.state == .skipped)
        #expect(later.reason?.code == "RunEnded")
        #expect(captured.lines.count { $0.state == .skipped } >= 30)
    }

    @Test
    func aStopBeforeTheRunSkipsEverything() async throws {
        let captured = try await Captured.from { engine, _ in
            engine.stop(.interrupted)
            await engine.run((0..<20).map { attempt("\($0)") { _ in .ok } })
        }
        #expect(captured.lines.map(\.state) == Array(repeating: .skipped, count: 20))
    }
}
