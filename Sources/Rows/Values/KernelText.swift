/// Spellings of Linux in `/proc`.
enum KernelText {
    /// - Parameter bytes: digits, with `0x` before them or not. 16 hexadecimal digits with the highest bit do not fit.
    static func number(_ bytes: Span<UInt8>, radix: Int64) -> Int64? {
        var index = 0
        if radix == 16, bytes.count > 2, bytes[0] == 0x30, bytes[1] | 0x20 == UInt8(ascii: "x") { index = 2 }
        guard index < bytes.count else { return nil }
        var value: Int64 = 0
        while index < bytes.count {
            guard let digit = digit(bytes[index]), digit < radix else { return nil }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: radix)
            let (sum, isBeyond) = product.addingReportingOverflow(digit)
            if isTooLarge || isBeyond { return nil }
            value = sum
            index += 1
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> Int64? {
        switch byte {
        case 0x30...0x39: Int64(byte) - 0x30
        case 0x41...0x46: Int64(byte) - 0x37
        case 0x61...0x66: Int64(byte) - 0x57
        default: nil
        }
    }

    /// `0100007F:1F90` is 127.0.0.1. Source: net/ipv4/tcp_ipv4.c and net/ipv6/tcp_ipv6.c, which print each 32 bits as the number
    /// that the machine's order of bytes makes of them; here little-endian, as amd64 and arm64 are.
    static func address(_ bytes: Span<UInt8>) -> String? {
        let end = bytes.index(of: UInt8(ascii: ":")) ?? bytes.count
        guard end == 8 || end == 32 else { return nil }
        var octets: [UInt8] = []
        for word in stride(from: 0, to: end, by: 8) {
            for place in stride(from: 6, through: 0, by: -2) {
                guard let high = digit(bytes[word + place]), let low = digit(bytes[word + place + 1]) else {
                    return nil
                }
                octets.append(UInt8(high << 4 | low))
            }
        }
        return end == 8 ? octets.map { String($0) }.joined(separator: ".") : ipv6(octets)
    }

    /// Source: RFC 5952, section 4, with 5 for addresses of IPv4.
    private static func ipv6(_ octets: [UInt8]) -> String {
        if octets[0..<10].allSatisfy({ $0 == 0 }), octets[10] == 0xFF, octets[11] == 0xFF {
            return "::ffff:" + octets[12...].map { String($0) }.joined(separator: ".")
        }
        let groups = (0..<8).map { UInt16(octets[2 * $0]) << 8 | UInt16(octets[2 * $0 + 1]) }
        var longest = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(longest.count, 1) { longest = start..<end }
            start = max(end, start + 1)
        }
        func text(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        return longest.isEmpty
            ? text(groups[...]) : text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
    }

    static func port(_ bytes: Span<UInt8>) -> Int64? {
        guard let colon = bytes.index(of: UInt8(ascii: ":")), bytes.count == colon + 5 else { return nil }
        return number(bytes.extracting(colon + 1..<bytes.count), radix: 16)
    }

    static func tcpState(_ bytes: Span<UInt8>) -> String? {
        guard let number = number(bytes, radix: 16), let state = Int(exactly: number),
            tcpStates.indices.contains(state - 1)
        else { return nil }
        return tcpStates[state - 1]
    }

    private static let tcpStates = [
        "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "UNCONN", "CLOSE-WAIT", "LAST-ACK",
        "LISTEN", "CLOSING", "SYN-RECV", "BOUND-INACTIVE",
    ]

    /// `socket:[17117561]` is 17117561, `pipe:[8]` is 8. A path begins with `/`, so no file can have such a name. Sources: net/socket.c,
    /// sockfs_dname; fs/pipe.c, pipefs_dname; fs/nsfs.c, ns_dname.
    static func inode(_ bytes: Span<UInt8>) -> Int64? {
        guard let colon = bytes.index(of: UInt8(ascii: ":")), colon > 0, bytes.count > colon + 3,
            bytes[colon + 1] == UInt8(ascii: "["), bytes[bytes.count - 1] == UInt8(ascii: "]")
        else { return nil }
        for index in 0..<colon where !(bytes[index] &- 0x61 < 26 || bytes[index] == UInt8(ascii: "_")) { return nil }
        let digits = colon + 2..<bytes.count - 1
        for index in digits where bytes[index] &- 0x30 >= 10 { return nil }
        return CellReader.integer(bytes.extracting(digits))
    }

    /// `\` and three octal digits are a byte. Source: fs/seq_file.c, mangle_path.
    static func unescaped(_ bytes: Span<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x5C, index + 3 < bytes.count, bytes[index + 1] &- 0x30 < 4,
                bytes[index + 2] &- 0x30 < 8, bytes[index + 3] &- 0x30 < 8
            {
                let (high, middle, low) = (bytes[index + 1] & 7, bytes[index + 2] & 7, bytes[index + 3] & 7)
                plain.append(high << 6 | middle << 3 | low)
                index += 4
            } else {
                plain.append(bytes[index])
                index += 1
            }
        }
        return plain
    }
}
