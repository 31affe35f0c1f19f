internal import Archive
internal import BundleFormat
internal import Cryptography

/// `NAME.partial.d/` that a killed writer left (section 7.2). Nothing in it is followed, changed or believed: only the
/// hashes of a checkpoint say what is right.
struct PartialFolder {
    /// Files that are counted as lost at most.
    private static let mostFiles = 1 << 16
    /// The file with the key of the run is not larger, in bytes.
    private static let mostKeyBytes = UInt64(AgeHeader.maximumSize + (64 << 10))

    private let path: String
    /// Nil when there is none that can be entered.
    private let root: FolderRoot?
    private let reason: String
    /// What opens its files; nil when they are not encrypted.
    private(set) var identities: [AgeIdentity]?

    /// - Parameters:
    ///   - partial: the path of `NAME.partial`.
    ///   - identities: what opens that; nil when it is not encrypted, and the files of the folder therefore neither.
    init(of partial: String, identities: [AgeIdentity]?) {
        path = partial + ".d"
        self.identities = identities
        do {
            let (parent, name) = try FolderRoot.parent(of: path)
            root = try parent.folder(name)
            reason = ""
        } catch {
            root = nil
            reason = error.reason
        }
        guard let identities else { return }
        // Its files are to the key of the run, and to nobody else.
        self.identities =
            decrypted(SpoolFolder.identity, limit: Self.mostKeyBytes, identities)
            .flatMap { try? AgeIdentity.parseFile($0) } ?? []
    }

    /// The file of a spool, if its first bytes are those that the checkpoint names.
    ///
    /// - Throws: why not.
    func file(of spool: Checkpoint.Spool) async throws(BundleError) -> any ContainerSource {
        let file = try open(String(spool.spool))
        guard file.size >= spool.length else {
            throw lost(file.name, "it has only \(file.size) of \(spool.length) bytes")
        }
        var hasher = SHA256()
        do {
            try await StoredContent(file: file, bytes: spool.length, memory: []).pieces { hasher.update($0) }
        } catch {
            throw BundleError(wrapping: error, doing: "reading a spool", subject: file.name)
        }
        guard hasher.finalize() == spool.sha256 else {
            throw lost(file.name, "its first \(spool.length) bytes are not those of the checkpoint")
        }
        return file
    }

    /// Hands out the custody lines behind those that were checked, for as long as the chain holds. Nobody signed them.
    ///
    /// - Returns: the checker behind the last line. A file that is not there or not right has no such lines.
    func custody(
        behind checker: CustodyChainChecker, _ body: (ArraySlice<UInt8>, CustodyLine) -> Void
    ) async -> CustodyChainChecker {
        guard let file = try? open("custody") else { return checker }
        var known = CustodyChainChecker(), last = checker
        var splitter = LineSplitter(limit: FormatLimits.custodyLine)
        var size = 0
        // Whatever stops it: the lines up to there stand.
        try? await StoredContent(file).pieces { piece in
            try splitter.push(piece) { bytes in
                guard known.count == checker.count else {
                    _ = try known.append(bytes)
                    guard known.count < checker.count || known.last == checker.last else { throw Stop() }
                    return
                }
                var next = last
                let line = try next.append(bytes)
                size += bytes.count
                guard line.action != .recovered, size <= FormatLimits.checkpoint else { throw Stop() }
                last = next
                body(bytes, line)
            }
        }
        return last
    }

    /// How large the spools are that the checkpoint does not name.
    func sizes(besides named: Set<UInt64>) -> [UInt64] {
        guard let root, let names = try? root.names(limit: Self.mostFiles) else { return [] }
        return names.compactMap { entry in
            guard let name = String(validating: entry.name, as: UTF8.self), let number = UInt64(name),
                String(number) == name, !named.contains(number), let file = try? open(name)
            else { return nil }
            return file.size
        }
    }

    private struct Stop: Error {}

    private func open(_ name: String) throws(BundleError) -> any ContainerSource {
        guard let root else { throw lost(path, reason) }
        let file = FolderSource(try root.file([name[...]]))
        guard let identities else { return file }
        guard !identities.isEmpty else { throw lost(path, "\(SpoolFolder.identity) is not there, or not right") }
        return try AgeRemains(file, tail: tail(of: name), identities: identities)
    }

    /// What the file has in no chunk of age; nil if there is no right one.
    func tail(of name: String) -> AgeTail? {
        decrypted(name + SpoolFolder.tailSuffix, limit: AgeTail.mostFileBytes, identities ?? [])
            .flatMap { AgeTail(decoding: $0) }.flatMap { $0.name == name ? $0 : nil }
    }

    private func decrypted(_ name: String, limit: UInt64, _ identities: [AgeIdentity]) -> [UInt8]? {
        guard let file = try? root?.file([name[...]]), file.size <= limit else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(file.size))
        let count = try? bytes.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
        guard count == bytes.count else { return nil }
        return try? AgeDecryptor.decrypt(bytes, identities: identities)
    }

    private func lost(_ name: String, _ reason: String) -> BundleError {
        BundleError(code: .wrongContent, doing: "reading a spool", subject: name, reason: reason)
    }
}
