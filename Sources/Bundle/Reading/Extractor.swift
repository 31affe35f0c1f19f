internal import Archive
public import BundleFormat

/// Unpacks entries of a bundle into a new folder, beneath its descriptor: nothing is followed, nothing replaced.
public struct Extractor: Sendable {
    /// What became of it.
    public struct Report: Hashable, Sendable {
        /// Something that was not extracted.
        public struct Rejected: Hashable, Sendable {
            public let path: EntryPath
            public let reason: String
        }

        public var files = 0
        public var bytes: UInt64 = 0
        /// Entries whose content was not what the index says, or that could not be written. Nothing is left of them.
        public var rejected: [Rejected] = []
    }

    private let reader: BundleReader

    public init(_ reader: BundleReader) {
        self.reader = reader
    }

    /// Extracts the entries that `chosen` accepts, whose index lines it holds in memory, into the folder `destination`,
    /// which is made (mode 0700) and must not exist.
    ///
    /// - Throws: `exists`, `noSpace`, and whatever keeps the index from being read. One entry that fails does not
    ///   stop the others.
    public func extract(
        into destination: String, where chosen: (IndexLine) -> Bool = { _ in true }
    ) async throws -> Report {
        let folder = try Self.createRoot(destination)
        var wanted: [IndexLine] = []
        var report = Report()
        try await reader.entries { if chosen($0) { wanted.append($0) } }
        for line in wanted { try await extract(line, into: folder, &report) }
        return report
    }

    private func extract(_ line: IndexLine, into folder: FolderRoot, _ report: inout Report) async throws {
        do {
            var file = try folder.create(line.path.components)
            do {
                try await reader.content(of: line) { piece in
                    try piece.withUnsafeBytes { try file.write($0) }
                }
                try file.close()
            } catch {
                // What is not what the index says must not be taken for it.
                folder.remove(line.path.components)
                throw error
            }
            report.files += 1
            report.bytes += line.size
        } catch {
            let failure = BundleError(wrapping: error, doing: "extracting", subject: line.path.rawValue)
            if failure.code == .noSpace { throw failure }
            report.rejected.append(Report.Rejected(path: line.path, reason: failure.reason))
        }
    }

    private static func createRoot(_ path: String) throws(BundleError) -> FolderRoot {
        var components = path.split(separator: "/", omittingEmptySubsequences: true)
        guard let name = components.popLast(), name != ".", name != ".." else {
            throw BundleError(
                code: .exists, doing: "extracting", subject: path, reason: "name a folder that does not exist yet")
        }
        let parent = (path.hasPrefix("/") ? "/" : "") + components.joined(separator: "/")
        do {
            return try FolderRoot(path: parent.isEmpty ? "." : parent).createFolder(String(name))
        } catch {
            throw BundleError(
                code: error.code == .readFailed || error.code == .noSuchEntry ? .writeFailed : error.code,
                doing: "making the folder to extract to", subject: path, reason: error.reason,
                advice: "name a new folder in a folder that exists and that you can write to")
        }
    }
}
