import Glibc
import LinuxHost
import TestSupport
import Testing

/// Every reader of a procfs tree over trees in which each file, one by one, is something else than it should be: in a container, or
/// behind a mount, what is at `/proc` may be anybody's work.
@Suite(.timeLimit(.minutes(2)))
struct HostileProcTests {
    /// What stands in a file's place.
    enum Disguise: CaseIterable {
        case fifo, socket, device, linkOut, linkToItself, directory, endless, noise, empty, numbers
    }

    /// In what is outside of the tree, and must not come into any record.
    fileprivate static let secret = "LEAKED"

    /// Files of a process as they should be, with a word in all that can have one.
    private static func files(_ pid: Int, word: String) -> [(name: String, text: String)] {
        let socket =
            "  0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000 110 0 \(1_000 + pid) 1 0\n"
        return [
            ("stat", "\(pid) (\(word)) S 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 5 0 0\n"),
            ("status", "Name:\t\(word)\nUid:\t1\t2\t3\t4\nGid:\t1\t2\t3\t4\nNSpid:\t\(pid)\t7\nVmRSS:\t900 kB\n"),
            ("cmdline", "/bin/\(word)\0--\(word)\0"), ("environ", "\(word)=1\0"),
            ("cgroup", "0::/system.slice/\(word).service\n"), ("comm", word + "\n"), ("wchan", word),
            ("limits", "Max open files            1024                 4096                 files     \n"),
            ("maps", "7f0000000000-7f0000001000 r-xp 00000000 08:01 99 /tmp/\(word)\n"),
            ("mountinfo", "21 1 0:21 / /\(word) rw - ext4 /dev/\(word) rw\n"), ("loginuid", "4294967295"),
            ("oom_score", "5\n"), ("fdinfo/3", "pos:\t0\nflags:\t02\nmnt_id:\t9\n"),
            ("net/tcp", "  sl  local\n" + socket), ("net/tcp6", "  sl\n"), ("net/udp", "  sl\n" + socket),
            ("net/udp6", "  sl\n"), ("net/raw", "  sl\n"), ("net/raw6", "  sl\n"),
            ("net/unix", "Num\n0: 00000002 00000000 00010000 0001 01 \(2_000 + pid) /run/\(word).sock\n"),
            ("net/netlink", "sk\n"), ("net/packet", "sk\n"),
        ]
    }

    /// Each in a network namespace of its own, so that its tables are read.
    private static func links(_ pid: Int) -> [(String, String)] {
        [
            ("exe", "/usr/bin/tool"), ("cwd", "/"), ("root", "/"), ("ns/net", "net:[\(10_000 + pid)]"),
            ("ns/mnt", "mnt:[7]"), ("fd/3", "socket:[\(1_000 + pid)]"), ("fd/4", "/var/log/some file"),
        ]
    }

    private static let folders = ["fd", "fdinfo", "ns", "net"]
    private static let machine: [(name: String, text: String)] = [
        ("stat", "cpu 1\nbtime 1700000000\n"), ("version", "Linux version \(secret)\n"),
        ("cmdline", "root=\(secret)\n"),
        ("meminfo", "MemTotal: 5 kB\n"), ("loadavg", "0.1 0.2 0.3 1/2 \(secret)\n"), ("uptime", "1000.5 5\n"),
        ("cpuinfo", "processor\t: 0\nmodel name\t: \(secret)\n"), ("sys/kernel/hostname", secret + "\n"),
        ("sys/kernel/domainname", secret + "\n"), ("sys/kernel/osrelease", secret + "\n"),
        ("sys/kernel/version", secret + "\n"), ("sys/kernel/tainted", "0\n"),
        ("sys/kernel/random/boot_id", "\(secret)\n"), ("sys/kernel/pid_max", "4194304\n"),
    ]

    /// A tree of a procfs, and what links in it would lead to.
    private final class Trees {
        let proc: TemporaryTree
        private let outside: TemporaryTree
        private let disguise: Disguise
        private let listener = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)

        /// All FIFOs of the tree are this one.
        var fifo: String { outside.path + "/fifo" }

        init(_ disguise: Disguise) throws {
            self.disguise = disguise
            (proc, outside) = (try TemporaryTree(), try TemporaryTree())
            mkfifo(fifo, 0o600)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: (outside.path + "/socket").utf8) }
            _ = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            outside.write("numbers", String(repeating: "99999999999999999999 -1 18446744073709551616 0x7f ", count: 50))
        }

        deinit { close(listener) }

        /// A process as it should be, but for those of its files, links and folders whose names are given.
        func process(_ pid: Int, disguising names: Set<String> = [], word: String = "good") {
            func isKept(_ name: String) -> Bool {
                let folder = name.prefix { $0 != "/" }
                return !names.contains(name) && !names.contains(String(folder))
            }
            for (name, text) in HostileProcTests.files(pid, word: word) where isKept(name) {
                proc.write("\(pid)/\(name)", text)
            }
            for (name, target) in HostileProcTests.links(pid) where isKept(name) {
                proc.link("\(pid)/\(name)", to: target)
            }
            for name in names {
                for (file, text) in HostileProcTests.files(pid, word: HostileProcTests.secret) {
                    outside.write("\(pid)/\(file)", text)
                }
                put("\(pid)/\(name)")
            }
        }

        /// Puts the disguise in a file's place.
        func put(_ name: String) {
            if let slash = name.lastIndex(of: "/") { proc.make(directory: String(name[..<slash])) }
            let path = proc.path + "/" + name
            switch disguise {
            case .fifo: link(fifo, path)
            case .socket: link(outside.path + "/socket", path)
            // /dev/zero: without an end.
            case .device: mknod(path, S_IFCHR | 0o644, 1 << 8 | 5)
            case .linkOut: symlink(outside.path + "/" + name, path)
            case .linkToItself: symlink(path, path)
            case .directory: proc.make(directory: name + "/" + HostileProcTests.secret)
            case .endless:
                proc.write(name, "")
                truncate(path, 1 << 40)
            case .noise:
                var random = SeededGenerator(seed: UInt64(name.utf8.count))
                proc.write(name, (0..<5_000).map { _ in UInt8.random(in: 0...255, using: &random) })
            case .empty: proc.write(name, "")
            case .numbers: link(outside.path + "/numbers", path)
            }
        }

        /// Of the machine as a whole: what is disguised would say the secret.
        func machine(isDisguised: Bool) {
            for (name, text) in HostileProcTests.machine {
                (isDisguised ? outside : proc).write(name, text)
                if isDisguised { put(name) }
            }
        }
    }

    /// What all readers say of a tree.
    private static func read(_ path: String) throws -> (text: String, pids: [String: Set<Int32>]) {
        let proc = try ProcFileSystem(root: path)
        var text: [UInt8] = []
        var pids: [String: Set<Int32>] = [:]
        func take(_ reader: String, _ record: some FieldRecord, _ pid: Int32? = nil) {
            text += record.jsonLine
            if let pid { pids[reader, default: []].insert(pid) }
        }
        let processes = try ProcessReader(proc: proc).read { take("processes", $0, $0.stat.pid) }
        let files = try OpenFileReader(proc: proc).read { take("files", $0, $0.pid) }
        var mappingLimits = ExecutableMappingReader.Limits()
        mappingLimits.textBytes = 1 << 20
        let mappings = try ExecutableMappingReader(proc: proc, limits: mappingLimits).read { take("maps", $0, $0.pid) }
        let executables = try ExecutableReader(proc: proc).read { take("executables", $0, $0.pid) }
        var sampler = ProcessSampler(proc: proc)
        let sampled = try sampler.sample { take("samples", $0) }
        var limits = SocketReader.Limits()
        limits.tableBytes = 1 << 20
        let sockets = try SocketReader(proc: proc, limits: limits, usesNetlink: false).read()
        for socket in sockets.sockets { for owner in socket.owners { take("sockets", socket, owner.pid) } }
        let containers = try ContainerReader(proc: proc, root: path + "/nowhere").read()
        for container in containers.containers { take("containers", container) }
        take("system", SystemReader(proc: proc, root: path + "/nowhere").read())
        for pid in try proc.processIDs() {
            guard let mounts = try? MountReader(proc: proc, process: pid).read() else { continue }
            for mount in mounts.entries { take("mounts", mount, pid) }
        }
        for failures in [
            processes.failures, files.failures, mappings.failures, executables.failures, sampled.failures,
            sockets.failures, containers.failures,
        ] {
            for failure in failures.failures { text += failure.jsonLine }
        }
        return (String(decoding: text, as: UTF8.self), pids)
    }

    @Test(
        .enabled(if: geteuid() == 0, "only root can make a device"),
        arguments: Disguise.allCases)
    func nothingIsFollowedOpenedOrWaitedFor(_ disguise: Disguise) throws {
        let trees = try Trees(disguise)
        trees.process(1)
        trees.process(9)
        // Each file by itself, so that a reader comes as far as this one; then all but what says that there is a process; then all.
        let names = Self.files(0, word: "").map(\.name) + Self.links(0).map(\.0) + Self.folders
        for (index, name) in names.enumerated() { trees.process(100 + index, disguising: [name]) }
        trees.process(500, disguising: Set(names).subtracting(["stat"] + Self.folders))
        trees.process(501, disguising: Set(names).subtracting(Self.folders))
        trees.put("502")
        trees.machine(isDisguised: true)
        let opener = try Child(["/bin/sh", "-c", "exec 3>'\(trees.fifo)'; echo > '\(trees.fifo).opened'"])
        defer { _ = opener }
        let found = try Self.read(trees.proc.path)
        #expect(access(trees.fifo + ".opened", F_OK) != 0, "somebody opened a FIFO")
        #expect(!found.text.contains(Self.secret))
        // Its neighbours hide no process.
        for reader in ["processes", "files", "maps", "sockets", "mounts"] {
            #expect(found.pids[reader]?.contains(9) == true, "\(reader): \(found.pids[reader] ?? [])")
        }
    }

    /// Folders of the tree that are no processes, or lie about their number.
    @Test func namesThatAreNoNumbers() throws {
        let trees = try Trees(.empty)
        trees.process(1)
        trees.process(2_147_483_647)
        trees.machine(isDisguised: false)
        for name in [
            "2147483648", "4294967297", "99999999999999999999999", "-1", "007", "1x", " 5", "5 ", "+5", "0x10",
            "1e3",
            "\u{0665}", "self", "..5", "9\n",
        ] {
            for (file, text) in Self.files(5, word: Self.secret) { trees.proc.write("\(name)/\(file)", text) }
            trees.proc.link("\(name)/fd/3", to: "socket:[1001]")
        }
        for name in ["-1", "x", "99999999999999999999", "2147483648", "03", "3 "] {
            trees.proc.link("1/fd/\(name)", to: "/\(Self.secret)")
        }
        // A directory that says that it is another process.
        trees.process(77)
        trees.proc.write("77/stat", "1 (\(Self.secret)) S 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 5 0 0\n")
        let found = try Self.read(trees.proc.path)
        #expect(
            found.pids["processes"] ?? [] == [1, 2_147_483_647]
                || found.pids["processes"] ?? [] == [1, 77, 2_147_483_647])
        let text = found.text.replacing("root=\(Self.secret)", with: "")
        #expect(!text.contains("/\(Self.secret)") && !text.contains("--\(Self.secret)"))
    }
}
