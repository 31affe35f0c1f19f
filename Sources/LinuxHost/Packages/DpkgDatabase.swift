/// The database of dpkg below a host's root.
///
/// Nothing of it proves anything: whoever is root on the host can write it. What it says differs where somebody forgot to.
package struct DpkgDatabase: Sendable {
    package static let folder: RawText = "/var/lib/dpkg"

    package private(set) var packages: [HostPackage] = []
    /// Names of the files in `info` without their ends, as `coreutils` and `libc6:amd64`, of those with a list of files.
    package private(set) var lists: [String] = []
    /// Of those the ones with digests of their files.
    package private(set) var digests: [String] = []
    /// Where files of one package were moved aside for those of another. Source: dpkg-divert(1).
    private var diversions: [RawText: (to: RawText, by: String)] = [:]

    /// More than any host has: 3,000 packages have 8 MB.
    private static let mostBytes = 128 << 20

    /// - Throws: ``HostError``, of the code ``HostError/Code/notFound`` on a host without it.
    package init(_ tree: HostTree, _ failures: inout FailureLog) throws(HostError) {
        let status = try tree.contents(RawText(Self.folder.bytes + Array("/status".utf8)), limit: Self.mostBytes)
        if status.isTruncated {
            failures.record(HostError(.limitReached, "read", status.path, reason: "it is too long, and was cut off"))
        }
        var times: [String: Timestamp] = [:]
        for entry in tree.list(RawText(Self.folder.bytes + Array("/info".utf8)), limit: 200_000, &failures)
        where entry.status.kind == .regular {
            let name = entry.name.string
            if name.hasSuffix(".list") {
                lists.append(String(name.dropLast(5)))
                times[String(name.dropLast(5))] = entry.status.modified
            } else if name.hasSuffix(".md5sums") {
                digests.append(String(name.dropLast(8)))
            }
        }
        readPackages(status.bytes)
        for index in packages.indices {
            let package = packages[index]
            packages[index].installed = times[package.name] ?? times["\(package.name):\(package.architecture)"]
        }
        readDiversions(tree, &failures)
    }

    private mutating func readPackages(_ bytes: [UInt8]) {
        var package: HostPackage?
        var isInFiles = false
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if line.isEmpty {
                if let package { packages.append(package) }
                package = nil
                continue
            }
            if line.first == 0x20 {
                if isInFiles, let file = Self.configurationFile(line) { package?.configurationFiles.append(file) }
                continue
            }
            guard let colon = line.firstIndex(of: 0x3A) else { continue }
            isInFiles = false
            func value() -> String {
                String(decoding: line[(colon + 1)...].drop { $0 == 0x20 }.prefix(1_024), as: UTF8.self)
            }
            switch String(decoding: line[..<colon], as: UTF8.self) {
            case "Package":
                package = HostPackage(name: value(), architecture: "", version: "", status: "")
            case "Architecture": package?.architecture = value()
            case "Version": package?.version = value()
            case "Status": package?.status = value()
            case "Source": package?.source = value()
            case "Installed-Size": package?.installedKiB = UInt64(value())
            case "Conffiles": isInFiles = true
            default: break
            }
        }
        if let package { packages.append(package) }
    }

    /// ` /etc/adduser.conf cc34… obsolete`; the path may have blanks in it.
    private static func configurationFile(_ line: ArraySlice<UInt8>) -> HostPackage.ConfigurationFile? {
        var words = line.dropFirst().split(separator: 0x20, omittingEmptySubsequences: false)
        var isObsolete = false
        while let last = words.last, last.elementsEqual("obsolete".utf8) || last.elementsEqual("remove-on-upgrade".utf8)
        {
            isObsolete = true
            words.removeLast()
        }
        guard words.count >= 2, let digest = words.last, digest.count == 32 else { return nil }
        return HostPackage.ConfigurationFile(
            path: RawText(Array(words.dropLast().joined(separator: [0x20]))),
            md5: String(decoding: digest, as: UTF8.self), isObsolete: isObsolete)
    }

    /// Three lines each: the path, where it was moved to, and for which package.
    private mutating func readDiversions(_ tree: HostTree, _ failures: inout FailureLog) {
        guard let file = tree.read(RawText(Self.folder.bytes + Array("/diversions".utf8)), limit: 8 << 20, &failures)
        else { return }
        let lines = file.lines
        for start in stride(from: 0, to: lines.count - 2, by: 3) {
            diversions[RawText(Array(lines[start]))] = (
                RawText(Array(lines[start + 1])), String(decoding: lines[start + 2], as: UTF8.self)
            )
        }
    }

    /// Where a file of a package is.
    ///
    /// - Parameter base: the package, as a name of ``lists``.
    package func place(of path: RawText, base: String) -> RawText {
        guard let diversion = diversions[path], base.prefix(while: { $0 != ":" }) != diversion.by else { return path }
        return diversion.to
    }

    /// Hands out the lines of a file of `info`; nothing of a line that is too long.
    package static func lines(
        _ base: String, _ end: String, _ tree: HostTree, _ failures: inout FailureLog,
        _ body: (ArraySlice<UInt8>) throws -> Void
    ) rethrows {
        let path = RawText(folder.bytes + Array("/info/\(base)\(end)".utf8))
        guard let file = tree.read(path, limit: 32 << 20, &failures) else { return }
        for line in file.lines where !line.isEmpty { try body(line) }
    }
}
