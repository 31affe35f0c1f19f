internal import Glibc

/// Whether the wall clock is kept right, as the kernel sees it (adjtimex(2)).
public struct ClockState: Hashable, Sendable {
    /// Whether no program keeps the clock in step (`STA_UNSYNC`).
    public let isUnsynchronised: Bool
    /// The offset that is being corrected, in nanoseconds.
    public let offsetNanoseconds: Int64
    /// The kernel's bound on the error, and its estimate, in microseconds.
    public let maximumErrorMicroseconds: Int64
    public let estimatedErrorMicroseconds: Int64
    /// The status bits (`STA_…`).
    public let status: Int32
    /// The TAI offset in seconds; 0 if nobody has set it.
    public let taiOffset: Int32

    /// The state now; nothing is changed (`modes` is 0, which needs no privilege).
    public static func read() throws(HostError) -> ClockState {
        // `struct timex` of 64-bit Linux (include/uapi/linux/timex.h), 208 bytes, of which the kernel fills all.
        // Swift's Glibc module does not carry it, so its members are read by their offsets.
        var words = [Int64](repeating: 0, count: 26)
        let result = words.withUnsafeMutableBytes { adjustClock($0.baseAddress) }
        guard result >= 0 else { throw HostError(errno: errno, "adjtimex", "clock") }
        let status = words.withUnsafeBytes { $0.load(fromByteOffset: 40, as: Int32.self) }
        // STA_NANO: the offset is in nanoseconds, else in microseconds.
        let offset = status & 0x2000 != 0 ? words[1] : words[1].multipliedReportingOverflow(by: 1_000).partialValue
        return ClockState(
            isUnsynchronised: status & 0x0040 != 0, offsetNanoseconds: offset, maximumErrorMicroseconds: words[3],
            estimatedErrorMicroseconds: words[4], status: status,
            taiOffset: words.withUnsafeBytes { $0.load(fromByteOffset: 160, as: Int32.self) })
    }
}

/// glibc's `adjtimex`, which Swift's Glibc module leaves out: one pointer in, an `int` out, which Swift and C pass
/// alike on the 64-bit machines that this runs on.
@_silgen_name("adjtimex")
private func adjustClock(_ state: UnsafeMutableRawPointer?) -> Int32
