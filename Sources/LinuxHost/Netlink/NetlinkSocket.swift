internal import Glibc

/// Netlink (RFC 3549, netlink(7)): requests to the kernel about the network namespace of the thread that makes them.
package enum Netlink {
    /// Which part of the kernel answers (<linux/netlink.h>).
    package struct Family: RawRepresentable, Hashable, Sendable {
        package let rawValue: Int32

        package init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        /// Interfaces, addresses, routes (rtnetlink(7)).
        package static let route = Family(rawValue: 0)
        /// Sockets (sock_diag(7)).
        package static let socketDiagnosis = Family(rawValue: 4)
        /// nftables, conntrack.
        package static let netfilter = Family(rawValue: 12)
    }

    /// Bounds on one answer.
    package struct Limits: Sendable {
        /// Bytes of all messages.
        package var bytes = 1 << 30
        /// Milliseconds that the kernel may let us wait for the next piece.
        package var milliseconds: Int32 = 10_000
        /// How often a dump that changed while it was made is asked for, in all.
        package var attempts = 3

        package init() {}
    }

    /// How an answer ended. What was handed out before is good, also beside a failure.
    package struct Answer: Hashable, Sendable {
        /// Messages handed out, in the last attempt.
        package var messages = 0
        /// Why it ended early; nil when the kernel said that it is complete.
        package var failure: HostError?
        /// It changed while the kernel made it (`NLM_F_DUMP_INTR`), each time it was asked for: some may be missing, or there twice.
        package var isInconsistent = false
        /// A limit, or the taker of the messages, ended it: there may be more.
        package var isTruncated = false
        /// Messages whose lengths contradict what came: they were left out.
        package var malformed = 0

        package init() {}
    }

    /// The most that the kernel puts into one datagram of a dump is 32 KiB, of few others more; a longer one is noticed.
    fileprivate static let datagramBytes = 256 << 10

    /// A request: type, flags beyond `NLM_F_REQUEST`, and what follows the header (a family's own header, attributes).
    package struct Request: Sendable {
        package var type: UInt16
        package var flags: UInt16
        package var payload: [UInt8]

        /// A request for all of something: answered by any number of messages (`NLM_F_DUMP`).
        package static func dump(_ type: UInt16, _ payload: [UInt8]) -> Request {
            Request(type: type, flags: Flag.dump, payload: payload)
        }

        /// A request for one thing: answered by its messages and an acknowledgement (`NLM_F_ACK`).
        package static func single(_ type: UInt16, _ payload: [UInt8]) -> Request {
            Request(type: type, flags: Flag.acknowledge, payload: payload)
        }
    }

    /// `NLM_F_…` (<linux/netlink.h>).
    private enum Flag {
        static let request: UInt16 = 1
        static let acknowledge: UInt16 = 4
        static let interrupted: UInt16 = 0x10
        static let dump: UInt16 = 0x300
        static let capped: UInt16 = 0x100
        static let hasAttributes: UInt16 = 0x200
    }

    /// Sends a request from a socket of its own, and hands each message of the answer to `body`: its type and what follows its header.
    ///
    /// The socket belongs to the network namespace of the calling thread. Only what the kernel itself sent counts.
    ///
    /// - Parameters:
    ///   - what: what is asked for, for messages: `netlink tcp`.
    ///   - began: called before each attempt with its number from 0: drop what an earlier one brought.
    ///   - body: false ends the answer.
    package static func ask(
        _ family: Family, _ request: Request, what: String, limits: Limits = Limits(), began: (Int) -> Void = { _ in },
        _ body: (UInt16, RawSpan) -> Bool
    ) -> Answer {
        var answer = Answer()
        for attempt in 0..<max(1, limits.attempts) {
            answer = Answer()
            began(attempt)
            do {
                let socket = try open(family, what, limits)
                try send(request, socket, what)
                var buffer = [UInt8](repeating: 0, count: datagramBytes)
                try receive(socket, what, limits, &buffer, &answer, body)
            } catch {
                answer.failure = error
            }
            // A failure and a stop are not repaired by asking again.
            guard answer.isInconsistent, !answer.isTruncated, answer.failure == nil else { break }
        }
        return answer
    }

    private static let sequence: UInt32 = 1
    private static let headerBytes = 16

    private static func failure(_ operation: String, _ what: String) -> HostError {
        HostError(errno: errno, operation, RawText(what))
    }

    private static func open(_ family: Family, _ what: String, _ limits: Limits) throws(HostError) -> OwnedDescriptor {
        let number = Glibc.socket(
            AF_NETLINK, Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue), family.rawValue)
        guard number >= 0 else { throw failure("socket", what) }
        let socket = OwnedDescriptor(owning: number)
        var time = timeval(
            tv_sec: Int(limits.milliseconds / 1_000), tv_usec: Int(limits.milliseconds % 1_000) * 1_000)
        guard
            setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size)) == 0
        else { throw failure("setsockopt", what) }
        // SOL_NETLINK: NETLINK_EXT_ACK, NETLINK_CAP_ACK. Kernels before 4.12 and 4.3 refuse: then an error has no text.
        var yes: Int32 = 1
        for option: Int32 in [11, 10] { _ = setsockopt(number, 270, option, &yes, socklen_t(4)) }
        return socket
    }

    private static func send(
        _ request: Request, _ socket: borrowing OwnedDescriptor, _ what: String
    ) throws(HostError) {
        var message: [UInt8] = []
        message.append(netlink: UInt32(headerBytes + request.payload.count))
        message.append(netlink: request.type)
        message.append(netlink: request.flags | Flag.request)
        message.append(netlink: sequence)
        // The port: the kernel gives this socket one.
        message.append(netlink: UInt32(0))
        message += request.payload
        guard Glibc.send(socket.rawValue, message, message.count, 0) == message.count else {
            throw failure("send", what)
        }
    }

    private static func receive(
        _ socket: borrowing OwnedDescriptor, _ what: String, _ limits: Limits, _ buffer: inout [UInt8],
        _ answer: inout Answer, _ body: (UInt16, RawSpan) -> Bool
    ) throws(HostError) {
        var total = 0
        while true {
            // struct sockaddr_nl: family, padding, port, groups. Port 0 is the kernel.
            var sender: (UInt32, UInt32, UInt32) = (0, 0, 0)
            var senderBytes = socklen_t(12)
            let count = withUnsafeMutableBytes(of: &sender) { sender in
                buffer.withUnsafeMutableBytes { bytes in
                    recvfrom(
                        socket.rawValue, bytes.baseAddress, bytes.count, Int32(MSG_TRUNC),
                        sender.baseAddress?.assumingMemoryBound(to: sockaddr.self), &senderBytes)
                }
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                throw HostError(
                    .timedOut, "receive", RawText(what), reason: "no answer in \(limits.milliseconds) ms")
            }
            guard count >= 0 else { throw failure("receive", what) }
            guard sender.1 == 0 else { continue }
            guard count <= buffer.count else {
                throw HostError(
                    .limitReached, "receive", RawText(what),
                    reason: "a message of \(count) bytes, more than \(buffer.count)")
            }
            total += count
            if count == 0 || total > limits.bytes {
                answer.isTruncated = true
                return
            }
            let isOver = try walk(buffer.span.bytes.extracting(0..<count), what, &answer, body)
            if isOver { return }
        }
    }

    /// Hands on the messages of one datagram; true if the answer is over.
    package static func walk(
        _ datagram: RawSpan, what: String, into answer: inout Answer, _ body: (UInt16, RawSpan) -> Bool
    ) -> Bool {
        do {
            return try walk(datagram, what, &answer, body)
        } catch {
            answer.failure = error
            return true
        }
    }

    private static func walk(
        _ datagram: RawSpan, _ what: String, _ answer: inout Answer, _ body: (UInt16, RawSpan) -> Bool
    ) throws(HostError) -> Bool {
        var offset = 0
        while datagram.byteCount - offset >= headerBytes {
            let length = Int(datagram.netlink(offset, as: UInt32.self) ?? 0)
            guard length >= headerBytes, length <= datagram.byteCount - offset else {
                answer.malformed += 1
                return false
            }
            let type = datagram.netlink(offset + 4, as: UInt16.self) ?? 0
            let flags = datagram.netlink(offset + 6, as: UInt16.self) ?? 0
            let isAnswer = datagram.netlink(offset + 8, as: UInt32.self) == sequence
            let payload = datagram.extracting(offset + headerBytes..<offset + length)
            offset += (length + 3) & ~3
            guard isAnswer else { continue }
            if flags & Flag.interrupted != 0 { answer.isInconsistent = true }
            switch type {
            case 1: continue  // NLMSG_NOOP
            case 2, 3:  // NLMSG_ERROR, NLMSG_DONE
                let number = payload.netlink(0, as: Int32.self) ?? 0
                if number != 0 { throw refusal(number, type, flags, payload, what) }
                return true
            case 4:  // NLMSG_OVERRUN
                answer.isInconsistent = true
            default:
                guard body(type, payload) else {
                    answer.isTruncated = true
                    return true
                }
                answer.messages += 1
            }
        }
        if offset < datagram.byteCount { answer.malformed += 1 }
        return false
    }

    /// What an error says: the number, and since Linux 4.12 often a sentence.
    private static func refusal(
        _ number: Int32, _ type: UInt16, _ flags: UInt16, _ payload: RawSpan, _ what: String
    ) -> HostError {
        var error = HostError(errno: number == .min ? EINVAL : abs(number), "ask the kernel for", RawText(what))
        guard flags & Flag.hasAttributes != 0 else { return error }
        var start = 4
        if type == 2 {
            // The request's header, and unless it is capped the request itself, come before.
            let request = flags & Flag.capped != 0 ? headerBytes : Int(payload.netlink(4, as: UInt32.self) ?? 0)
            start += (min(request, payload.byteCount) + 3) & ~3
        }
        forEachAttribute(of: payload, from: start) { attribute, value in
            if attribute == 1 {
                error.reason += ": " + RawText(value.netlinkText(0..<min(value.byteCount, 256))).escaped
            }
        }
        return error
    }

    /// Hands each attribute (`struct nlattr`) that begins at `offset` to `body`: its type without the flags for nested and
    /// big-endian ones, and its value. Ends at the first whose length contradicts what there is, and then returns false.
    @discardableResult
    package static func forEachAttribute(
        of message: RawSpan, from offset: Int, _ body: (UInt16, RawSpan) -> Void
    ) -> Bool {
        var offset = offset
        while offset >= 0, message.byteCount - offset >= 4 {
            guard let length = message.netlink(offset, as: UInt16.self).map(Int.init),
                let type = message.netlink(offset + 2, as: UInt16.self),
                length >= 4, length <= message.byteCount - offset
            else { return false }
            body(type & 0x3FFF, message.extracting(offset + 4..<offset + length))
            offset += (length + 3) & ~3
        }
        return true
    }
}

extension RawSpan {
    /// A number in the machine's own order at an offset, aligned or not; nil beyond the end.
    package func netlink<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as _: Number.Type) -> Number? {
        guard offset >= 0, byteCount - offset >= MemoryLayout<Number>.size else { return nil }
        return unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self)
    }

    /// The bytes of a range, up to the first NUL.
    package func netlinkText(_ range: Range<Int>) -> [UInt8] {
        var text: [UInt8] = []
        for offset in range.clamped(to: 0..<byteCount) {
            let byte = unsafeLoad(fromByteOffset: offset, as: UInt8.self)
            if byte == 0 { break }
            text.append(byte)
        }
        return text
    }
}

extension [UInt8] {
    /// Appends a number in the machine's own order.
    package mutating func append(netlink number: some FixedWidthInteger & BitwiseCopyable) {
        Swift.withUnsafeBytes(of: number) { append(contentsOf: $0) }
    }
}
