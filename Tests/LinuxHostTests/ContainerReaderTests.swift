import Glibc
import LinuxHost
import Testing

extension Trait where Self == ConditionTrait {
    /// What is not root's is no state of a runtime.
    static var needsRoot: Self {
        .enabled(if: geteuid() == 0, "a runtime's state is root's, so making some takes root")
    }
}

/// The runtimes, each by a tree as it leaves one on disk.
@Suite(.needsRoot) struct ContainerReaderTests {
    private static let id = FakeHost.id("ab12")
    private static let kubepods = "/kubepods/burstable/pod\(FakeHost.podUID)"

    @Test func containerdInAPod() throws {
        let host = try FakeHost()
        let group = "\(Self.kubepods)/\(Self.id)"
        host.task(Self.id, group: group, pid: 40, type: "container")
        host.process(40, groups: "0::\(group)\n", namespace: 200, start: 777)
        host.process(41, groups: "0::\(group)/inner\n", namespace: 200)
        host.mounts(["/", "\(FakeHost.tasks)/k8s.io/\(Self.id)/rootfs"])
        let snapshot = try host.read()
        #expect(snapshot.failures.count == 0, "\(snapshot.failures.failures)")
        let container = try #require(snapshot.containers.first)
        #expect(
            String(decoding: container.jsonLine, as: UTF8.self)
                == #"{"id":"\#(Self.id)","runtime":"containerd","runtime_namespace":"k8s.io","name":"app","#
                + #""image":"registry.local/api:1","pod_namespace":"prod","pod":"api-7d9","#
                + #""pod_uid":"\#(FakeHost.podUID)","pod_container":"app","sandbox":false,"init_pid":40,"#
                + #""init_start_ticks":777,"control_group":"\#(group)","net_namespace":200,"#
                + #""root_mount":"\#(FakeHost.tasks)/k8s.io/\#(Self.id)/rootfs","pids":[40,41]}"# + "\n")
        #expect(container.label == "app-ab1200000000")
    }

    @Test func theSandboxOfAPod() throws {
        let host = try FakeHost()
        host.task(Self.id, group: "\(Self.kubepods)/\(Self.id)", type: "sandbox")
        host.process(40, groups: "0::\(Self.kubepods)/\(Self.id)\n")
        let container = try #require(try host.only())
        #expect(container.pod?.name == "api-7d9" && container.pod?.container == nil && container.name == nil)
        #expect(container.label == container.shortID)
    }

    /// Its state is where somebody has configured it: the mounts tell.
    @Test func containerdElsewhere() throws {
        let host = try FakeHost()
        let tasks = "/srv/k8s/state/io.containerd.runtime.v2.task"
        host.task(Self.id, in: tasks, group: "\(Self.kubepods)/\(Self.id)", type: "container")
        host.process(40, groups: "0::\(Self.kubepods)/\(Self.id)\n")
        #expect(try host.only()?.runtime == .unknown)
        host.mounts(["\(tasks)/k8s.io/\(Self.id)/rootfs"])
        let container = try #require(try host.only())
        #expect(container.runtime == .containerd && container.pod?.namespace == "prod")
        #expect(container.rootMount == RawText("\(tasks)/k8s.io/\(Self.id)/rootfs"))
    }

    /// `ctr run` takes any name for an identifier.
    @Test func containerdWithANameForAnIdentifier() throws {
        let host = try FakeHost()
        host.task("web", namespace: "default", group: "/default/web", pid: 40)
        host.process(40, groups: "0::/default/web\n")
        host.process(41, groups: "0::/default/webmail\n")
        let container = try #require(try host.only())
        #expect(container.id == "web" && container.runtimeNamespace == "default" && container.pids == [40])
        #expect(container.name == nil && container.label == "web")
    }

    @Test func systemdsNames() throws {
        let host = try FakeHost()
        let uid = FakeHost.podUID.replacing("-", with: "_")
        let slice = "kubepods-besteffort-pod\(uid).slice"
        host.task(Self.id, group: "\(slice):cri-containerd:\(Self.id)", type: "container")
        host.process(
            40,
            groups: "0::/kubepods.slice/kubepods-besteffort.slice/\(slice)/cri-containerd-\(Self.id).scope\n")
        #expect(try host.only()?.pod?.name == "api-7d9")
    }

    /// cgroup v1, and both versions side by side: of v2 the process has the group of the service that started it.
    @Test(arguments: ["", "0::/\n", "0::/system.slice/containerd.service\n"])
    func theFirstVersion(unified: String) throws {
        let host = try FakeHost()
        let group = "\(Self.kubepods)/\(Self.id)"
        host.task(Self.id, group: group, type: "container")
        host.process(40, groups: "9:name=systemd:\(group)\n8:pids:\(group)\n4:memory:/elsewhere\n\(unified)")
        #expect(try host.only()?.pod?.name == "api-7d9")
    }

    /// Who reads within a control group namespace is not shown what stands above it.
    @Test func fromWithinAControlGroupNamespace() throws {
        let host = try FakeHost()
        host.task(Self.id, group: "\(Self.kubepods)/\(Self.id)", pid: 40, type: "container")
        host.process(40, groups: "0::/../../pod\(FakeHost.podUID)/\(Self.id)\n")
        let container = try #require(try host.only())
        #expect(container.pod?.name == "api-7d9" && container.initPID == 40)
        #expect(container.controlGroup == RawText("/pod\(FakeHost.podUID)/\(Self.id)"))
    }

    @Test func crio() throws {
        let host = try FakeHost()
        let uid = FakeHost.podUID.replacing("-", with: "_")
        let slice = "kubepods-burstable-pod\(uid).slice"
        let run = "/run/containers/storage/overlay-containers/\(Self.id)/userdata"
        host.file(
            run + "/config.json",
            """
            {"root":{"path":"/var/lib/containers/storage/overlay/layer/merged"},"linux":{"cgroupsPath":"\(slice):crio:\(Self.id)"},
            "annotations":{"io.kubernetes.cri-o.ContainerType":"container","io.kubernetes.pod.name":"api-7d9",
            "io.kubernetes.pod.namespace":"prod","io.kubernetes.pod.uid":"\(FakeHost.podUID)",
            "io.kubernetes.container.name":"app","io.kubernetes.cri-o.ImageName":"registry.local/api:1",
            "io.kubernetes.cri-o.ImageRef":"sha256:77"}}
            """)
        host.file(run + "/pidfile", "40")
        let above = "/kubepods.slice/kubepods-burstable.slice/\(slice)"
        host.process(40, groups: "0::\(above)/crio-\(Self.id).scope/container\n")
        host.process(39, groups: "0::\(above)/crio-conmon-\(Self.id).scope\n")
        host.mounts(["/var/lib/containers/storage/overlay/layer/merged"])
        let container = try #require(try host.only())
        #expect(container.runtime == .crio && container.name == "app" && container.pod?.uid == FakeHost.podUID)
        #expect(container.image == "registry.local/api:1" && container.imageID == "sha256:77")
        #expect(container.initPID == 40 && container.pids == [40], "and not its monitor")
        #expect(container.rootMount == "/var/lib/containers/storage/overlay/layer/merged")
    }

    @Test(arguments: ["/var/lib/docker", "/srv/docker"]) func docker(data: String) throws {
        let host = try FakeHost()
        host.file(
            "\(data)/containers/\(Self.id)/config.v2.json",
            """
            {"ID":"\(Self.id)","Name":"/web","Image":"sha256:77","Config":{"Image":"nginx:1.27","Labels":{}},
            "State":{"Running":true,"Pid":40}}
            """)
        let tasks = "/run/docker/containerd/daemon/io.containerd.runtime.v2.task"
        host.file(
            "\(tasks)/moby/\(Self.id)/config.json",
            """
            {"root":{"path":"\(data)/overlay2/layer/merged"},"linux":{"cgroupsPath":"system.slice:docker:\(Self.id)"}}
            """)
        host.process(40, groups: "0::/system.slice/docker-\(Self.id).scope\n")
        host.mounts(["\(data)/overlay2/layer/merged"])
        let container = try #require(try host.only())
        #expect(container.runtime == .docker && container.name == "web" && container.runtimeNamespace == "moby")
        #expect(container.image == "nginx:1.27" && container.imageID == "sha256:77" && container.initPID == 40)
        #expect(container.rootMount == RawText("\(data)/overlay2/layer/merged") && container.pod == nil)
    }

    /// Where the state of its containerd is elsewhere, its first process still ties the name to the control group.
    @Test func dockerAlone() throws {
        let host = try FakeHost()
        host.file(
            "/var/lib/docker/containers/\(Self.id)/config.v2.json",
            #"{"Name":"/web","State":{"Pid":40},"Config":{"Image":"nginx"}}"#)
        host.process(40, groups: "0::/docker/\(Self.id)\n")
        #expect(try host.only()?.name == "web")
        host.process(40, groups: "0::/system.slice/other.service\n")
        host.process(41, groups: "0::/docker/\(Self.id)\n")
        let container = try #require(try host.only())
        #expect(container.name == nil && container.runtime == .unknown && container.initPID == nil)
    }

    @Test(arguments: ["/var/lib/containers/storage", "/srv/store"]) func podman(store: String) throws {
        let host = try FakeHost()
        host.podman(Self.id, name: "web", in: store, group: "machine.slice:libpod:\(Self.id)")
        host.file("/run/runc/\(Self.id)/state.json", #"{"init_process_pid":40,"init_process_start":500}"#)
        host.process(40, groups: "0::/machine.slice/libpod-\(Self.id).scope/container\n")
        host.process(39, groups: "0::/machine.slice/libpod-conmon-\(Self.id).scope\n")
        host.mounts(["\(store)/overlay/layer/merged"])
        let container = try #require(try host.only())
        #expect(container.runtime == .podman && container.name == "web" && container.image == "localhost/box:1")
        #expect(container.imageID == "230c0931" && container.initPID == 40 && container.initStartTicks == 500)
        #expect(container.rootMount == RawText("\(store)/overlay/layer/merged"))
    }

    /// Of a user's own containers only what the kernel says: their state is theirs to write.
    @Test func podmanOfAUser() throws {
        let host = try FakeHost()
        let group = "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-\(Self.id).scope"
        host.process(40, groups: "0::\(group)/container\n", namespace: 200)
        let container = try #require(try host.only())
        #expect(container.userID == 1000 && container.runtime == .unknown && container.name == nil)
        #expect(container.pids == [40] && container.networkNamespace == 200)
    }

    @Test func nothingRuns() throws {
        let host = try FakeHost()
        host.podman(Self.id, name: "web", group: "machine.slice:libpod:\(Self.id)")
        host.process(40, groups: "0::/system.slice/ssh.service\n")
        let snapshot = try host.read()
        #expect(snapshot.containers.isEmpty && snapshot.failures.count == 0)
    }

    /// This host, whatever runs on it: each process is in one container at most, and first processes are what they are said to be.
    @Test func thisHost() throws {
        let proc = try ProcFileSystem()
        let snapshot = try ContainerReader(proc: proc).read()
        let pids = snapshot.containers.flatMap(\.pids)
        #expect(Set(pids).count == pids.count && snapshot.containers.allSatisfy { !$0.pids.isEmpty })
        #expect(snapshot.containers.allSatisfy { $0.initPID == nil || $0.initStartTicks != nil })
    }
}
