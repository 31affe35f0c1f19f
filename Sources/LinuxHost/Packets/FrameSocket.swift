internal import Glibc

/// A packet(7) socket: frames as they pass an interface, in and out, without the interface being made promiscuous.
///
/// Making one takes CAP_NET_RAW in the user namespace of the network namespace.
struct FrameSocket: ~Copyable {
    /// One frame, as the kernel handed it over.
    struct Frame {
        var time: Timestamp
        /// Bytes in the buffer.
        var length: Int
        /// Bytes that it had on the wire.
        var originalLength: UInt32
        var interface: UInt32
        /// `ARPHRD_…` of `<linux/if_arp.h>`.
        var hardwareType: UInt16
        /// `PACKET_…` of `<linux/if_packet.h>`.
        var packetType: UInt8
        /// EtherType, in host order.
        var protocolNumber: UInt16
        /// Where the network header begins in the buffer.
        var networkOffset: Int
        /// The 802.1Q tag that the interface took out, with its EtherType; nil where there was none.
        var tag: (type: UInt16, control: UInt16)?
        var address: (length: UInt8, bytes: [UInt8])
    }

    /// `<linux/if_packet.h>`, `<asm-generic/socket.h>`: what Swift's Glibc module lacks.
    private enum Number {
        static let packetLevel: Int32 = 263
        static let statistics: Int32 = 6, auxiliaryData: Int32 = 8
        static let hasTag: UInt32 = 1 << 4, hasTagType: UInt32 = 1 << 6
        static let allProtocols: UInt16 = 3
        static let tagType: UInt16 = 0x8100
    }

    private static let controlBytes = 256
    /// What may wait in the kernel for this process to be given time, with CAP_NET_ADMIN; else the system's most.
    private static let receiveBytes: Int32 = 16 << 20

    let descriptor: OwnedDescriptor
    private let control: UnsafeMutableRawBufferPointer

    /// Opens one in the network namespace of the calling thread: what ``init(owning:)`` takes over.
    ///
    /// - Parameters:
    ///   - interface: its name; nil for all of this network namespace, those that come later, too.
    ///   - program: runs before a frame is copied.
    static func open(_ interface: String?, _ program: FilterProgram) throws(HostError) -> Int32 {
        let name = RawText(interface ?? "all interfaces")
        var index: UInt32 = 0
        if let interface {
            index = if_nametoindex(interface)
            guard index != 0 else {
                throw HostError(.notFound, "open", name, reason: "there is no such interface")
            }
        }
        // Without a protocol it gets nothing until it is bound: no frame can pass before the filter is there.
        let number = socket(AF_PACKET, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else {
            throw HostError(errno: errno, HostError.opensPacketSocket, name)
        }
        do throws(HostError) {
            try prepare(number, index, program, name)
        } catch {
            close(number)
            throw error
        }
        return number
    }

    private static func prepare(
        _ number: Int32, _ index: UInt32, _ program: FilterProgram, _ name: RawText
    ) throws(HostError) {
        var instructions = program.instructions
        let attached = instructions.withUnsafeMutableBytes { bytes in
            // struct sock_fprog: the number of instructions, and where they are.
            withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { place in
                place.initializeMemory(as: UInt8.self, repeating: 0)
                place.storeBytes(of: UInt16(clamping: program.instructions.count), as: UInt16.self)
                place.storeBytes(
                    of: UInt(bitPattern: bytes.baseAddress), toByteOffset: 8, as: UInt.self)
                return setsockopt(number, SOL_SOCKET, SO_ATTACH_FILTER, place.baseAddress, 16)
            }
        }
        guard attached == 0 else { throw HostError(errno: errno, "filter the packets of", name) }
        if !set(number, SOL_SOCKET, SO_RCVBUFFORCE, receiveBytes) {
            _ = set(number, SOL_SOCKET, SO_RCVBUF, receiveBytes)
        }
        guard set(number, SOL_SOCKET, SO_TIMESTAMPNS, 1), set(number, Number.packetLevel, Number.auxiliaryData, 1)
        else { throw HostError(errno: errno, "ask for the times of the packets of", name) }
        // struct sockaddr_ll: family, protocol in network order, index; the rest is for what is sent.
        let bound = withUnsafeTemporaryAllocation(byteCount: 20, alignment: 4) { place in
            place.initializeMemory(as: UInt8.self, repeating: 0)
            place.storeBytes(of: UInt16(AF_PACKET), as: UInt16.self)
            place.storeBytes(of: Number.allProtocols.bigEndian, toByteOffset: 2, as: UInt16.self)
            place.storeBytes(of: index, toByteOffset: 4, as: UInt32.self)
            return place.baseAddress.map { bind(number, $0.assumingMemoryBound(to: sockaddr.self), 20) } ?? -1
        }
        guard bound == 0 else { throw HostError(errno: errno, "bind a packet socket to", name) }
    }

    init(owning number: Int32) {
        descriptor = OwnedDescriptor(owning: number)
        control = .allocate(byteCount: Self.controlBytes, alignment: 8)
    }

    deinit { control.deallocate() }

    private static func set(_ number: Int32, _ level: Int32, _ option: Int32, _ value: Int32) -> Bool {
        withUnsafeBytes(of: value) { setsockopt(number, level, option, $0.baseAddress, 4) == 0 }
    }

    /// The next frame that waits, into `buffer`; nil when none does.
    func receive(into buffer: UnsafeMutableRawBufferPointer) throws(HostError) -> Frame? {
        var address = sockaddr_storage()
        var vector = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
        var message = msghdr()
        var count = -1
        var number: Int32 = 0
        withUnsafeMutablePointer(to: &address) { address in
            withUnsafeMutablePointer(to: &vector) { vector in
                message.msg_name = UnsafeMutableRawPointer(address)
                message.msg_namelen = socklen_t(MemoryLayout<sockaddr_storage>.size)
                message.msg_iov = vector
                message.msg_iovlen = 1
                message.msg_control = control.baseAddress
                message.msg_controllen = control.count
                repeat {
                    count = recvmsg(
                        descriptor.rawValue, &message, Int32(MSG_DONTWAIT) | Int32(MSG_TRUNC))
                    number = errno
                } while count < 0 && number == EINTR
            }
        }
        guard count >= 0 else {
            if number == EAGAIN || number == EWOULDBLOCK { return nil }
            // Said once when an interface goes down; one of all interfaces goes on with the others.
            if number == ENETDOWN { return nil }
            throw HostError(errno: number, "read", "a packet socket")
        }
        return withUnsafeBytes(of: &address) { frame(count, $0, buffer.count, Int(message.msg_controllen)) }
    }

    private func frame(
        _ count: Int, _ address: UnsafeRawBufferPointer, _ room: Int, _ controlLength: Int
    ) -> Frame {
        var frame = Frame(
            time: .now(), length: min(count, room), originalLength: UInt32(clamping: count),
            interface: address.loadUnaligned(fromByteOffset: 4, as: UInt32.self),
            hardwareType: address.loadUnaligned(fromByteOffset: 8, as: UInt16.self), packetType: address[10],
            protocolNumber: UInt16(bigEndian: address.loadUnaligned(fromByteOffset: 2, as: UInt16.self)),
            networkOffset: 0, address: (min(address[11], 8), Array(address[12..<20])))
        // struct cmsghdr: length with itself, level, type; each at a multiple of eight.
        var place = 0
        while place + 16 <= min(controlLength, control.count) {
            let length = Int(clamping: control.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            guard length >= 16, length <= min(controlLength, control.count) - place else { break }
            let level = control.loadUnaligned(fromByteOffset: place + 8, as: Int32.self)
            let type = control.loadUnaligned(fromByteOffset: place + 12, as: Int32.self)
            let data = UnsafeRawBufferPointer(rebasing: control[place + 16..<place + length])
            if level == SOL_SOCKET, type == SO_TIMESTAMPNS, data.count >= 16 {
                frame.time = Timestamp(
                    seconds: data.loadUnaligned(as: Int64.self),
                    nanoseconds: UInt32(clamping: data.loadUnaligned(fromByteOffset: 8, as: Int64.self)))
            } else if level == Number.packetLevel, type == Number.auxiliaryData, data.count >= 20 {
                read(auxiliary: data, &frame)
            }
            place += (length + 7) / 8 * 8
        }
        return frame
    }

    /// `struct tpacket_auxdata`: status, original length, captured length, place of link and network header, tag, its EtherType.
    private func read(auxiliary data: UnsafeRawBufferPointer, _ frame: inout Frame) {
        let status = data.loadUnaligned(as: UInt32.self)
        frame.originalLength = data.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
        frame.networkOffset = Int(data.loadUnaligned(fromByteOffset: 14, as: UInt16.self))
        if status & Number.hasTag != 0 {
            let type =
                status & Number.hasTagType != 0
                ? data.loadUnaligned(fromByteOffset: 18, as: UInt16.self) : Number.tagType
            frame.tag = (type, data.loadUnaligned(fromByteOffset: 16, as: UInt16.self))
        }
    }

    /// Frames that passed the filter and were dropped because nobody took them in time, since this was asked last.
    func dropped() -> UInt64 {
        withUnsafeTemporaryAllocation(byteCount: 8, alignment: 4) { place in
            place.initializeMemory(as: UInt8.self, repeating: 0)
            var length = socklen_t(8)
            guard
                getsockopt(
                    descriptor.rawValue, Number.packetLevel, Number.statistics, place.baseAddress, &length) == 0
            else { return 0 }
            return UInt64(place.load(fromByteOffset: 4, as: UInt32.self))
        }
    }
}

extension HostNetwork {
    /// The name of an interface; nil when it is gone.
    func name(ofInterface index: UInt32) -> RawText? {
        let name = run { () -> [UInt8]? in
            var name = [CChar](repeating: 0, count: 16)
            guard if_indextoname(index, &name) != nil else { return nil }
            return name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        }
        return ((try? name.get()) ?? nil).map { RawText($0) }
    }
}
