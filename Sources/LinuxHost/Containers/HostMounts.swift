internal import Glibc

/// The mount points of the host: where runtimes have mounted root file systems.
struct HostMounts: Sendable {
    /// More folders of state are not looked for.
    static let mostFolders = 64
    private static let mostBytes = 64 << 20

    /// Those whose path is text, in the kernel's order.
    let points: [String]
    private let known: Set<RawText>

    /// - Parameter root: where the host's root directory is. At `/` it is this process's, and so are the mounts below it; elsewhere it
    ///   is that of the host's first process, as `/proc/1/root`.
    init(proc: ProcFileSystem, root: String, _ failures: inout FailureLog) {
        var mounts: [Mount] = []
        do throws(HostError) {
            mounts = try Self.mounts(of: root == "/" ? String(getpid()) : "1", proc)
        } catch {
            failures.record(error)
        }
        points = mounts.compactMap { $0.mountPoint.isValidUTF8 ? $0.mountPoint.string : nil }
        known = Set(mounts.map(\.mountPoint))
    }

    private static func mounts(of process: String, _ proc: ProcFileSystem) throws(HostError) -> [Mount] {
        MountTable.parse(try proc.contents(of: process + "/mountinfo", limit: mostBytes).bytes).mounts
    }

    func contains(_ path: RawText) -> Bool { known.contains(path) }

    /// Folders that mount points lie below, after those that are usual.
    ///
    /// - Parameter depth: of a mount point's components, how many are to be taken off its end; nil where it tells nothing.
    func folders(usual: [String], depth: ([Substring]) -> Int?) -> [String] {
        var folders = usual
        for point in points {
            let parts = point.split(separator: "/")
            guard folders.count < Self.mostFolders, let depth = depth(parts) else { continue }
            let folder = "/" + parts.dropLast(depth).joined(separator: "/")
            if !folders.contains(folder) { folders.append(folder) }
        }
        return folders
    }
}
