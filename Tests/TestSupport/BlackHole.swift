import Glibc

/// A port of 127.0.0.1 whose queue of connections is full: the kernel drops what asks for one more, as a firewall does.
public final class BlackHole: Sendable {
    struct Failure: Error {
        let number: Int32
    }

    public let port: UInt16
    private let descriptors: [Int32]

    public init() throws {
        func tcp(_ flags: Int32 = 0) -> Int32 {
            socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | flags, 0)
        }
        let listener = tcp()
        var all = [listener]
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isFull = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(listener, address, length) == 0, listen(listener, 0) == 0,
                    getsockname(listener, address, &length) == 0
                else { return false }
                // A queue of none takes one, which nobody accepts, and more as long as the kernel has not put that one into it: a busy
                // machine may be late. It is full when one is left waiting.
                for _ in 0..<16 {
                    let caller = tcp(Int32(SOCK_NONBLOCK.rawValue))
                    all.append(caller)
                    guard connect(caller, address, length) != 0 else { continue }
                    var event = pollfd(fd: caller, events: Int16(POLLOUT), revents: 0)
                    guard errno == EINPROGRESS else { return false }
                    if poll(&event, 1, 50) == 0 { return true }
                }
                return false
            }
        }
        descriptors = all
        guard isFull else { throw Failure(number: errno) }
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}
