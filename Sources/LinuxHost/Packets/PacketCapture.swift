internal import Glibc

/// Captures packets of a network namespace for a while, as pcapng.
///
/// No interface is made promiscuous, and nothing is sent. On a loopback interface, where each packet passes twice, it is taken as it
/// comes in.
public struct PacketCapture: Sendable {
    /// What is wanted, and when it ends.
    public struct Options: Sendable {
        /// Names; empty for all, those that come later, too.
        public var interfaces: [String] = []
        public var filter: PacketFilter
        /// Bytes of each packet that are kept at most, from its link header on.
        public var snapLength: UInt32
        public var duration: Duration
        /// The file has no more bytes than this; 4,096 at least.
        public var maxBytes: UInt64 = .max
        /// Who writes it, for the file's first block.
        public var application = "exhibit"

        public init(filter: PacketFilter, snapLength: UInt32, duration: Duration) {
            self.filter = filter
            self.snapLength = snapLength
            self.duration = duration
        }
    }

    /// Interfaces that can be named at most: each has a socket of its own.
    public static let maxInterfaces = 32
    /// Of a snap length: the longest that IP knows, and some for the link (as tcpdump's).
    public static let snapLengths: ClosedRange<Int> = 64...262_144
    /// Interfaces that a capture tells apart: whoever may make interfaces could make them without end.
    private static let maxInterfaceBlocks = 4_096
    /// How soon what came is handed on, and a wish to end is noticed.
    private static let tick: Duration = .milliseconds(200)

    private let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    /// Captures until the time or the bytes are used up, or the task is cancelled.
    ///
    /// - Parameters:
    ///   - network: whose packets.
    ///   - write: gets whole blocks, several times a second; what it throws ends the capture.
    /// - Throws: ``HostError`` when nothing can be captured at all, and what `write` throws.
    package func run(
        in network: HostNetwork, write: ([UInt8]) throws -> Void
    ) throws -> PacketCaptureSummary {
        let program = FilterProgram(options.filter, length: options.snapLength)
        let names: [String?] = options.interfaces.isEmpty ? [nil] : options.interfaces
        let opened = network.run { () -> [Result<Int32, HostError>] in
            names.map { name in
                Result { () throws(HostError) in try FrameSocket.open(name, program) }
            }
        }
        var session = Session(options, network)
        var descriptors: [Int32] = []
        for result in try opened.get() {
            switch result {
            case .success(let number): descriptors.append(number)
            case .failure(let failure): session.summary.failures.record(failure)
            }
        }
        session.sockets = descriptors.map { Session.Socket(owning: $0) }
        if descriptors.isEmpty, let failure = session.summary.failures.failures.first { throw failure }
        try session.capture(write)
        return session.summary
    }

    /// One capture while it runs.
    private struct Session {
        /// Keeps the socket, which cannot be copied, in a list.
        final class Socket {
            let socket: FrameSocket
            init(owning number: Int32) { socket = FrameSocket(owning: number) }
        }

        var sockets: [Socket] = []
        var summary: PacketCaptureSummary
        private let options: Options
        private let network: HostNetwork
        private var file = PcapNGWriter()
        private var written: UInt64 = 0
        /// By index, and the link type, as an index can be given to another one.
        private var blocks: [UInt64: Int] = [:]

        init(_ options: Options, _ network: HostNetwork) {
            self.options = options
            self.network = network
            summary = PacketCaptureSummary(started: .now())
        }

        mutating func capture(_ write: ([UInt8]) throws -> Void) throws {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(options.snapLength), alignment: 16)
            defer { buffer.deallocate() }
            file.section(application: options.application)
            try flush(write)
            let end = ContinuousClock.now + options.duration
            while summary.end == nil {
                let left = end - .now
                if left <= .zero { summary.end = .time }
                if Task.isCancelled { summary.end = .cancelled }
                // What waits when the time is up belongs to the time, too.
                if summary.end == nil { wait(min(left, tick)) }
                for socket in sockets { try drain(socket.socket, buffer, until: end + tick, write) }
                try flush(write)
            }
            summary.ended = .now()
            for socket in sockets { summary.dropped += socket.socket.dropped() }
            statistics()
            try flush(write)
        }

        private func wait(_ time: Duration) {
            var polled = sockets.map { pollfd(fd: $0.socket.descriptor.rawValue, events: Int16(POLLIN), revents: 0) }
            poll(&polled, nfds_t(polled.count), Int32(max(1, time / .milliseconds(1))))
        }

        private mutating func drain(
            _ socket: borrowing FrameSocket, _ buffer: UnsafeMutableRawBufferPointer,
            until end: ContinuousClock.Instant,
            _ write: ([UInt8]) throws -> Void
        ) throws {
            var taken = 0
            while summary.end == nil || summary.end == .time {
                guard let frame = try socket.receive(into: buffer) else { return }
                take(frame, buffer)
                if file.bytes.count >= 64 << 10 { try flush(write) }
                taken += 1
                // Others want their turn, and somebody may want an end.
                if taken.isMultiple(of: 256), Task.isCancelled || ContinuousClock.now > end { return }
                if taken == 4_096, sockets.count > 1 { return }
            }
        }

        private mutating func take(_ frame: FrameSocket.Frame, _ buffer: UnsafeMutableRawBufferPointer) {
            if frame.isSecondOfLoopback { return }
            let link = LinkType(hardware: frame.hardwareType)
            // Before its interface is told of: the statistics of each take room at the end.
            let needed = frame.length + 128 + 160 * (blocks.count + 1)
            guard written + UInt64(file.bytes.count + needed) <= options.maxBytes else {
                summary.end = .bytes
                return
            }
            guard let index = interface(frame, link) else { return }
            let data = link.data(of: frame, in: UnsafeRawBufferPointer(buffer))
            file.packet(
                data.bytes, at: frame.time,
                originalLength: max(frame.originalLength &+ UInt32(data.added), UInt32(data.bytes.count)),
                interface: UInt32(index), direction: frame.direction)
            summary.packets += 1
            summary.interfaces[index].packets += 1
        }

        /// The number of the interface in the file, which tells of it when it is seen first; nil of too many.
        private mutating func interface(_ frame: FrameSocket.Frame, _ link: LinkType) -> Int? {
            let key = UInt64(frame.interface) << 16 | UInt64(link.number)
            if let index = blocks[key] { return index }
            guard blocks.count < maxInterfaceBlocks else {
                summary.untold += 1
                return nil
            }
            let name = network.name(ofInterface: frame.interface) ?? RawText("if\(frame.interface)")
            let index = Int(file.interface(name: name, linkType: link.number, snapLength: options.snapLength))
            blocks[key] = index
            summary.interfaces.append(.init(index: frame.interface, name: name, linkType: link.number))
            return index
        }

        /// How the kernel counts drops is known of a socket, and one that is bound to all interfaces has one number for all of them.
        private mutating func statistics() {
            if summary.interfaces.isEmpty {
                // Readers want one, though nothing passed.
                let name = options.interfaces.first ?? "any"
                _ = file.interface(
                    name: RawText(name), linkType: LinkType.ethernet.number, snapLength: options.snapLength)
            }
            let isOne = sockets.count == 1 && !options.interfaces.isEmpty
            for (number, interface) in summary.interfaces.enumerated() {
                var counts = PcapNGWriter.Statistics()
                counts.delivered = interface.packets
                if isOne { counts.dropped = summary.dropped }
                file.statistics(
                    counts, interface: UInt32(number), from: summary.started, to: summary.ended,
                    comment: isOne ? nil : "dropped of all interfaces together: \(summary.dropped)")
            }
        }

        private mutating func flush(_ write: ([UInt8]) throws -> Void) throws {
            guard !file.bytes.isEmpty else { return }
            let bytes = file.take()
            written += UInt64(bytes.count)
            try write(bytes)
        }
    }
}
