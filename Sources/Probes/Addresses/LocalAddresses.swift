#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The addresses of this machine's own interfaces: whoever dials one of them reaches what listens on the operator's machine.
public enum LocalAddresses {
    /// All of them now; none when the system does not tell.
    public static func all() -> Set<NetworkAddress> {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var found: Set<NetworkAddress> = []
        var next = first
        while let entry = next {
            if let address = entry.pointee.ifa_addr.flatMap({ NetworkAddress(of: $0) }) { found.insert(address) }
            next = entry.pointee.ifa_next
        }
        return found
    }
}

extension NetworkAddress {
    /// The address in a socket address; nil for other families.
    init?(of pointer: UnsafePointer<sockaddr>) {
        let raw = UnsafeRawPointer(pointer)
        switch Int32(pointer.pointee.sa_family) {
        case AF_INET:
            let address = raw.load(as: sockaddr_in.self).sin_addr
            self.init(bytes: withUnsafeBytes(of: address) { Array($0) })
        case AF_INET6:
            let address = raw.load(as: sockaddr_in6.self).sin6_addr
            self.init(bytes: withUnsafeBytes(of: address) { Array($0) })
        default: return nil
        }
    }
}
