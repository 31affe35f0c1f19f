internal import BundleFormat
package import Collection
internal import LinuxHost

/// Step kind `accounts`: who may log in, how, and who did.
package struct HostAccountsStep: HostStepKind {
    static let kind = StepKind(
        "accounts", scopes: [.host],
        summary:
            "Who may log in to this host, how, and who did: users with the state of their passwords (never a hash), groups, sudo rules, SSH keys of all users with their fingerprints, settings of sshd and PAM, records of logins, and which histories, profiles and SSH files there are (never their content). Names that were typed at the host itself and are no user's are left out of the failed logins, since they may be passwords. Homes on file systems of the network are not looked into.",
        source: .node,
        output: .fixed(
            [
                "users", "groups", "sudo", "keys", "sshd", "pam", "logins", "last-logins", "files", "failures",
            ].map { "host/accounts/\($0).jsonl" }))

    private let root: String

    package init(_: StepDefinition, _ options: HostCapture.Options) {
        root = options.root
    }

    package func run(_ context: AttemptContext) async throws -> Outcome {
        let root = root
        let (tree, accounts, failures) = try await BlockingReader.run {
            let tree = try HostTree(root: root)
            var failures = FailureLog()
            let accounts = AccountDatabase(tree, &failures)
            return (tree, accounts, failures)
        }
        let homes = HostHomes(accounts.users, tree, root: root)
        let known = Set(accounts.users.map(\.name))
        return try await HostTables(folder: ["host", "accounts"]).write(
            [
                HostTables.Table("users.jsonl") { log in
                    log.add(failures)
                    return accounts.users
                },
                HostTables.Table("groups.jsonl") { _ in accounts.groups },
                HostTables.Table("sudo.jsonl") { SudoRule.read(tree, &$0) },
                HostTables.Table("sshd.jsonl") { ServiceSetting.sshServer(tree, &$0) },
                HostTables.Table("pam.jsonl") { ServiceSetting.pam(tree, &$0) },
                HostTables.Table(streaming: "logins.jsonl") { output, log in
                    for path: RawText in [
                        "/run/utmp", "/var/log/wtmp.1", "/var/log/wtmp", "/var/log/btmp.1", "/var/log/btmp",
                    ] {
                        for record in LoginRecord.read(path, known: known, tree, &log) {
                            try output.append { record.appendJSONLine(to: &$0) }
                        }
                    }
                },
                HostTables.Table("last-logins.jsonl") { LastLogin.read(accounts.users, tree, &$0) },
                HostTables.Table(streaming: "keys.jsonl") { output, log in
                    var unheard = FailureLog()
                    let patterns = ServiceSetting.keyFiles(ServiceSetting.sshServer(tree, &unheard))
                    try homes.forEach(&log) { user, log in
                        for key in AuthorizedKey.read(of: user, patterns, tree, &log) {
                            try output.append { key.appendJSONLine(to: &$0) }
                        }
                    }
                },
                HostTables.Table(streaming: "files.jsonl") { output, log in
                    for file in WatchedFile.ofHost(tree, &log) {
                        try output.append { file.appendJSONLine(to: &$0) }
                    }
                    try homes.forEach(&log) { user, log in
                        for file in WatchedFile.ofHome(of: user, tree, &log) {
                            try output.append { file.appendJSONLine(to: &$0) }
                        }
                    }
                },
            ], context)
    }
}
