import Glibc

/// A port of 127.0.0.1 whose queue of connections is full: the kernel drops what asks for one more, as a firewall does.
public final class BlackHole: Sendable {
    struct Failure: Error {
        let number: Int32
    }

    public let port: UInt16
    private let descriptors: [Int32]

    public init() throws {
        func tcp() -> Int32 { socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0) }
        let (listener, caller) = (tcp(), tcp())
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                // A queue of none takes one, which nobody accepts.
                bind(listener, address, length) == 0 && listen(listener, 0) == 0
                    && getsockname(listener, address, &length) == 0 && connect(caller, address, length) == 0
            }
        }
        guard status else { throw Failure(number: errno) }
        port = UInt16(bigEndian: address.sin_port)
        descriptors = [listener, caller]
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}
