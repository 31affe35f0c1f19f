#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// The DNS servers that this machine is set up with.
public enum SystemServers {
    /// Of resolv.conf(5): the first three, as its reader takes them. Those with a zone (`fe80::1%eth0`) are left out.
    public static func all(file: String = "/etc/resolv.conf") -> [NetworkAddress] {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return [] }
        let text = String(decoding: buffer.prefix(count), as: UTF8.self)
        let found = text.split(whereSeparator: \.isNewline).compactMap { line -> NetworkAddress? in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, words[0] == "nameserver" else { return nil }
            return NetworkAddress(String(words[1]))
        }
        return Array(found.prefix(3))
    }
}
