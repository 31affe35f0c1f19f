/// What a kernel lets whom do, and what was done to it.
package struct KernelState: Hashable, Sendable {
    package var commandLine: RawText?
    package var taint: UInt64?
    /// Security modules that are active, in their order; nil where securityfs does not tell.
    package var securityModules: [String]?
    /// `none`, `integrity` or `confidentiality`.
    package var lockdown: String?
    package var isAppArmorEnabled: Bool?
    /// Whether SELinux is there, and whether it refuses or only reports.
    package var seLinux: String?
    package var isSecureBoot: Bool?
    /// Whether a kernel is loaded that can take over, and one for a crash.
    package var isKexecLoaded: Bool?
    package var isCrashKernelLoaded: Bool?

    package init() {}

    /// Source: Documentation/admin-guide/tainted-kernels.rst.
    private static let taints = [
        "proprietary-module", "forced-load", "out-of-specification", "forced-unload", "machine-check", "bad-page",
        "requested-by-user", "died", "acpi-table-overridden", "warning", "staging-driver", "firmware-workaround",
        "out-of-tree-module", "unsigned-module", "soft-lockup", "live-patched", "auxiliary", "randstruct", "test",
    ]

    package var taintNames: [String] {
        guard let taint else { return [] }
        return (0..<64).filter { taint & 1 << UInt64($0) != 0 }.map {
            Self.taints.indices.contains($0) ? Self.taints[$0] : "bit-\($0)"
        }
    }
}

extension KernelState: FieldRecord {
    package static let fieldNames = [
        "command_line", "taint", "taint_names", "security_modules", "lockdown", "apparmor", "selinux", "secure_boot",
        "kexec_loaded", "crash_kernel_loaded",
    ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("command_line", commandLine.map { .raw($0) })
        writer.field("taint", .optional(taint))
        writer.field("taint_names", .textList(taintNames))
        writer.field("security_modules", securityModules.map { .textList($0) })
        writer.field("lockdown", lockdown.map { .text($0) })
        writer.field("apparmor", isAppArmorEnabled.map { .flag($0) })
        writer.field("selinux", seLinux.map { .text($0) })
        writer.field("secure_boot", isSecureBoot.map { .flag($0) })
        writer.field("kexec_loaded", isKexecLoaded.map { .flag($0) })
        writer.field("crash_kernel_loaded", isCrashKernelLoaded.map { .flag($0) })
    }
}

extension KernelState {
    /// Source: Documentation/ABI/testing/sysfs-kernel-…; lockdown(7) and kernel_lockdown(7); the EFI specification, SecureBoot.
    package static func read(_ tree: HostTree, _ failures: inout FailureLog) -> KernelState {
        var state = KernelState()
        func line(_ path: RawText) -> String? {
            tree.read(path, limit: 64 << 10, &failures)?.lines.first.map { String(decoding: $0, as: UTF8.self) }
        }
        state.commandLine = line("/proc/cmdline").map { RawText($0) }
        state.taint = line("/proc/sys/kernel/tainted").flatMap { UInt64($0) }
        state.securityModules = line("/sys/kernel/security/lsm").map { $0.split(separator: ",").map(String.init) }
        // `none [integrity] confidentiality`: the one in brackets is what holds.
        state.lockdown = line("/sys/kernel/security/lockdown").flatMap { text in
            text.split(separator: " ").first { $0.hasPrefix("[") }.map { String($0.dropFirst().dropLast()) }
        }
        state.isAppArmorEnabled = line("/sys/module/apparmor/parameters/enabled").map { $0 == "Y" }
        state.seLinux = line("/sys/fs/selinux/enforce").map { $0 == "1" ? "enforcing" : "permissive" }
        state.isKexecLoaded = line("/sys/kernel/kexec_loaded").map { $0 == "1" }
        state.isCrashKernelLoaded = line("/sys/kernel/kexec_crash_loaded").map { $0 == "1" }
        // Four bytes of attributes, then the value.
        let variable: RawText = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
        state.isSecureBoot = tree.read(variable, limit: 64, &failures).flatMap {
            $0.bytes.count == 5 ? $0.bytes[4] == 1 : nil
        }
        return state
    }
}

/// A profile of AppArmor that the kernel has loaded. Source: apparmorfs, `profiles`.
package struct AppArmorProfile: Hashable, Sendable {
    package var name: String
    /// `enforce`, `complain`, `unconfined` …
    package var mode: String
}

extension AppArmorProfile: FieldRecord {
    package static let fieldNames = ["name", "mode"]

    package func write(to writer: inout some FieldWriter) {
        writer.field("name", .text(name))
        writer.field("mode", .text(mode))
    }
}

extension AppArmorProfile {
    package static func read(_ tree: HostTree, _ failures: inout FailureLog) -> [AppArmorProfile] {
        let file = tree.read("/sys/kernel/security/apparmor/profiles", limit: 4 << 20, &failures)
        return (file?.lines ?? []).compactMap { line in
            let text = String(decoding: line, as: UTF8.self)
            guard text.hasSuffix(")"), let open = text.lastIndex(of: "(") else { return nil }
            return AppArmorProfile(
                name: String(text[..<open].dropLast()), mode: String(text[text.index(after: open)...].dropLast()))
        }
    }
}
