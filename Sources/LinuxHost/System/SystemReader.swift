internal import Glibc

/// Reads which machine this is.
public struct SystemReader: Sendable {
    private let proc: ProcFileSystem
    private let root: String

    /// A reader of a procfs tree and of the root file system that belongs to it (a host's, mounted at `/host`, in an
    /// agent).
    public init(proc: ProcFileSystem, root: String = "/") {
        self.proc = proc
        self.root = root
    }

    /// Reads all of it; what cannot be read is in ``SystemIdentity/failures``.
    public func read() -> SystemIdentity {
        var identity = SystemIdentity(time: .now())
        identity.hostname = line("sys/kernel/hostname", &identity)
        // "(none)" is the kernel's word for a name that was never set.
        identity.domainName = line("sys/kernel/domainname", &identity).flatMap { $0 == "(none)" ? nil : $0 }
        identity.kernelRelease = line("sys/kernel/osrelease", &identity)
        identity.kernelVersion = line("sys/kernel/version", &identity)
        identity.bootID = line("sys/kernel/random/boot_id", &identity)
        identity.taint = line("sys/kernel/tainted", &identity).flatMap { UInt64($0) }
        identity.machine = Self.machine()
        if var bytes = bytes("cmdline", &identity) {
            if bytes.last == 0x0A { bytes.removeLast() }
            identity.kernelCommandLine = RawText(bytes)
        }
        identity.bootTime = bytes("stat", &identity).flatMap(BootTime.parse)
        identity.uptimeSeconds = line("uptime", &identity).flatMap { $0.split(separator: " ").first }.flatMap {
            Double($0)
        }
        identity.load = (line("loadavg", &identity) ?? "").split(separator: " ").prefix(3).compactMap { Double($0) }
        identity.memory = bytes("meminfo", &identity).map(MemoryState.init)
        readProcessors(&identity)
        readEtc(&identity)
        do {
            identity.clock = try ClockState.read()
        } catch {
            identity.failures.append(error)
        }
        return identity
    }

    private func bytes(_ path: String, _ identity: inout SystemIdentity) -> [UInt8]? {
        do {
            return try proc.contents(of: path, limit: 8 << 20).bytes
        } catch {
            identity.failures.append(error)
            return nil
        }
    }

    private func line(_ path: String, _ identity: inout SystemIdentity) -> String? {
        bytes(path, &identity).map(Self.firstLine)
    }

    private static func firstLine(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    }

    private static func machine() -> String? {
        var name = utsname()
        guard uname(&name) == 0 else { return nil }
        return withUnsafeBytes(of: &name.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private func readProcessors(_ identity: inout SystemIdentity) {
        guard let text = bytes("cpuinfo", &identity) else { return }
        var count = 0
        for line in text.split(separator: 0x0A) {
            if line.starts(with: "processor".utf8) { count += 1 }
            if identity.processorModel == nil, line.starts(with: "model name".utf8),
                let colon = line.firstIndex(of: UInt8(ascii: ":"))
            {
                identity.processorModel = String(
                    decoding: line[(colon + 1)...].drop { $0 == 0x20 }, as: UTF8.self)
            }
        }
        identity.processors = count
    }

    private func readEtc(_ identity: inout SystemIdentity) {
        do {
            let anchor = try AnchoredDirectory.open(root)
            let etc = try anchor.directory("etc")
            var buffer: [UInt8] = []
            // Most often a link to the file in usr/lib, which is then read itself: links are not followed.
            do {
                _ = try etc.read("os-release", limit: 65_536, into: &buffer)
            } catch {
                let lib = try anchor.directory("usr").directory("lib")
                _ = try lib.read("os-release", limit: 65_536, into: &buffer)
            }
            identity.operatingSystem = OSReleaseField.parse(buffer)
            _ = try etc.read("machine-id", limit: 4_096, into: &buffer)
            identity.machineID = Self.firstLine(buffer)
        } catch {
            identity.failures.append(error)
        }
    }
}

extension SystemIdentity: FieldRecord {
    public static let fieldNames = [
        "time", "hostname", "domain_name", "kernel_release", "kernel_version", "machine", "kernel_command_line",
        "os_release", "machine_id", "boot_id", "boot_time", "uptime_seconds", "processors", "processor_model",
        "memory_total_kib", "memory_free_kib", "memory_available_kib", "swap_total_kib", "swap_free_kib", "load",
        "taint", "clock_unsynchronised", "clock_offset_ns", "clock_maximum_error_us", "clock_estimated_error_us",
        "clock_status", "clock_tai_offset",
    ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("time", .time(time))
        writer.field("hostname", hostname.map { .text($0) })
        writer.field("domain_name", domainName.map { .text($0) })
        writer.field("kernel_release", kernelRelease.map { .text($0) })
        writer.field("kernel_version", kernelVersion.map { .text($0) })
        writer.field("machine", machine.map { .text($0) })
        writer.field("kernel_command_line", kernelCommandLine.map { .raw($0) })
        writer.field("os_release", .records([operatingSystem.map { ($0.name, .text($0.value)) }]))
        writer.field("machine_id", machineID.map { .text($0) })
        writer.field("boot_id", bootID.map { .text($0) })
        writer.field("boot_time", bootTime.map { .time($0) })
        writer.field("uptime_seconds", uptimeSeconds.map { .fraction($0) })
        writer.field("processors", .optional(processors))
        writer.field("processor_model", processorModel.map { .text($0) })
        writer.field("memory_total_kib", .optional(memory?.totalKiB))
        writer.field("memory_free_kib", .optional(memory?.freeKiB))
        writer.field("memory_available_kib", .optional(memory?.availableKiB))
        writer.field("swap_total_kib", .optional(memory?.swapTotalKiB))
        writer.field("swap_free_kib", .optional(memory?.swapFreeKiB))
        writer.field("load", .textList(load.map { "\($0)" }))
        writer.field("taint", .optional(taint))
        writer.field("clock_unsynchronised", clock.map { .flag($0.isUnsynchronised) })
        writer.field("clock_offset_ns", .optional(clock?.offsetNanoseconds))
        writer.field("clock_maximum_error_us", .optional(clock?.maximumErrorMicroseconds))
        writer.field("clock_estimated_error_us", .optional(clock?.estimatedErrorMicroseconds))
        writer.field("clock_status", .optional(clock?.status))
        writer.field("clock_tai_offset", .optional(clock?.taiOffset))
    }
}
