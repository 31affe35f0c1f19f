import BundleFormat
import Collection
import CollectorSteps
import Dispatch
import Foundation
import Synchronization
import Testing

/// Readers that block: nothing is lost, nothing hangs, nothing is left running that could end.
struct BlockingReaderTests {
    private struct Broken: Error {}

    @Test
    func everythingArrivesInOrder() async throws {
        let result = try await StepResult.of { context in
            let entry = try await context.entry(["numbers"], media: .text)
            let count = try await BlockingReader.stream(into: entry) { output in
                for number in 0..<200_000 { try output.append { $0.append(contentsOf: "\(number)\n".utf8) } }
                return 200_000
            }
            try await entry.finish()
            return count == 200_000 ? .ok : .error("Count", "\(count)")
        }
        #expect(result.line.state == .ok)
        #expect(result.contents["data/numbers"] == (0..<200_000).flatMap { Array("\($0)\n".utf8) })
    }

    /// What nobody may wait for is left behind, and ends when it likes.
    @Test
    func whatIsStuckIsLeftBehind() async throws {
        let release = DispatchSemaphore(value: 0)
        let late = try await BlockingReader.run(within: .milliseconds(50)) {
            release.wait()
            return 1
        }
        release.signal()
        #expect(late == nil)
        #expect(try await BlockingReader.run(within: .seconds(60)) { 2 } == 2)
        await #expect(throws: Broken.self) {
            try await BlockingReader.run(within: .seconds(60)) { () throws -> Int in throw Broken() }
        }
    }

    /// A consumer that stops early leaves chunks behind: the reader must end, and the process must live.
    @Test(arguments: 0..<10)
    func theByteLimitEndsTheReader(_ round: Int) async throws {
        let ended = Mutex(false)
        let result = try await Self.limited(UInt64(round * 70_000 + 1), ended: { ended.withLock { $0 = true } })
        #expect(result.line.state == .partial)
        #expect(result.line.reason?.code == "ByteLimit")
        #expect(result.contents["data/endless"]?.count == round * 70_000 + 1)
        #expect(ended.withLock { $0 })
    }

    private static func limited(_ bytes: UInt64, ended: @escaping @Sendable () -> Void) async throws -> StepResult {
        try await StepResult.of(bytes: bytes) { context in
            let entry = try await context.entry(["endless"], media: .binary)
            try await BlockingReader.stream(into: entry) { output in
                defer { ended() }
                while true { try output.append { $0.append(contentsOf: repeatElement(7, count: 5_000)) } }
            }
            return .ok
        }
    }

    @Test
    func aReaderThatIgnoresTheRefusalIsRefusedAgainAndNotHeld() async throws {
        let refusals = Mutex(0)
        let result = try await StepResult.of(bytes: 100_000) { context in
            let entry = try await context.entry(["stubborn"], media: .binary)
            try await BlockingReader.stream(into: entry) { output in
                for _ in 0..<100 {
                    do { try output.append { $0.append(contentsOf: repeatElement(7, count: 70_000)) } } catch {
                        refusals.withLock { $0 += 1 }
                    }
                }
            }
            return .ok
        }
        #expect(result.line.state == .partial)
        #expect(refusals.withLock { $0 } > 1)
    }

    @Test
    func aReadersErrorComesThroughAfterWhatItBrought() async throws {
        let result = try await StepResult.of { context in
            let entry = try await context.entry(["some"], media: .text)
            try await BlockingReader.stream(into: entry) { output in
                for _ in 0..<3 { try output.append { $0.append(contentsOf: repeatElement(0x61, count: 70_000)) } }
                throw Broken()
            }
            return .ok
        }
        #expect(result.line.state == .partial)
        #expect(result.line.reason?.message.contains("Broken") == true)
        #expect(result.contents["data/some"]?.count == 210_000)
    }

    @Test
    func cancellationReachesTheReader() async throws {
        let sawIt = Mutex(false)
        let result = try await StepResult.of(timeout: .milliseconds(100)) { _ in
            try await BlockingReader.run {
                let end = Date().addingTimeInterval(60)
                while !Task.isCancelled, Date() < end { Thread.sleep(forTimeInterval: 0.005) }
                sawIt.withLock { $0 = Task.isCancelled }
                throw CancellationError()
            }
        }
        #expect(result.line.state == .timeout)
        #expect(sawIt.withLock { $0 })
    }

    @Test
    func whatWasCutOffIsNeverCalledComplete() async throws {
        for round in 0..<5 {
            let result = try await StepResult.of(timeout: .milliseconds(30 + round * 10)) { context in
                let entry = try await context.entry(["slow"], media: .binary)
                try await BlockingReader.stream(into: entry) { output in
                    for _ in 0..<1_000 {
                        Thread.sleep(forTimeInterval: 0.002)
                        try output.append { $0.append(contentsOf: repeatElement(7, count: 70_000)) }
                    }
                }
                try await entry.finish()
                return .ok
            }
            #expect(result.line.state == .timeout)
            #expect(result.failure == nil)
        }
    }

    @Test
    func aStuckReaderCostsItsAttemptOnly() async throws {
        let release = Mutex(false)
        // Long enough for the reader to begin on a busy machine.
        let result = try await StepResult.of(timeout: .seconds(2)) { context in
            let entry = try await context.entry(["stuck"], media: .text)
            try await BlockingReader.stream(into: entry) { output in
                try output.append { $0.append(contentsOf: repeatElement(0x61, count: 70_000)) }
                let end = Date().addingTimeInterval(30)
                while !release.withLock({ $0 }), Date() < end { Thread.sleep(forTimeInterval: 0.01) }
            }
            return .ok
        }
        release.withLock { $0 = true }
        #expect(result.line.state == .timeout)
        #expect(result.line.reason?.message.contains("left behind") == true)
        #expect(result.contents["data/stuck"]?.count == 70_000)
        #expect(result.failure == nil)
    }
}
