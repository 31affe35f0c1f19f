import Probes
import TestSupport
import Testing

@Suite struct TCPProbeTests {
    private static let policy = AddressPolicy.standard(allowing: [.loopback])

    private func answer(port: Int, policy: AddressPolicy = policy, limit: Duration = .seconds(5)) async throws
        -> TCPProbe.Answer
    {
        try await TCPProbe(try Endpoint("127.0.0.1:\(port)"), policy: policy, within: limit).run()
    }

    @Test func whatListensIsConnected() async throws {
        let server = try FaultServer(.hang)
        let answer = try await answer(port: server.port)
        #expect(answer.isConnected && answer.failure == nil)
        #expect(answer.attempts.first?.localAddress == "127.0.0.1")
    }

    @Test func whatIsNotAllowedIsNotDialled() async throws {
        let server = try FaultServer(.hang)
        let answer = try await answer(port: server.port, policy: .standard())
        #expect(!answer.isConnected)
        let attempt = try #require(answer.attempts.first)
        #expect(attempt.failure?.code == .addressRefused && attempt.milliseconds == nil)
    }

    @Test func nothingThereIsRefused() async throws {
        let port = try FaultServer(.hang).port
        let answer = try await answer(port: port)
        #expect(answer.attempts.first?.failure?.code == .connectionRefused)
    }

    @Test func silenceEndsInTime() async throws {
        let hole = try BlackHole()
        let start = ContinuousClock.now
        let answer = try await answer(port: Int(hole.port), limit: .milliseconds(300))
        #expect(answer.attempts.first?.failure?.code == .timeout)
        #expect(ContinuousClock.now - start < .seconds(3))
    }

    @Test func aCancelledDialEndsAtOnce() async throws {
        let hole = try BlackHole()
        let start = ContinuousClock.now
        let task = Task { try await answer(port: Int(hole.port), limit: .seconds(60)) }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ContinuousClock.now - start < .seconds(3))
    }
}
