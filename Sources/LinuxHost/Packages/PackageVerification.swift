internal import Cryptography

/// Compares files of packages with the digests that came with them: programs, what starts them, PAM's modules, and configuration.
///
/// Manuals and the like are left out; libraries are looked at last.
package struct PackageVerification: Sendable {
    /// What was done, as one record.
    package struct Summary: Hashable, Sendable {
        package var packages = 0
        /// Packages without digests of their files.
        package var withoutDigests = 0
        package var verified: UInt64 = 0
        package var bytes: UInt64 = 0
        package var changed: UInt64 = 0
        /// Files that were to be looked at, and for which time or bytes were not enough.
        package var omitted: UInt64 = 0
        /// Why, if they were not.
        package var stop: String?
        package init() {}
    }

    /// Longer ones are not read.
    private static let mostFileBytes: UInt64 = 1 << 30

    private let database: DpkgDatabase
    private let tree: HostTree
    private let deadline: ContinuousClock.Instant
    private let mostBytes: UInt64
    private let withLibraries: Bool

    /// - Parameters:
    ///   - deadline: when it stops; what was found is kept.
    ///   - mostBytes: how much it reads of files.
    ///   - withLibraries: whether libraries are looked at, too.
    package init(
        _ database: DpkgDatabase, _ tree: HostTree, deadline: ContinuousClock.Instant, mostBytes: UInt64,
        withLibraries: Bool
    ) {
        self.database = database
        self.tree = tree
        self.deadline = deadline
        self.mostBytes = mostBytes
        self.withLibraries = withLibraries
    }

    /// Hands out each file that is not as it came.
    package func run(
        _ failures: inout FailureLog, _ body: (PackageFile) throws -> Void
    ) throws -> Summary {
        var summary = Summary()
        summary.packages = database.packages.count
        summary.withoutDigests = database.lists.count - database.digests.count
        for package in database.packages where package.status.hasSuffix(" installed") {
            for file in package.configurationFiles where !file.isObsolete && file.md5.utf8.allSatisfy({ $0 != 0x6E }) {
                try check(file.path, file.md5, package.name, isConfiguration: true, &summary, body)
            }
        }
        var unheard = FailureLog()
        for rank in withLibraries ? [Rank.program, .library] : [.program] {
            for base in database.digests {
                try Task.checkCancellation()
                // The lists are gone through once for each rank; what could not be read is said once.
                func digest(_ line: ArraySlice<UInt8>) throws {
                    guard line.count > 34, line[line.startIndex + 32] == 0x20 else { return }
                    let path = RawText([0x2F] + line.dropFirst(34))
                    guard Self.rank(path.bytes) == rank else { return }
                    let place = database.place(of: path, base: base)
                    try check(
                        place, String(decoding: line.prefix(32), as: UTF8.self), base, isConfiguration: false, &summary,
                        body)
                }
                if rank == .program {
                    try DpkgDatabase.lines(base, ".md5sums", tree, &failures, digest)
                } else {
                    try DpkgDatabase.lines(base, ".md5sums", tree, &unheard, digest)
                }
            }
        }
        return summary
    }

    private enum Rank { case program, library, other }

    private static let programs = [
        "/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/libexec/", "/usr/games/", "/usr/local/", "/etc/",
        "/lib/systemd/", "/usr/lib/systemd/", "/lib/udev/", "/usr/lib/udev/", "/boot/", "/usr/lib/openssh/",
        "/usr/lib/sudo/", "/usr/lib/cni/", "/opt/",
    ].map { Array($0.utf8) }
    private static let libraries = ["/lib/", "/usr/lib/", "/lib64/", "/usr/lib64/"].map { Array($0.utf8) }

    private static func rank(_ path: [UInt8]) -> Rank {
        if programs.contains(where: { path.starts(with: $0) }) { return .program }
        guard libraries.contains(where: { path.starts(with: $0) }) else { return .other }
        // Modules of PAM decide who gets in.
        let text = String(decoding: path, as: UTF8.self)
        if text.contains("/security/pam_") { return .program }
        return text.contains(".so") || text.contains(".ko") ? .library : .other
    }

    private func check(
        _ path: RawText, _ expected: String, _ package: String, isConfiguration: Bool, _ summary: inout Summary,
        _ body: (PackageFile) throws -> Void
    ) throws {
        if summary.stop == nil {
            if ContinuousClock.now >= deadline {
                summary.stop = "its time was up"
            } else if summary.bytes >= mostBytes {
                summary.stop = "\(mostBytes) bytes were read"
            }
        }
        guard summary.stop == nil else {
            summary.omitted += 1
            return
        }
        let path = tree.merged(path)
        summary.verified += 1
        guard var file = look(path, expected, &summary) else { return }
        summary.changed += 1
        file.package = package
        file.isConfiguration = isConfiguration
        file.expectedMD5 = expected
        try body(file)
    }

    /// What is wrong with a file; nil where nothing is.
    private func look(_ path: RawText, _ expected: String, _ summary: inout Summary) -> PackageFile? {
        do throws(HostError) {
            let file = try tree.open(path)
            let status = FileStatus(try file.status())
            guard var md5 = MD5() else {
                throw HostError(.system, "digest", path, reason: "OpenSSL has no MD5 here, as in its FIPS mode")
            }
            summary.bytes += status.size
            guard try TreeDigest.read(file, limit: Self.mostFileBytes, path, { md5.update($0) }) else {
                var unread = PackageFile(path, .unread)
                unread.status = status
                return unread
            }
            let found = md5.finalizeHex()
            guard found != expected else { return nil }
            var changed = PackageFile(path, .changed)
            changed.status = status
            changed.foundMD5 = found
            changed.foundSHA256 = TreeDigest.sha256(path, in: tree, limit: Self.mostFileBytes)
            return changed
        } catch {
            let state: PackageFile.State =
                switch error.code {
                case .notFound: .missing
                case .unexpectedType: .replaced
                default: .unreadable
                }
            var file = PackageFile(path, state)
            file.status = try? tree.status(path)
            file.reason = state == .missing ? nil : error.reason
            return file
        }
    }
}

extension PackageVerification.Summary: FieldRecord {
    package static let fieldNames = [
        "packages", "without_digests", "verified_files", "bytes", "differing_files", "omitted_files", "stop",
    ]

    package func write(to writer: inout some FieldWriter) {
        writer.field("packages", .number(packages))
        writer.field("without_digests", .number(withoutDigests))
        writer.field("verified_files", .unsigned(verified))
        writer.field("bytes", .unsigned(bytes))
        writer.field("differing_files", .unsigned(changed))
        writer.field("omitted_files", .unsigned(omitted))
        writer.field("stop", stop.map { .text($0) })
    }
}
