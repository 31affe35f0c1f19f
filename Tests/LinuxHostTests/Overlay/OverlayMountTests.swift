import LinuxHost
import Testing

/// What a line of the host's mount table says of an overlay.
struct OverlayMountTests {
    private static func read(_ options: String, point: String = "/run/c/rootfs", type: String = "overlay") throws
        -> OverlayMount?
    {
        let line = "610 606 0:66 / \(point) rw,relatime - \(type) overlay \(options)\n"
        let table = MountTable.parse(Array(line.utf8))
        return OverlayMount(try #require(table.mounts.first))
    }

    @Test
    func layersInOrder() throws {
        let mount = try #require(
            try Self.read("rw,lowerdir=/s/3/fs:/s/2/fs:/s/1/fs,upperdir=/s/4/fs,workdir=/s/4/work,uuid=on"))
        #expect(mount.lowers == ["/s/3/fs", "/s/2/fs", "/s/1/fs"])
        #expect(mount.upper == "/s/4/fs" && mount.dataLayers == [] && !mount.usesUserAttributes)
        #expect(mount.mountPoint == "/run/c/rootfs")
    }

    /// The kernel wrote this line for `upperdir=u\:x\\y` (seen with Linux 6.18).
    @Test
    func escapesOfTheKernelAndOfTheOverlay() throws {
        let mount = try #require(
            try Self.read(
                #"rw,lowerdir=/l\134:a\040b:/l\0542:/l\134\134n,upperdir=/u\134:x\134\134y,workdir=/w"#))
        #expect(mount.lowers == ["/l:a b", "/l,2", #"/l\n"#])
        #expect(mount.upper == #"/u:x\y"#)
    }

    @Test
    func aCommaInAPathIsNotTheEndOfAnOption() throws {
        let mount = try #require(try Self.read(#"rw,lowerdir=/l\054upperdir=/etc,upperdir=/u,workdir=/w"#))
        #expect(mount.lowers == ["/l,upperdir=/etc"] && mount.upper == "/u")
    }

    @Test
    func layersOneByOneAndLayersOfData() throws {
        let mount = try #require(try Self.read("rw,lowerdir+=/a:b,lowerdir+=/c,datadir+=/d,upperdir=/u,userxattr"))
        #expect(mount.lowers == ["/a:b", "/c"] && mount.dataLayers == ["/d"] && mount.usesUserAttributes)
        let other = try #require(try Self.read("ro,lowerdir=/a:/b::/c::/d"))
        #expect(other.lowers == ["/a", "/b"] && other.dataLayers == ["/c", "/d"] && other.upper == nil)
    }

    @Test(arguments: ["ext4", "fuse.fuse-overlayfs", "tmpfs"])
    func othersAreNone(_ type: String) throws {
        #expect(try Self.read("rw,lowerdir=/a,upperdir=/b", type: type) == nil)
    }

    /// Neither a lone backslash at the end nor an empty option ends the program, or makes a layer.
    @Test(arguments: ["rw,lowerdir=", #"rw,lowerdir=\134"#, "rw,lowerdir=::,upperdir", "rw,,,=,lowerdir=:a", ""])
    func oddOptions(_ options: String) throws {
        let mount = try #require(try Self.read(options))
        #expect(mount.upper == nil && !mount.lowers.contains(""))
    }
}

/// The attribute `security.capability`.
struct FileCapabilityTests {
    @Test
    func secondRevision() throws {
        // `setcap cap_net_raw,cap_bpf=ep`: cap_bpf is 39, in the second word.
        let raw: [UInt8] = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]
        let capability = try #require(FileCapability(RawText(raw)))
        #expect(capability.permitted.names == ["CAP_NET_RAW", "CAP_BPF"] && capability.inheritable.names == [])
        #expect(capability.isEffective && capability.rootID == nil && capability.raw.bytes == raw)
    }

    @Test
    func thirdRevisionHasAUser() throws {
        let raw: [UInt8] = [0, 0, 0, 3, 0, 0x04, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xA0, 0x86, 1, 0]
        let capability = try #require(FileCapability(RawText(raw)))
        #expect(capability.permitted.names == ["CAP_NET_BIND_SERVICE"] && capability.inheritable.names == ["CAP_CHOWN"])
        #expect(!capability.isEffective && capability.rootID == 100_000)
    }

    @Test(
        arguments: [[], [1], [1, 0, 0, 2], Array(repeating: 2, count: 19), Array(repeating: 3, count: 4_096)]
            as [[UInt8]])
    func anythingElseIsNone(_ raw: [UInt8]) {
        #expect(FileCapability(RawText(raw)) == nil)
    }
}
