/// A set of capabilities, as a mask (include/uapi/linux/capability.h).
public struct CapabilitySet: Hashable, Sendable {
    /// Bit n is capability number n.
    public let mask: UInt64

    /// A set by its mask.
    public init(mask: UInt64) {
        self.mask = mask
    }

    /// The names of the capabilities, such as `CAP_SYS_ADMIN`, by number; one without a name here is `CAP_<number>`.
    public var names: [String] {
        (0..<64).filter { mask >> UInt64($0) & 1 == 1 }.map {
            $0 < Self.known.count ? "CAP_" + Self.known[$0] : "CAP_\($0)"
        }
    }

    /// The mask as the kernel prints it: 16 hexadecimal digits.
    public var hexadecimal: String {
        let digits = String(mask, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static let known = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ]
}
