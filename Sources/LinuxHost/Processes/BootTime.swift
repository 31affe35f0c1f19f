internal import Glibc

/// When the machine started, and times counted from then.
package enum BootTime {
    /// The `btime` line of `/proc/stat`: whole seconds of the wall clock, as it stands now.
    package static func parse(_ bytes: [UInt8]) -> Timestamp? {
        let key = Array("btime ".utf8)
        for line in bytes.split(separator: 0x0A) where line.starts(with: key) {
            return Int64(String(decoding: line.dropFirst(key.count), as: UTF8.self)).map { Timestamp(seconds: $0) }
        }
        return nil
    }
}

extension Timestamp {
    /// This time moved by clock ticks of USER_HZ.
    package func advanced(ticks: UInt64) -> Timestamp {
        let rate = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let seconds = Int64(clamping: ticks / rate)
        let (moved, overflow) = self.seconds.addingReportingOverflow(seconds)
        return Timestamp(seconds: overflow ? .max : moved, nanoseconds: nanoseconds)
            .advanced(nanoseconds: Int64(ticks % rate * (1_000_000_000 / rate)))
    }
}
