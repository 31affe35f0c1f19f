internal import Dispatch
internal import Glibc

/// The agent's way in. Read on a thread of its own, so that the end of the other side is noticed whatever else is under way.
struct AgentInput: Sendable {
    let descriptor: Int32
    /// How long nothing may come.
    let silence: Duration
    /// Ends the process, with this exit code.
    let exit: @Sendable (Int32) -> Void

    /// The jobs in their order; ends with the input. After a silence the program ends at once: there is nobody to tell.
    func jobs() -> AsyncThrowingStream<AgentJob, any Error> {
        let (jobs, feed) = AsyncThrowingStream<AgentJob, any Error>.makeStream()
        let thread = DispatchQueue(label: "exhibit.agent-input")
        thread.async {
            do {
                var reader = AgentFrameReader()
                var buffer = [UInt8](repeating: 0, count: 64 << 10)
                while let count = try read(into: &buffer), count > 0 {
                    reader.push(buffer[..<count])
                    while let frame = try reader.next() {
                        switch frame.kind {
                        case .run: feed.yield(try AgentJob(frame.content))
                        case .alive: break
                        default: throw AgentProtocolError(reason: "was sent a frame that only it sends")
                        }
                    }
                }
                feed.finish()
                // A job may be blocked in something that never ends; with the other side, its reason to be is gone.
                sleep(2)
                exit(0)
            } catch {
                feed.finish(throwing: error)
            }
        }
        return jobs
    }

    /// Nil or 0 at the end.
    private func read(into buffer: inout [UInt8]) throws -> Int? {
        while true {
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&poller, 1, Int32(clamping: Int64(silence / .milliseconds(1))))
            if ready < 0, errno == EINTR { continue }
            if ready == 0 {
                exit(AgentExit.silence)
                return nil
            }
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            return count < 0 ? nil : count
        }
    }
}

/// How an agent's process ends by itself.
package enum AgentExit {
    /// Nothing came from the other side for too long.
    package static let silence: Int32 = 3
}
