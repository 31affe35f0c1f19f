internal import Probes
internal import StructuredText

/// The questions about one name, a few at once: what hostile servers answer takes little memory, and no more time than there is.
struct DNSQuestions: Sendable {
    struct Question: Sendable {
        let server: NetworkAddress
        let port: Int
        let type: UInt16

        init(_ server: NetworkAddress, _ port: Int, _ type: UInt16) {
            (self.server, self.port, self.type) = (server, port, type)
        }
    }

    struct Answers: Sendable {
        /// JSON of each, in the order of the questions.
        var records: [[UInt8]]
        /// In the same order.
        var failures: [ProbeError] = []
        /// Whether of an answer less was kept than came.
        var isCut = false
    }

    /// Of all answers together.
    static let mostBytes = 4 << 20
    private static let mostAtOnce = 4
    /// Of the bytes, what is left for the heads of answers and for what the system says.
    private static let share = 2

    let name: String
    let questions: [Question]
    /// For all of them.
    let limit: Duration
    let bytes: Int

    /// - Throws: `CancellationError` only.
    func ask() async throws -> Answers {
        let end = ContinuousClock.now + limit
        return try await withThrowingTaskGroup(of: (Int, DNSProbe.Answer).self) { group in
            var result = Answers(records: Array(repeating: [], count: questions.count))
            var failures: [Int: ProbeError] = [:]
            var left = bytes / Self.share
            func begin(_ index: Int) {
                guard questions.indices.contains(index) else { return }
                let question = questions[index]
                // Those still to be asked come in rounds, each of which gets its part of the time that is left.
                let rounds = (questions.count - index + Self.mostAtOnce - 1) / Self.mostAtOnce
                let probe = DNSProbe(
                    server: question.server, port: question.port, name: name, type: question.type,
                    within: max(end - .now, .milliseconds(1)) / rounds)
                group.addTask { (index, try await probe.run()) }
            }
            for index in 0..<Self.mostAtOnce { begin(index) }
            var next = Self.mostAtOnce
            while let (index, answer) = try await group.next() {
                try Task.checkCancellation()
                begin(next)
                next += 1
                failures[index] = answer.failure
                var record = ProbeRecord.dns(answer).serialized()
                if record.count > left {
                    record = ProbeRecord.dns(answer, withRecords: false).serialized()
                    result.isCut = result.isCut || answer.message != nil
                } else {
                    left -= record.count
                }
                result.isCut = result.isCut || answer.message?.isCut == true
                result.records[index] = record
            }
            result.failures = failures.sorted { $0.key < $1.key }.map(\.value)
            return result
        }
    }
}
