import BundleFormat
import Collection
import CollectorSteps
import Foundation
import LinuxHost
import StructuredText
import Testing

/// The kernel of a host: as files of a root that the test makes say it, and the one that runs.
struct HostKernelStateTests {
    private static func run(_ root: HostRoot) async throws -> StepResult {
        let step = StepDefinition(kind: try #require(StepRegistry.kinds.kind("kernel-state", of: .host)))
        let options = root.options
        return try await StepResult.of { try await HostKernelStateStep(step, options).run($0) }
    }

    @Test
    func modulesThatAreListedAndOneThatHides() async throws {
        try await HostRoot.with { root in
            root.write(
                "proc/modules",
                "overlay 200704 12 - Live 0xffffffffc0a00000\nevil 16384 0 overlay,x Live 0x0 (OE)\nbroken\n")
            root.write("sys/module/overlay/initstate", "live\n")
            root.write("sys/module/overlay/version", "1.2\n")
            root.write("sys/module/hidden/initstate", "live\n")
            root.write("sys/module/hidden/taint", "OE\n")
            root.write("sys/module/builtin/parameters/x", "1\n")
            let modules = try await Self.run(root).records("host/kernel/modules.jsonl")
            #expect(modules.map { $0["name"]?.string } == ["overlay", "evil", "hidden"])
            #expect(
                modules[0]["version"]?.string == "1.2" && modules[0]["uses"]?.int == 12 && modules[0]["taint"] == nil)
            #expect(modules[1]["taint"]?.string == "OE" && modules[1]["unlisted"] == nil)
            #expect(modules[1]["used_by"]?.serialized() == Array(#"["overlay","x"]"#.utf8))
            #expect(modules[2]["unlisted"]?.bool == true && modules[2]["taint"]?.string == "OE")
        }
    }

    @Test
    func stateAndPressure() async throws {
        try await HostRoot.with { root in
            root.write("proc/cmdline", "ro quiet\n")
            root.write("proc/sys/kernel/tainted", "12289\n")
            root.write("proc/sys/kernel/core_pattern", "|/tmp/x %p\n")
            root.write("proc/sys/fs/file-nr", "1024\t0\t9223372036854775807\n")
            root.write("sys/kernel/security/lsm", "lockdown,capability,apparmor")
            root.write("sys/kernel/security/lockdown", "none [integrity] confidentiality\n")
            root.write("sys/kernel/security/apparmor/profiles", "/usr/bin/man (enforce)\na (b) (complain)\n")
            root.write("sys/module/apparmor/parameters/enabled", "Y\n")
            root.write("sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", [6, 0, 0, 0, 1])
            root.write(
                "proc/pressure/memory",
                "some avg10=1.50 avg60=0.00 avg300=0.25 total=4711\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=12\n")
            root.fifo("proc/pressure/io")
            let result = try await Self.run(root)
            #expect(result.line.state == .partial && result.line.reason?.code == "UnexpectedType", "\(result.line)")
            let state = try #require(try result.records("host/kernel/state.jsonl").first)
            #expect(
                state["taint_names"]?.serialized()
                    == Array(#"["proprietary-module","out-of-tree-module","unsigned-module"]"#.utf8))
            #expect(state["lockdown"]?.string == "integrity" && state["secure_boot"]?.bool == true)
            #expect(state["apparmor"]?.bool == true && state["selinux"] == nil)
            let settings = try result.records("host/kernel/settings.jsonl")
            #expect(settings.map { $0["value"]?.string } == ["1024 0 9223372036854775807", "|/tmp/x %p", "12289"])
            let pressure = try result.records("host/kernel/pressure.jsonl")
            #expect(pressure.count == 2 && pressure[0]["avg10"]?.double == 1.5 && pressure[0]["total_us"]?.int == 4_711)
            let profiles = try result.records("host/kernel/apparmor-profiles.jsonl")
            #expect(profiles.map { $0["name"]?.string } == ["/usr/bin/man", "a (b)"])
            #expect(profiles.map { $0["mode"]?.string } == ["enforce", "complain"])
        }
    }

    @Test
    func theKernelThatRuns() async throws {
        let result = try await Self.run(HostRoot(path: "/"))
        #expect([.ok, .partial].contains(result.line.state), "\(result.line)")
        let settings = try result.records("host/kernel/settings.jsonl")
        let own = try String(contentsOfFile: "/proc/sys/kernel/pid_max", encoding: .utf8)
        #expect(
            settings.first { $0["name"]?.string == "kernel.pid_max" }?["value"]?.string == own.filter { $0 != "\n" })
        #expect(settings.count > 40)
        #expect(try result.records("host/kernel/state.jsonl").first?["command_line"] != nil)
    }
}
