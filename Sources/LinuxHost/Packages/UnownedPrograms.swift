/// Programs in the folders that shells look into, and that no package has.
package enum UnownedPrograms {
    /// Source: login.defs(5), ENV_PATH and ENV_SUPATH, and where kubelets and network plug-ins are put by hand.
    private static let folders: [RawText] = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/opt/bin", "/opt/cni/bin",
        "/usr/libexec",
    ]
    private static let mostFileBytes: UInt64 = 1 << 30

    /// Hands them out with their digests, those of a folder by name. Links, too, with where they lead; folders are not entered.
    package static func read(
        _ index: PackageIndex, _ tree: HostTree, deadline: ContinuousClock.Instant, _ failures: inout FailureLog,
        _ body: (PackageFile) throws -> Void
    ) throws {
        for folder in folders {
            // A link to a folder that is gone through by its own name.
            guard tree.merged(RawText(folder.bytes + [0x2F, 0x78])).bytes.starts(with: folder.bytes) else { continue }
            for entry in tree.list(folder, limit: 100_000, &failures) {
                guard entry.status.kind == .link || (entry.status.kind == .regular && entry.status.mode & 0o111 != 0),
                    index.package(of: entry.path) == nil
                else { continue }
                try Task.checkCancellation()
                var file = PackageFile(entry.path, .unowned)
                file.status = entry.status
                if entry.status.kind == .regular {
                    if ContinuousClock.now < deadline {
                        file.foundSHA256 = TreeDigest.sha256(entry.path, in: tree, limit: mostFileBytes)
                    }
                    if file.foundSHA256 == nil { file.reason = "no digest: no time, too large, or not readable" }
                }
                try body(file)
            }
        }
    }
}
