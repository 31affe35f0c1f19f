internal import Glibc

/// A connection to an ssh-agent: one request, one answer, each within its time.
struct AgentSocket: ~Copyable {
    private let descriptor: Int32
    /// Goes into every error.
    private let doing: String
    private let path: String

    /// Connects. Throws `agentUnavailable` if nobody listens at `path`, `timedOut` if nobody takes the call.
    static func connect(to path: String, deadline: ContinuousClock.Instant, doing: String)
        throws(CryptographyError) -> AgentSocket
    {
        func unavailable(_ reason: String) -> CryptographyError {
            CryptographyError(
                code: .agentUnavailable, doing: doing, subject: path, reason: reason,
                advice: "start one with: eval \"$(ssh-agent)\", and add a key with: ssh-add")
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard !name.isEmpty else { throw unavailable("no agent is named (SSH_AUTH_SOCK is not set)") }
        // The terminating zero byte must fit, too.
        guard name.count < room, !name.contains(0) else { throw unavailable("a socket cannot have this name") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }

        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw unavailable("no socket can be made: \(Self.text(errno))") }
        let socket = AgentSocket(descriptor: descriptor, doing: doing, path: path)
        while true {
            let failure = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 ? 0 : errno
                }
            }
            switch failure {
            case 0, EISCONN: return socket
            case EINTR: continue
            case EAGAIN, EINPROGRESS, EALREADY:
                // Its queue is full. There is no event to wait for.
                guard ContinuousClock.now < deadline else { throw socket.timedOut("it does not take the call") }
                _ = poll(nil, 0, 20)
            case ENOENT, ECONNREFUSED: throw unavailable("no agent listens there (\(Self.text(failure)))")
            default: throw unavailable(Self.text(failure))
            }
        }
    }

    private init(descriptor: Int32, doing: String, path: String) {
        self.descriptor = descriptor
        self.doing = doing
        self.path = path
    }

    deinit {
        close(descriptor)
    }

    /// Sends a message and gives the answer back, both without their length.
    func exchange(_ message: [UInt8], deadline: ContinuousClock.Instant) throws(CryptographyError) -> [UInt8] {
        guard message.count <= AgentMessage.largest else {
            throw error(.tooLarge, "a request of \(message.count) bytes is more than an agent takes")
        }
        var request: [UInt8] = []
        SSHWire.append(string: message, to: &request)
        try send(request, deadline: deadline)
        let count = try receive(4, deadline: deadline).reduce(0) { $0 << 8 | Int($1) }
        guard count <= AgentMessage.largest else {
            throw error(.tooLarge, "it announces an answer of \(count) bytes, which no agent sends")
        }
        guard count > 0 else { throw error(.malformed, "its answer is empty") }
        return try receive(count, deadline: deadline)
    }

    private func send(_ bytes: [UInt8], deadline: ContinuousClock.Instant) throws(CryptographyError) {
        var sent = 0
        while sent < bytes.count {
            try wait(for: POLLOUT, deadline: deadline)
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
            } else if errno != EINTR && errno != EAGAIN {
                throw error(.agentRefused, "it hung up: \(Self.text(errno))")
            }
        }
    }

    private func receive(_ count: Int, deadline: ContinuousClock.Instant) throws(CryptographyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            try wait(for: POLLIN, deadline: deadline)
            let read = bytes.withUnsafeMutableBytes { buffer in
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[received...])
                return recv(descriptor, rest.baseAddress, rest.count, 0)
            }
            if read > 0 {
                received += read
            } else if read == 0 {
                throw error(.agentRefused, "it hung up without an answer")
            } else if errno != EINTR && errno != EAGAIN {
                throw error(.agentRefused, "it hung up: \(Self.text(errno))")
            }
        }
        return bytes
    }

    private func wait(for event: Int32, deadline: ContinuousClock.Instant) throws(CryptographyError) {
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw timedOut("it does not answer") }
            // Rounded up: rounded down, the last millisecond would be spent spinning.
            let milliseconds =
                min(Int64(1) << 30, left.components.seconds) * 1000
                + left.components.attoseconds / 1_000_000_000_000_000 + 1
            var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            let ready = poll(&entry, 1, Int32(clamping: milliseconds))
            if ready > 0 { return }
            if ready < 0 && errno != EINTR { throw error(.agentUnavailable, "poll: \(Self.text(errno))") }
        }
    }

    private func timedOut(_ reason: String) -> CryptographyError {
        error(.timedOut, reason + " within the time that was allowed")
    }

    private func error(_ code: CryptographyError.Code, _ reason: String) -> CryptographyError {
        CryptographyError(code: code, doing: doing, subject: path, reason: reason)
    }

    private static func text(_ number: Int32) -> String {
        strerror(number).map { String(cString: $0) } ?? "error \(number)"
    }
}
