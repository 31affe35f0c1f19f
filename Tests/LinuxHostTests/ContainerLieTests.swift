import Glibc
import LinuxHost
import Testing

/// Names of control groups, annotations and state that somebody made to be taken for what they are not.
@Suite(.needsRoot) struct ContainerLieTests {
    private static let id = FakeHost.id("ab12")
    private static let other = FakeHost.id("cd34")
    private static let group = "/kubepods/burstable/pod\(FakeHost.podUID)/\(id)"
    private static let bundle = "\(FakeHost.tasks)/k8s.io/\(id)"

    private func host() throws -> FakeHost {
        let host = try FakeHost()
        host.task(Self.id, group: Self.group, pid: 40, type: "container")
        host.process(40, groups: "0::\(Self.group)\n", namespace: 200)
        return host
    }

    /// What a container's root may do within its own control group.
    @Test func aGroupWithinThatIsNamedLikeAnother() throws {
        let host = try host()
        host.task(Self.other, group: "/kubepods/burstable/podx/\(Self.other)", pid: 41, type: "container", podUID: "x")
        host.process(41, groups: "0::\(Self.group)/\(Self.other)\n")
        host.process(42, groups: "0::\(Self.group)/kubepods/burstable/podx/\(Self.other)\n")
        let container = try #require(try host.only())
        #expect(container.id == Self.id && container.pids == [40, 41, 42])
    }

    /// What a user may do within the groups that systemd gave them.
    @Test func aUsersGroupThatIsNamedLikeAContainer() throws {
        let host = try host()
        host.process(50, groups: "0::/user.slice/user-1000.slice/user@1000.service\(Self.group)\n")
        let containers = try host.read().containers
        #expect(containers.count == 2)
        let liar = try #require(containers.first { $0.pids == [50] })
        #expect(liar.userID == 1000 && liar.runtime == .unknown && liar.name == nil && liar.pod == nil)
        #expect(containers.first { $0.pids == [40] }?.pod?.name == "api-7d9")
    }

    /// Whoever may start containers sets annotations; the kubelet alone makes pods' control groups.
    @Test(arguments: [
        ("/docker/", FakeHost.podUID), ("/kubepods/burstable/pod\(FakeHost.podUID)/", "another"),
    ]) func annotationsOfAPodThatItIsNotIn(above: String, claimed: String) throws {
        let host = try FakeHost()
        host.task(Self.id, group: above + Self.id, pid: 40, type: "container", podUID: claimed)
        host.process(40, groups: "0::\(above)\(Self.id)\n")
        let container = try #require(try host.only())
        #expect(container.runtime == .containerd && container.pod == nil && container.name == nil)
    }

    /// The first process ended, and its number was given to another.
    @Test func aNumberThatIsAnothersByNow() throws {
        let host = try host()
        host.process(40, groups: "0::/system.slice/ssh.service\n")
        host.process(41, groups: "0::\(Self.group)\n")
        let container = try #require(try host.only())
        #expect(container.initPID == nil && container.initStartTicks == nil && container.pids == [41])
    }

    @Test(arguments: ["-5", "0", "99999999999999999999", "forty", ""]) func aNumberThatIsNone(text: String) throws {
        let host = try host()
        host.file("\(Self.bundle)/init.pid", text)
        #expect(try host.only()?.initPID == nil)
    }

    // MARK: State that cannot be root's word

    private enum Damage: String, CaseIterable {
        case link, fifo, folder, othersFile, writableFile, othersFolder, writableFolder, huge, deep, noJSON, empty,
            linkedFolder
    }

    /// The container is still there, by its control group, and why nothing else is known is said.
    @Test(arguments: Damage.allCases) private func damaged(_ damage: Damage) throws {
        let host = try host()
        let root = host.tree.path + "/root"
        let folder = root + Self.bundle
        let file = folder + "/config.json"
        var expected = HostError.Code.untrusted
        switch damage {
        case .link:
            rename(file, root + "/moved.json")
            symlink(root + "/moved.json", file)
            expected = .unexpectedType
        case .fifo:
            unlink(file)
            mkfifo(file, 0o600)
            expected = .unexpectedType
        case .folder:
            unlink(file)
            mkdir(file, 0o700)
            expected = .unexpectedType
        case .othersFile: chown(file, 1000, 1000)
        case .writableFile: chmod(file, 0o666)
        case .othersFolder: chown(folder, 1000, 1000)
        case .writableFolder: chmod(folder, 0o775)
        case .huge:
            truncate(file, 100 << 20)
            expected = .limitReached
        case .deep:
            host.file("\(Self.bundle)/config.json", String(repeating: "[", count: 100_000))
            expected = .malformed
        case .noJSON:
            host.file("\(Self.bundle)/config.json", "{\"root\":")
            expected = .malformed
        case .empty:
            truncate(file, 0)
            expected = .malformed
        case .linkedFolder:
            rename(folder, root + "/moved")
            symlink(root + "/moved", folder)
            expected = .unexpectedType
        }
        let snapshot = try host.read()
        let container = try #require(snapshot.containers.first)
        #expect(container.id == Self.id && container.pids == [40] && container.networkNamespace == 200)
        #expect(container.runtime == .unknown && container.pod == nil && container.initPID == nil)
        #expect(snapshot.failures.failures.map(\.code) == [expected], "\(snapshot.failures.failures)")
    }

    /// A folder above in which others may write, and so put another folder in the place of this one.
    @Test func aFolderAboveThatOthersMayWriteInto() throws {
        let host = try host()
        chmod(host.tree.path + "/root/run", 0o777)
        #expect(try host.only()?.runtime == .unknown)
        // In /tmp and its like nobody may.
        chmod(host.tree.path + "/root/run", 0o1777)
        #expect(try host.only()?.runtime == .containerd)
    }

    @Test func aStateFolderThatLeadsOut() throws {
        let host = try FakeHost()
        let elsewhere = try TemporaryTree()
        elsewhere.write("containerd/secret", "x")
        host.tree.link("root/run", to: elsewhere.path)
        host.process(40, groups: "0::\(Self.group)\n")
        let snapshot = try host.read()
        #expect(snapshot.containers.map(\.runtime) == [.unknown])
        #expect(snapshot.failures.failures.contains { $0.code == .unexpectedType })
    }

    // MARK: Names

    @Test func namesThatAreTooLong() throws {
        let host = try FakeHost()
        host.podman(Self.id, name: String(repeating: "n", count: 5_000), group: "/libpod_parent/libpod-\(Self.id)")
        host.process(40, groups: "0::/libpod_parent/libpod-\(Self.id)\n")
        #expect(try host.only()?.name == nil)
    }

    @Test func namesThatSteerATerminal() throws {
        let host = try FakeHost()
        host.podman(Self.id, name: #"we\u001b[2Jb"#, group: "/libpod_parent/libpod-\(Self.id)")
        host.process(40, groups: "0::/libpod_parent/libpod-\(Self.id)\n")
        let container = try #require(try host.only())
        let line = String(decoding: container.jsonLine, as: UTF8.self)
        #expect(line.contains(#""name":"we\u001b[2Jb""#) && !line.contains("\u{1B}"))
    }

    @Test(arguments: [
        "/x/\(FakeHost.id("ab12"))0", "/\(String(FakeHost.id("ab12").dropLast()))",
        "/crio-conmon-\(FakeHost.id("ab12")).scope",
        "/x\(FakeHost.id("ab12"))", "/\(FakeHost.id("AB12"))", "/..", "", "nonsense", "/a/\u{7F}/\n:::\n",
    ]) func groupsThatAreNoContainers(path: String) throws {
        let host = try FakeHost()
        host.process(40, groups: "0::\(path)\n")
        let containers = try host.read().containers
        // 65 digits end in 64, and have no separator before these.
        #expect(containers.isEmpty, "\(containers)")
    }

    @Test func whatIsMeant() throws {
        let host = try host()
        host.task(Self.other, group: "/kubepods/burstable/podx/\(Self.other)", type: "container", podUID: "x")
        host.process(50, groups: "0::/kubepods/burstable/podx/\(Self.other)\n")
        let snapshot = try host.read()
        #expect(snapshot.matching("ab12").map(\.id) == [Self.id] && snapshot.matching("ab1").isEmpty)
        #expect(snapshot.matching(Self.other).map(\.id) == [Self.other])
        #expect(snapshot.matching("app").count == 2 && snapshot.matching("prod/api-7d9/app").count == 2)
        #expect(snapshot.matching("prod/api-7d9/").isEmpty && snapshot.matching("").isEmpty)
    }
}
