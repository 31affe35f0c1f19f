/// Which machine this is, what runs on it, and how its clock stands. Members are nil where they could not be read.
public struct SystemIdentity: Sendable {
    /// When this was read, by the wall clock.
    public var time: Timestamp
    /// `/proc/sys/kernel/hostname` and `domainname`.
    public var hostname: String?
    public var domainName: String?
    /// The kernel's release (`6.1.0-18-amd64`), its build text, and the machine (`x86_64`).
    public var kernelRelease: String?
    public var kernelVersion: String?
    public var machine: String?
    /// The kernel's command line.
    public var kernelCommandLine: RawText?
    /// `os-release` (os-release(5)), in its order, without quotes.
    public var operatingSystem: [OSReleaseField] = []
    /// `/etc/machine-id`.
    public var machineID: String?
    /// The id the kernel drew at boot.
    public var bootID: String?
    /// When it booted (whole seconds), and seconds since.
    public var bootTime: Timestamp?
    public var uptimeSeconds: Double?
    /// Processors that are online, and the model of the first.
    public var processors: Int?
    public var processorModel: String?
    /// Memory and swap, in KiB.
    public var memory: MemoryState?
    /// Runnable processes, averaged over 1, 5 and 15 minutes.
    public var load: [Double] = []
    /// Taint bits of the kernel (Documentation/admin-guide/tainted-kernels.rst).
    public var taint: UInt64?
    /// Whether the clock is kept right.
    public var clock: ClockState?
    /// What could not be read, and why.
    public var failures: [HostError] = []

    /// The value of a field of `os-release`, such as `PRETTY_NAME`.
    public func operatingSystem(_ name: String) -> String? {
        operatingSystem.first { $0.name == name }?.value
    }
}

/// A field of `os-release`.
public struct OSReleaseField: Hashable, Sendable {
    public let name: String
    public let value: String

    /// Reads the text of `os-release`: `NAME=value` by lines, quoted as for a shell but never run by one.
    public static func parse(_ bytes: [UInt8]) -> [OSReleaseField] {
        bytes.split(separator: 0x0A).prefix(256).compactMap { line in
            guard line.first != UInt8(ascii: "#"), let equals = line.firstIndex(of: UInt8(ascii: "=")) else {
                return nil
            }
            return OSReleaseField(
                name: String(decoding: line[..<equals], as: UTF8.self), value: unquote(line[(equals + 1)...]))
        }
    }

    private static func unquote(_ bytes: ArraySlice<UInt8>) -> String {
        guard let quote = bytes.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"), bytes.count > 1,
            bytes.last == quote
        else { return String(decoding: bytes, as: UTF8.self) }
        var output: [UInt8] = []
        var isEscaped = false
        for byte in bytes.dropFirst().dropLast() {
            if byte == UInt8(ascii: "\\"), !isEscaped, quote == UInt8(ascii: "\"") {
                isEscaped = true
            } else {
                output.append(byte)
                isEscaped = false
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}

/// Memory and swap, in KiB, as `/proc/meminfo` gives them.
public struct MemoryState: Hashable, Sendable {
    public var totalKiB: UInt64?
    public var freeKiB: UInt64?
    public var availableKiB: UInt64?
    public var swapTotalKiB: UInt64?
    public var swapFreeKiB: UInt64?

    /// Reads the text of `meminfo`.
    public init(_ bytes: [UInt8]) {
        for line in bytes.split(separator: 0x0A).prefix(256) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let rest = Array(line[(colon + 1)...])
            var cursor = FieldCursor(0..<rest.count)
            guard let value = cursor.decimalField(rest.span) else { continue }
            switch String(decoding: line[..<colon], as: UTF8.self) {
            case "MemTotal": totalKiB = value
            case "MemFree": freeKiB = value
            case "MemAvailable": availableKiB = value
            case "SwapTotal": swapTotalKiB = value
            case "SwapFree": swapFreeKiB = value
            default: break
            }
        }
    }
}
