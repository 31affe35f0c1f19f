internal import BundleFormat
package import Collection
internal import LinuxHost

/// Step kind `kernel-state`: what the kernel is made of by now, and what it lets whom do.
package struct HostKernelStateStep: HostStepKind {
    static let kind = StepKind(
        "kernel-state", scopes: [.host],
        summary:
            "What the kernel of this host is made of, and what it lets whom do: modules (also those that sysfs has and the list has not), settings, taint, command line, security modules, AppArmor profiles, lockdown, secure boot, kexec; and how much tasks wait for processors, memory and disks.",
        source: .node,
        output: .fixed(
            ["state", "modules", "settings", "pressure", "apparmor-profiles", "failures"].map {
                "host/kernel/\($0).jsonl"
            }))

    private let root: String

    package init(_: StepDefinition, _ options: HostCapture.Options) {
        root = options.root
    }

    package func run(_ context: AttemptContext) async throws -> Outcome {
        let root = root
        let tree = try await BlockingReader.run { try HostTree(root: root) }
        return try await HostTables(folder: ["host", "kernel"]).write(
            [
                // What is about time first.
                HostTables.Table("pressure.jsonl") { KernelPressure.read(tree, &$0) },
                HostTables.Table("state.jsonl") { [KernelState.read(tree, &$0)] },
                HostTables.Table("modules.jsonl") { KernelModule.read(tree, &$0) },
                HostTables.Table("settings.jsonl") { KernelSetting.read(tree, &$0) },
                HostTables.Table("apparmor-profiles.jsonl") { AppArmorProfile.read(tree, &$0) },
            ], context)
    }
}
