/// A file that says something by being there: only its status is read, and for some a digest.
package struct WatchedFile: Hashable, Sendable {
    /// Why it is looked at: `history`, `ssh`, `preload`, `pam`, `login-database` …
    package var reason: String
    package var path: RawText
    /// Whose home it is in.
    package var user: RawText?
    package var status: FileStatus
    package var sha256: String?

    package init(reason: String, path: RawText, user: RawText? = nil, status: FileStatus, sha256: String? = nil) {
        self.reason = reason
        self.path = path
        self.user = user
        self.status = status
        self.sha256 = sha256
    }
}

extension WatchedFile: FieldRecord {
    package static let fieldNames = ["reason", "path", "user"] + FileStatus.fieldNames + ["sha256"]

    package func write(to writer: inout some FieldWriter) {
        writer.field("reason", .text(reason))
        writer.field("path", .raw(path))
        writer.field("user", user.map { .raw($0) })
        status.write(to: &writer)
        writer.field("sha256", sha256.map { .text($0) })
    }
}

extension WatchedFile {
    /// Where shells and clients keep what was typed: never read, since passwords are typed, too.
    private static let histories: [RawText] = [
        ".bash_history", ".zsh_history", ".histfile", ".ash_history", ".sh_history", ".history", ".python_history",
        ".mysql_history", ".psql_history", ".rediscli_history", ".node_repl_history", ".lesshst", ".viminfo",
        ".local/share/fish/fish_history",
    ]
    /// What runs when somebody logs in.
    private static let profiles: [RawText] = [
        ".profile", ".bash_profile", ".bash_login", ".bashrc", ".bash_logout", ".zshrc", ".zprofile", ".zshenv",
        ".ssh/rc", ".ssh/environment", ".config/fish/config.fish",
    ]

    /// Files of a user's home.
    package static func ofHome(
        of user: UserAccount, _ tree: HostTree, _ failures: inout FailureLog
    ) -> [WatchedFile] {
        var files: [WatchedFile] = []
        func look(_ reason: String, _ name: RawText) {
            let path = RawText(user.home.bytes + [0x2F] + name.bytes)
            guard let status = tree.look(path, &failures) else { return }
            files.append(WatchedFile(reason: reason, path: path, user: user.name, status: status))
        }
        for name in histories { look("history", name) }
        for name in profiles { look("profile", name) }
        for entry in tree.list(RawText(user.home.bytes + Array("/.ssh".utf8)), limit: 1_000, &failures) {
            files.append(WatchedFile(reason: "ssh", path: entry.path, user: user.name, status: entry.status))
        }
        return files
    }

    /// Digests are taken of files up to this size.
    private static let mostBytes: UInt64 = 64 << 20

    /// Files of the host itself.
    package static func ofHost(_ tree: HostTree, _ failures: inout FailureLog) -> [WatchedFile] {
        var files: [WatchedFile] = []
        for folder: RawText in ["/etc/pam.d", "/usr/lib/pam.d"] {
            for entry in tree.list(folder, &failures) {
                files.append(
                    WatchedFile(
                        reason: "pam", path: entry.path, status: entry.status,
                        sha256: TreeDigest.sha256(entry.path, in: tree, limit: mostBytes)))
            }
        }
        // Databases of logins that are not decoded: SQLite.
        for path: RawText in ["/var/lib/wtmpdb/wtmp.db", "/var/lib/lastlog/lastlog2.db"] {
            guard let status = tree.look(path, &failures) else { continue }
            files.append(WatchedFile(reason: "login-database", path: path, status: status))
        }
        for path: RawText in [
            "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/sudoers", "/etc/ssh/sshd_config",
            "/etc/nsswitch.conf", "/etc/ld.so.preload",
        ] {
            guard let status = tree.look(path, &failures) else { continue }
            files.append(WatchedFile(reason: "account", path: path, status: status))
        }
        return files + preloaded(tree, &failures)
    }

    /// Libraries that every program loads. Source: ld.so(8), `/etc/ld.so.preload`.
    private static func preloaded(_ tree: HostTree, _ failures: inout FailureLog) -> [WatchedFile] {
        guard let file = tree.read("/etc/ld.so.preload", &failures) else { return [] }
        let names = file.lines.flatMap { line in
            line.prefix { $0 != UInt8(ascii: "#") }.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x3A }
        }
        return names.prefix(1_000).map { name in
            let path = tree.merged(RawText(Array(name)))
            // Of one that is not there the status is that of the file that names it.
            let status = tree.look(path, &failures)
            return WatchedFile(
                reason: status == nil ? "preload-absent" : "preload", path: path, status: status ?? file.status,
                sha256: TreeDigest.sha256(path, in: tree, limit: mostBytes))
        }
    }
}
