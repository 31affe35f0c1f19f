internal import Glibc

/// The layers of a container's overlay, held open.
///
/// Where they are is the word of the host's mount table alone. What is in the upper one the container has written, and may be
/// changing: everything in it is reached one name at a time, without following a link.
public final class OverlayTree: Sendable {
    /// A layer beneath the upper one.
    package struct Layer: Sendable {
        package let path: RawText
        /// Nil where it cannot be opened.
        package let held: HeldDirectory?
    }

    /// Layers that could not be opened, and why.
    public let failures: FailureLog
    /// Whether the overlay's marks can be seen; if not, what was renamed or replaced as a whole, and of which files the data is in
    /// another layer, is not known.
    public var seesMarks: Bool { scheme.isKnown }
    package let upper: HeldDirectory
    /// The topmost first; those with data alone come last.
    package let layers: [Layer]
    /// How many of them are merged.
    package let mergedCount: Int
    let scheme: OverlayMarks.Scheme

    /// Opens the layers of what is mounted at a container's root.
    ///
    /// - Parameters:
    ///   - rootMount: where that is, on the host.
    ///   - root: where the host's root directory is: `/`, or where a node agent's pod sees it.
    ///   - proc: a procfs; of the host, where `root` is not `/`.
    /// - Throws: ``HostError``; with the code ``HostError/Code/unsupported`` where it is no overlay, or has no layer that is written to.
    public init(rootMount: RawText, root: String, proc: ProcFileSystem) throws(HostError) {
        let mount = try Self.find(rootMount, root: root, proc: proc)
        guard let path = mount.upper else {
            throw HostError(
                .unsupported, "read", rootMount,
                reason: "its overlay has no layer that is written to: nothing can have changed")
        }
        var failures = FailureLog()
        let opened = (mount.lowers + mount.dataLayers).map { layer in
            do throws(HostError) {
                return Layer(path: layer, held: try HostPath.directory(layer, root: root, base: mount.base))
            } catch {
                failures.record(error)
                return Layer(path: layer, held: nil)
            }
        }
        upper = try HostPath.directory(path, root: root, base: mount.base)
        layers = opened
        mergedCount = mount.lowers.count
        scheme = mount.usesUserAttributes ? .user : Self.canSeeTrusted(proc) ? .trusted : .unseen
        self.failures = failures
    }

    /// Opens a folder that began empty, as a volume of a pod does: all that is in it was added.
    ///
    /// - Parameters:
    ///   - folder: of the host, whose path only the host can have made; what is in it may be anybody's.
    ///   - root: where the host's root directory is.
    public init(emptyAtFirst folder: RawText, root: String) throws(HostError) {
        upper = try HostPath.directory(folder, root: root)
        layers = []
        mergedCount = 0
        scheme = .none
        failures = FailureLog()
    }

    /// The last mount on a path hides the earlier ones.
    private static func find(
        _ rootMount: RawText, root: String, proc: ProcFileSystem
    ) throws(HostError) -> OverlayMount {
        let table = try MountReader(proc: proc, process: root == "/" ? nil : 1, measuresUsage: false).read()
        guard let mount = table.entries.last(where: { $0.mount.mountPoint == rootMount })?.mount else {
            throw HostError(
                .notFound, "read", rootMount,
                reason: "the host's mount table has nothing there: the container has ended, or its mounts are its own")
        }
        guard let overlay = OverlayMount(mount) else {
            let what =
                mount.type == "fuse.fuse-overlayfs" || mount.type == "fuse"
                ? "fuse-overlayfs, whose layers the kernel does not tell"
                : "\(mount.type), which keeps no layer of its own for what the container writes"
            throw HostError(.unsupported, "read", rootMount, reason: "its root is \(what)")
        }
        guard mount.root == "/" else {
            throw HostError(
                .unsupported, "read", rootMount, reason: "its root is a folder of an overlay that is mounted elsewhere")
        }
        return overlay
    }

    /// `trusted.*` is for CAP_SYS_ADMIN in the first user namespace, and unseen without (xattr(7)).
    private static func canSeeTrusted(_ proc: ProcFileSystem) -> Bool {
        // PROC_USER_INIT_INO of include/linux/proc_ns.h.
        let first: UInt64 = 0xEFFF_FFFD
        guard let process = try? proc.process(getpid()), let folder = try? process.directory("ns"),
            let target = try? folder.link("user"), KernelObjectName.inode(of: target, kind: "user") == first,
            let text = try? proc.contents(of: "\(getpid())/status"), let held = ProcessStatus(text.bytes).effective
        else {
            return false
        }
        let sysAdmin: UInt64 = 21
        return held.mask >> sysAdmin & 1 == 1
    }

    /// Opens a regular file of the upper layer, if it is still the one that was found.
    ///
    /// - Parameter path: as ``OverlayChange/path`` has it.
    public func open(_ path: RawText, expecting identity: FileIdentity) throws(HostError) -> OwnedDescriptor {
        let end = path.bytes.lastIndex(of: UInt8(ascii: "/")) ?? 0
        let folder = try upper.directory(path.bytes[..<end])
        let name = path.bytes[end...].dropFirst().map { CChar(bitPattern: $0) } + [0]
        let file = try PinnedFile(name, in: folder.directory)
        guard file.identity == identity else {
            throw HostError(.replaced, "open", file.path, reason: "another file has taken this name meanwhile")
        }
        return try file.open()
    }
}

extension HostError.Code {
    /// It is there, and not of a kind that can be read this way.
    public static let unsupported = HostError.Code(rawValue: "unsupported")
}
