internal import BundleFormat
package import Collection
internal import LinuxHost

/// Step kind `startup`: what runs by itself, when, and as whom.
package struct HostStartupStep: HostStepKind {
    static let kind = StepKind(
        "startup", scopes: [.host],
        summary:
            "What runs by itself on this host: crontabs of the system and of all users, anacron, at, the folders of cron, init scripts; units of systemd with what they run and when, those of users too, and the links that enable or mask them, by their files: no program is asked. Each with its times, digest and package. Of environments names are kept, and only values such as PATH and LD_PRELOAD.",
        source: .node,
        output: .fixed(["jobs", "units", "unit-links", "failures"].map { "host/startup/\($0).jsonl" }))

    private let root: String

    package init(_: StepDefinition, _ options: HostCapture.Options) {
        root = options.root
    }

    package func run(_ context: AttemptContext) async throws -> Outcome {
        let root = root
        let (tree, index, homes) = try await BlockingReader.run {
            let tree = try HostTree(root: root)
            var unheard = FailureLog()
            let accounts = AccountDatabase(tree, &unheard)
            // Without the lists of a package manager it is not said what is of a package; the step `packages` says why.
            return (tree, try? PackageIndex(root: root), HostHomes(accounts.users, tree, root: root))
        }
        let reader = UnitReader(tree, index: index)
        @Sendable func units(
            _ failures: inout FailureLog, _ body: (UnitReader.Found) throws -> Void
        ) throws {
            for folder in UnitReader.systemFolders {
                try reader.read(folder, isOfUsers: false, &failures, body)
            }
            for folder in UnitReader.userFolders { try reader.read(folder, isOfUsers: true, &failures, body) }
            try homes.forEach(&failures) { user, failures in
                let folder = RawText(user.home.bytes + Array("/.config/systemd/user".utf8))
                try reader.read(folder, isOfUsers: true, &failures, body)
            }
        }
        return try await HostTables(folder: ["host", "startup"]).write(
            [
                HostTables.Table(streaming: "jobs.jsonl") { output, log in
                    try CronReader(tree, index: index).read(&log) { job in
                        try output.append { job.appendJSONLine(to: &$0) }
                    }
                },
                HostTables.Table(streaming: "units.jsonl") { output, log in
                    try units(&log) { found in
                        if case .file(let unit) = found { try output.append { unit.appendJSONLine(to: &$0) } }
                    }
                },
                HostTables.Table(streaming: "unit-links.jsonl") { output, _ in
                    // What could not be read was said of the units.
                    var unheard = FailureLog()
                    try units(&unheard) { found in
                        if case .link(let link) = found { try output.append { link.appendJSONLine(to: &$0) } }
                    }
                },
            ], context)
    }
}
