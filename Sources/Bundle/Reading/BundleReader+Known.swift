package import Archive
package import BundleFormat

extension BundleReader {
    /// As ``ContainerReader/settled(for:)`` of the bundle's file; nil for a folder, too, and for a file that is encrypted, or whose tail
    /// is damaged.
    package func settled(for nanoseconds: Int64 = FileFingerprint.settling) -> FileFingerprint? {
        guard hasLocator, case .file(let container, _) = source else { return nil }
        return container.settled(for: nanoseconds)
    }

    /// Whether the bundle's file is this one, and was not changed since.
    package func isStill(_ file: FileFingerprint) -> Bool {
        guard case .file(let container, _) = source else { return false }
        return container.isStill(file)
    }

    /// As ``content(of:_:)``, without its digest where that was compared before.
    ///
    /// - Parameter file: in which it was compared; nil: it is compared now.
    /// - Throws: `damaged` when the bundle's file is not that one at the end.
    package func content(
        of line: IndexLine, knownIn file: FileFingerprint?, _ body: (ArraySlice<UInt8>) throws -> Void
    ) async throws {
        guard let file else { return try await content(of: line, body) }
        try await pieces(of: line, body)
        try demand(file)
    }

    /// - Throws: `damaged` when the bundle's file is not this one any more.
    package func demand(_ file: FileFingerprint) throws {
        guard isStill(file) else {
            throw BundleError(
                code: .damaged, doing: "reading a bundle", subject: path,
                reason: "its file was changed, renamed, or given other rights while it was read",
                advice: "run it again: all of it is then compared with its hashes")
        }
    }
}
