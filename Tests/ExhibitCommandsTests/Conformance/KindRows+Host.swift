import Foundation

/// What is read of this host: the kernel answers, and no program. What can be had of its faults without being root is made; the text
/// that it gives is taken apart in the tests of LinuxHost, with every fault that a text can have.
extension KindRow {
    private static let kernelsWords = FaultEnd.cannot(
        "what it reads is the kernel's own text; LinuxHostTests reads damaged ones")
    private static let kernelEnds = FaultEnd.cannot(
        "no program of another is behind it that could end early, or say nothing")
    private static let hangsInTheKernel = FaultEnd.cannot(
        "a read that never returns is a dead file system's, which nobody can have at will; BlockingReaderTests has one")
    private static let ownNames = FaultEnd.cannot(
        "the names are those of mount points, devices and the host, which only root can change; LinuxHostTests has odd ones"
    )

    static let ofTheHost: [KindRow] = [
        kernel("sockets (host)", "host-sockets", "sockets: {}", names: .ends(["ok", "partial"])),
        kernel("processes (host)", "host-processes", "processes: {}", names: .ends(["ok", "partial"])),
        kernel(
            "containers (host)", "host-containers", "containers: {}",
            names: .cannot("only root names what a runtime keeps; LinuxHostTests has odd names"),
            endless: .ends(["partial", "empty"], because: "there may be no container on this host")),
        kernel("identity (host)", "host-identity", "identity: {}", names: ownNames),
        kernel(
            "accounts (host)", "host-accounts", "accounts: {}",
            names: .cannot("its files are where they are; HostAccountsTests has odd names in a root of its own")),
        kernel(
            "packages (host)", "host-packages", "packages: {}",
            names: .cannot("its files are where they are; HostPackagesTests has odd names in a root of its own"),
            endless: .ends(["partial", "missing"], because: "the host may have another package manager")),
        kernel(
            "startup (host)", "host-startup", "startup: {}",
            names: .cannot("its files are where they are; HostStartupTests has odd names in a root of its own")),
        kernel("kernel-state (host)", "host-kernel-state", "kernel-state: {}", names: ownNames),
        kernel(
            "node-configuration (host)", "host-node-configuration", "node-configuration: {}",
            names: .cannot(
                "its files are where they are; HostNodeConfigurationTests has odd names in a root of its own"),
            endless: .ends(["partial", "missing"], because: "the host may be no node")),
        kernel("mounts (host)", "host-mounts", "mounts: {}", names: ownNames),
        kernel(
            "kernel (host)", "host-kernel", "kernel: {}", names: ownNames,
            endless: .ends(
                ["partial", "denied", "missing", "error", "empty"],
                because: "it may not be read here, or nothing may be in it")),
        kernel(
            "journal (host)", "host-journal", "journal: {}", names: ownNames,
            endless: .ends(["partial", "missing", "denied", "error", "empty"], because: "there may be none here")),
        kernel(
            "changes (host)", "host-changes", "changes: {}",
            names: .cannot("the whole host is walked, which may take longer than a test; LinuxHostTests has odd names"),
            endless: .ends(["partial", "timeout"])),
        kernel("network (host)", "host-network", "network: {}", names: ownNames),
        kernel(
            "packets (host)", "host-packets", "packets: {seconds: 1}\n    output: packets.pcapng",
            names: .cannot("the names are those of interfaces, which only root can give"),
            // 100 bytes have no packet, with or without the right to capture one.
            endless: .ends(["partial", "denied", "empty", "error"], because: "it takes CAP_NET_RAW, and traffic")),
        KindRow(
            kind: "files (host)", name: "host-files", scope: "host",
            step: { "files: {paths: [\"\(Self.files(in: $0))\"]}\n    output: copies" },
            ends: [
                .badOutput: .ends(["ok"]), .endlessOutput: .ends(["partial"], codes: ["ByteLimit"]),
                .noOutput: .ends(["empty"]),
                // A FIFO that nobody writes to: opening it would never end.
                .hang: .ends(["empty"], because: "what is no regular file is never opened"),
                .crash: kernelEnds, .badNames: .ends(["ok"]),
            ]),
    ]

    private static func kernel(
        _ kind: String, _ name: String, _ step: String, names: FaultEnd,
        endless: FaultEnd = .ends(["partial"], codes: ["ByteLimit"])
    ) -> KindRow {
        KindRow(
            kind: kind, name: name, scope: "host",
            // Less than there ever is, so that it does not end by itself.
            bytes: { $0 == .endlessOutput ? 100 : 64 << 20 }, step: { _ in step },
            ends: [
                .badOutput: kernelsWords, .endlessOutput: endless, .noOutput: kernelEnds, .hang: hangsInTheKernel,
                .crash: kernelEnds, .badNames: names,
            ])
    }

    /// What `files` is to copy.
    private static func files(in surroundings: Surroundings) -> String {
        let folder = surroundings.folder + "/copied"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        switch surroundings.fault {
        case .badOutput: try? Files.write(StepFault.noise, to: folder + "/noise")
        case .endlessOutput: try? Files.write([UInt8](repeating: 0x41, count: 1 << 20), to: folder + "/large")
        case .hang: mkfifo(folder + "/pipe", 0o600)
        case .badNames:
            let path = Array((folder + "/").utf8) + StepFault.odd + [0]
            let descriptor = path.withUnsafeBytes {
                open($0.baseAddress!.assumingMemoryBound(to: CChar.self), O_CREAT | O_WRONLY, 0o600)
            }
            write(descriptor, "odd", 3)
            close(descriptor)
        case .noOutput, .crash: break
        }
        return folder
    }
}
