internal import BundleFormat
package import Collection
internal import LinuxHost
internal import Synchronization

/// Step kind `packages`: what is installed, and what of it is not as it came.
package struct HostPackagesStep: HostStepKind {
    static let kind = StepKind(
        "packages", scopes: [.host],
        summary:
            "The packages of this host by its package manager's own database (dpkg's; of others it is said that they are not read), and what differs from it: configuration, programs, units and PAM modules with another content than they came with, or missing, and programs in the folders of PATH that no package has. The database and its digests (MD5) are on the same host: they show what was changed, not that nothing was.",
        source: .node,
        options: [
            StepOption(
                "libraries", .flag, summary: "Also libraries and kernel modules, which are many times as much to read.")
        ],
        output: .fixed(
            ["packages", "files", "unowned", "verification", "failures"].map { "host/packages/\($0).jsonl" }))

    /// What is read of files at most.
    private static let mostBytes: UInt64 = 16 << 30

    private let root: String
    private let withLibraries: Bool

    package init(_ step: StepDefinition, _ options: HostCapture.Options) {
        root = options.root
        withLibraries = step.flag("libraries")
    }

    package func run(_ context: AttemptContext) async throws -> Outcome {
        let root = root
        let tree = try await BlockingReader.run { try HostTree(root: root) }
        let database: DpkgDatabase
        let failures: FailureLog
        do {
            (database, failures) = try await BlockingReader.run {
                var failures = FailureLog()
                return (try DpkgDatabase(tree, &failures), failures)
            }
        } catch let error as HostError where error.code == .notFound {
            return await Self.another(tree)
        }
        let end = ContinuousClock.now + context.limits.ownEnd
        // What is of no package is found fast; the other half of the time is for comparing.
        let middle = ContinuousClock.now + context.limits.ownEnd / 2
        let verification = PackageVerification(
            database, tree, deadline: end, mostBytes: Self.mostBytes, withLibraries: withLibraries)
        let summary = SummaryKeeper()
        let outcome = try await HostTables(folder: ["host", "packages"]).write(
            [
                HostTables.Table("packages.jsonl") { log in
                    log.add(failures)
                    return database.packages
                },
                HostTables.Table(streaming: "unowned.jsonl") { output, log in
                    let index = PackageIndex(database, tree)
                    log.add(index.failures)
                    try UnownedPrograms.read(index, tree, deadline: middle, &log) { file in
                        try output.append { file.appendJSONLine(to: &$0) }
                    }
                },
                HostTables.Table(streaming: "files.jsonl") { output, log in
                    let done = try verification.run(&log) { file in
                        try output.append { file.appendJSONLine(to: &$0) }
                    }
                    summary.keep(done)
                },
                HostTables.Table("verification.jsonl") { _ in [summary.value] },
            ], context)
        guard outcome.state == .ok, let stop = summary.value.stop else { return outcome }
        return .partial(
            "Stopped", "\(summary.value.omitted) files were not compared, for \(stop) after \(summary.value.verified)")
    }

    private static func another(_ tree: HostTree) async -> Outcome {
        let managers: [(name: String, folders: [RawText], next: String)] = [
            ("rpm", ["/var/lib/rpm", "/usr/lib/sysimage/rpm"], "rpm --verify --all"),
            ("apk", ["/lib/apk/db", "/usr/lib/apk/db"], "apk audit --system"),
            ("pacman", ["/var/lib/pacman"], "pacman -Qkk"),
        ]
        for manager in managers where manager.folders.contains(where: { tree.hasDirectory($0) }) {
            return .missing(
                "NotRead",
                "this host's packages are \(manager.name)'s, whose database is not read: run \(manager.next) on it")
        }
        return .missing("NoPackages", "there is no database of a package manager that is known: dpkg, rpm, apk, pacman")
    }
}

/// Carries the summary from one table to the next; they are read one after the other.
private final class SummaryKeeper: Sendable {
    private let kept = Mutex(PackageVerification.Summary())
    var value: PackageVerification.Summary { kept.withLock { $0 } }

    func keep(_ summary: PackageVerification.Summary) { kept.withLock { $0 = summary } }
}
