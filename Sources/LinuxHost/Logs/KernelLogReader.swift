internal import Glibc

/// How a reading of the kernel's log went.
public struct KernelLogSummary: Sendable {
    /// Records handed out.
    public internal(set) var count = 0
    /// Records that were not understood, or too long.
    public internal(set) var unparsed = 0
    /// Times the kernel overwrote what was about to be read.
    public internal(set) var overruns = 0
    /// Whether a limit or a cancellation ended it early.
    public internal(set) var isTruncated = false
}

/// Reads what the kernel's log buffer holds now; it waits for nothing and takes nothing away.
public struct KernelLogReader: Sendable {
    private let device: String
    private static let usualDevice = "/dev/kmsg"
    private let maxRecords: Int

    /// A reader of `/dev/kmsg`.
    public init(device: String = "/dev/kmsg", maxRecords: Int = 1_000_000) {
        self.device = device
        self.maxRecords = maxRecords
    }

    /// Reads all records and hands each out.
    ///
    /// - Throws: ``HostError`` if the device is not there, is not the kernel's log, or may not be read (CAP_SYSLOG
    ///   where `dmesg_restrict` is set); and what `body` throws.
    public func read(_ body: (KernelLogEntry) throws -> Void) throws -> KernelLogSummary {
        if device == Self.usualDevice, access(device, F_OK) != 0, errno == ENOENT { return try readBuffer(body) }
        let descriptor = try open()
        let boot = Self.bootTime()
        var summary = KernelLogSummary()
        // The longest record the kernel hands out (PRINTK_MESSAGE_MAX), with room for older and newer ones.
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while !Task.isCancelled, summary.count < maxRecords {
            var code: Int32 = 0
            let count = buffer.withUnsafeMutableBytes { bytes in
                let count = Glibc.read(descriptor.rawValue, bytes.baseAddress, bytes.count)
                code = errno
                return count
            }
            if count == 0 { return summary }
            if count < 0 {
                switch code {
                case EAGAIN: return summary
                case EINTR: continue
                // Overwritten: the position moves on to the oldest record that there still is.
                case EPIPE: summary.overruns += 1
                // Longer than the buffer: the kernel passes it over.
                case EINVAL: summary.unparsed += 1
                default: throw HostError(errno: code, "read", RawText(device))
                }
                if summary.overruns + summary.unparsed > maxRecords { break }
                continue
            }
            guard let record = KernelLogRecord(Array(buffer[..<count])) else {
                summary.unparsed += 1
                continue
            }
            summary.count += 1
            let time = boot?.advanced(nanoseconds: Int64(clamping: record.microseconds).multipliedCapped(by: 1_000))
            try body(KernelLogEntry(record: record, time: time))
        }
        summary.isTruncated = true
        return summary
    }

    /// The same without the device: the message is there, and neither the properties nor the kernel's numbers are.
    private func readBuffer(_ body: (KernelLogEntry) throws -> Void) throws -> KernelLogSummary {
        let boot = Self.bootTime()
        var summary = KernelLogSummary()
        for line in try KernelLogBuffer.lines() {
            guard !Task.isCancelled, summary.count < maxRecords else {
                summary.isTruncated = true
                return summary
            }
            guard let record = KernelLogRecord(syslog: line, sequence: UInt64(summary.count)) else {
                summary.unparsed += 1
                continue
            }
            summary.count += 1
            let time = boot?.advanced(nanoseconds: Int64(clamping: record.microseconds).multipliedCapped(by: 1_000))
            try body(KernelLogEntry(record: record, time: time))
        }
        return summary
    }

    private func open() throws(HostError) -> OwnedDescriptor {
        var status = stat()
        guard lstat(device, &status) == 0 else { throw HostError(errno: errno, "stat", RawText(device)) }
        // Character device 1:11 is the kernel's log (Documentation/admin-guide/devices.txt); a container may have put
        // anything in its place.
        let kmsg: UInt64 = 1 << 8 | 11
        guard FileKind(mode: status.st_mode) == .characterDevice, UInt64(status.st_rdev) == kmsg else {
            throw HostError(.unexpectedType, "open", RawText(device), reason: "not the kernel's log device")
        }
        let number = Glibc.open(device, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
        guard number >= 0 else { throw HostError(errno: errno, "open", RawText(device)) }
        return OwnedDescriptor(owning: number)
    }

    /// The wall clock less the time since boot.
    private static func bootTime() -> Timestamp? {
        var monotonic = timespec()
        guard clock_gettime(CLOCK_BOOTTIME, &monotonic) == 0 else { return nil }
        let elapsed = Int64(monotonic.tv_sec) * 1_000_000_000 + Int64(monotonic.tv_nsec)
        return Timestamp.now().advanced(nanoseconds: -elapsed)
    }
}

extension Int64 {
    /// The product, or the greatest value where that overflows.
    fileprivate func multipliedCapped(by factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
