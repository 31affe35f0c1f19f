import Glibc
import LinuxHost
import Testing

/// Which sockets are a container's, on a host that is only files.
@Suite(.needsRoot) struct ContainerSocketTests {
    private static let web = FakeHost.id("aa")
    private static let side = FakeHost.id("bb")
    private static let near = FakeHost.id("cc")

    /// Two containers of one pod in namespace 200, one in the host's own, 100.
    private func host() throws -> FakeHost {
        let host = try FakeHost()
        host.process(1, groups: "0::/init.scope\n", namespace: 100)
        host.process(40, groups: "0::/docker/\(Self.web)\n", namespace: 200)
        host.process(50, groups: "0::/docker/\(Self.side)\n", namespace: 200)
        host.process(60, groups: "0::/docker/\(Self.near)\n", namespace: 100)
        // In 100 sockets 11 (the host's), 12 and 13; in 200 sockets 21 to 23, of which 23 is in TIME-WAIT.
        for pid in [1, 60] { host.tree.write("proc/\(pid)/net/tcp", Self.table([(11, 22), (12, 9_000), (13, 9_001)])) }
        for pid in [40, 50] { host.tree.write("proc/\(pid)/net/tcp", Self.table([(21, 80), (22, 81), (0, 82)])) }
        for (pid, inodes) in [(1, [11]), (40, [21, 13]), (50, [22]), (60, [12])] {
            for (descriptor, inode) in inodes.enumerated() {
                host.tree.link("proc/\(pid)/fd/\(descriptor + 3)", to: "socket:[\(inode)]")
            }
        }
        return host
    }

    private static func table(_ sockets: [(inode: Int, port: Int)]) -> String {
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
            + sockets.map { inode, port in
                let hex = String(port, radix: 16, uppercase: true)
                let digits = String(repeating: "0", count: 4 - hex.count) + hex
                return
                    "   0: 0100007F:\(digits) 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
                    + "\(inode) 1 0000000000000000 100 0 0 10 0\n"
            }.joined()
    }

    private func sockets(_ id: String, _ host: FakeHost) throws -> ContainerSockets {
        let proc = try ProcFileSystem(root: host.tree.path + "/proc")
        let container = try #require(try host.read().containers.first { $0.id == id })
        return ContainerSockets(
            of: container, pids: Set(container.pids), in: try SocketReader(proc: proc).read(), hostNamespaces: [100])
    }

    @Test func allOfItsNamespaceAndWhatItHoldsElsewhere() throws {
        let found = try sockets(Self.web, host())
        #expect(!found.isInHostNetwork && found.gap == nil, "\(String(describing: found.gap))")
        let inodes = found.sockets.map(\.entry.socket.inode)
        #expect(Set(inodes) == [21, 22, 0, 13])
        func socket(_ inode: UInt64) -> ContainerSocket? { found.sockets.first { $0.entry.socket.inode == inode } }
        #expect(socket(21)?.isHeld == true && socket(21)?.isElsewhere == false)
        #expect(socket(22)?.isHeld == false, "its neighbour's in the pod")
        #expect(socket(13)?.isHeld == true && socket(13)?.isElsewhere == true, "of the host's namespace, in its hands")
        let line = try String(decoding: #require(socket(13)).jsonLine, as: UTF8.self)
        #expect(line.hasSuffix(#""held":true,"other_namespace":true}"# + "\n"))
    }

    @Test func inTheNetworkOfItsHostOnlyItsOwn() throws {
        let found = try sockets(Self.near, host())
        #expect(found.isInHostNetwork && found.sockets.map(\.entry.socket.inode) == [12])
    }

    /// The snapshot is older than the container.
    @Test func aNamespaceThatWasNotRead() throws {
        let host = try host()
        let proc = try ProcFileSystem(root: host.tree.path + "/proc")
        let before = try SocketReader(proc: proc).read()
        host.process(70, groups: "0::/docker/\(FakeHost.id("dd"))\n", namespace: 300)
        let container = try #require(try host.read().containers.first { $0.pids == [70] })
        let found = ContainerSockets(of: container, pids: [70], in: before, hostNamespaces: [100])
        #expect(found.sockets.isEmpty && found.gap?.reason.contains("were not read") == true)
    }

    @Test func whoseASocketIs() throws {
        let host = try host()
        let proc = try ProcFileSystem(root: host.tree.path + "/proc")
        let index = ContainerIndex(try host.read(), hostNamespaces: [100])
        let owners = try SocketReader(proc: proc).read().sockets.reduce(into: [UInt64: String]()) { owners, entry in
            owners[entry.socket.inode] = index.container(of: entry)
        }
        // Of what nobody holds (23) either container of the namespace may be meant; the host's (11) is nobody's.
        #expect(owners == [21: Self.web, 13: Self.web, 22: Self.side, 12: Self.near])
        var summary = ProcessSummary()
        let process = try #require(ProcessReader(proc: proc).read(pid: 50, into: &summary))
        #expect(index.container(of: process) == Self.side)
        let first = try #require(ProcessReader(proc: proc).read(pid: 1, into: &summary))
        #expect(index.container(of: first) == nil)
        let line = String(
            decoding: ContainedRecord(process, container: index.container(of: process)).jsonLine, as: UTF8.self)
        #expect(line.hasSuffix(#","container":"\#(Self.side)"}"# + "\n"))
    }
}
