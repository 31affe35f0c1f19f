package import LinuxHost

/// The homes of a host's users that can be looked into.
package struct HostHomes: Sendable {
    private static let most = 20_000

    private let users: [UserAccount]
    private let tree: HostTree
    private let mounts: RemoteMounts

    /// - Parameter root: the host's root, which `tree` is of.
    package init(_ users: [UserAccount], _ tree: HostTree, root: String) {
        self.users = users.filter { $0.home.bytes.first == 0x2F }.map { user in
            var user = user
            user.home = tree.merged(user.home)
            return user
        }
        self.tree = tree
        mounts = RemoteMounts(proc: try? ProcFileSystem(), root: root)
    }

    /// Calls `body` once for each home that is there, with the first of its users.
    func forEach(
        _ failures: inout FailureLog, _ body: (UserAccount, inout FailureLog) throws -> Void
    ) throws {
        var seen: Set<RawText> = []
        for user in users where seen.insert(user.home).inserted {
            try Task.checkCancellation()
            guard seen.count <= Self.most else {
                failures.record(
                    HostError(
                        .limitReached, "list", user.home,
                        reason: "more than \(Self.most) homes, of which these were read"))
                return
            }
            if let type = mounts.type(of: user.home) {
                failures.record(
                    HostError(
                        .limitReached, "list", user.home,
                        reason: "it is on a file system (\(type)) that may never answer, and was not looked into"))
                continue
            }
            do throws(HostError) {
                _ = try tree.directory(user.home)
            } catch {
                // Users of the system have homes that nobody made.
                if error.code != .notFound { failures.record(error) }
                continue
            }
            try body(user, &failures)
        }
    }
}
