internal import CLinux
internal import Glibc

/// The kernel's log by syslog(2), for where there is no `/dev/kmsg`: in a container, whose devices are its own.
enum KernelLogBuffer {
    private static let readAll: Int32 = 3
    private static let size: Int32 = 10
    /// Larger than any CONFIG_LOG_BUF_SHIFT allows by default; what a command line asked for beyond it is cut.
    private static let most: Int32 = 64 << 20

    /// The lines, oldest first. Nothing is taken away.
    ///
    /// - Throws: ``HostError`` if it may not be read: CAP_SYSLOG.
    static func lines() throws(HostError) -> [ArraySlice<UInt8>] {
        let length = klogctl(size, nil, 0)
        guard length >= 0 else { throw HostError(errno: errno, "read", "the kernel's log (syslog)") }
        var buffer = [CChar](repeating: 0, count: Int(min(length, most)))
        let count = klogctl(readAll, &buffer, Int32(buffer.count))
        guard count >= 0 else { throw HostError(errno: errno, "read", "the kernel's log (syslog)") }
        return buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }.split(separator: 0x0A)
    }
}

extension KernelLogRecord {
    /// Reads a line of syslog(2): `<priority>[seconds.microseconds] message`. Nil if it is of another form.
    ///
    /// - Parameter sequence: its place among the lines; the kernel's own number is not told there.
    package init?(syslog line: ArraySlice<UInt8>, sequence: UInt64) {
        guard line.first == UInt8(ascii: "<"), let close = line.firstIndex(of: UInt8(ascii: ">")),
            let priority = UInt32(String(decoding: line[line.index(after: line.startIndex)..<close], as: UTF8.self))
        else { return nil }
        var rest = line[line.index(after: close)...]
        var microseconds: UInt64 = 0
        if rest.first == UInt8(ascii: "["), let end = rest.firstIndex(of: UInt8(ascii: "]")) {
            let parts = rest[rest.index(after: rest.startIndex)..<end].split(separator: UInt8(ascii: "."))
                .map { String(decoding: $0, as: UTF8.self).filter { $0 != " " } }
            if parts.count == 2, let seconds = UInt64(parts[0]), parts[1].utf8.count == 6, let part = UInt64(parts[1]),
                seconds < 1 << 40
            {
                microseconds = seconds * 1_000_000 + part
                rest = rest[rest.index(after: end)...].drop { $0 == 0x20 }
            }
        }
        self.init(
            level: UInt8(priority & 7), facility: priority >> 3, sequence: sequence, microseconds: microseconds,
            message: RawText(Array(rest)))
    }
}
