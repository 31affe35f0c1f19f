/// Where the files of a foreign capture lie.
protocol ForeignSource: Sendable {
    /// Lists what is in it. What ends the list early is in the listing.
    ///
    /// - Throws: `BundleError` when it cannot be read at all, `CancellationError`.
    func list() async throws -> CaptureListing

    /// Reads files as ``Capture/read(_:)`` does.
    func read(_ listing: CaptureListing, _ visitor: @Sendable (CapturedFile) throws -> (any FileVisitor)?) async throws

    /// Hands out the content of one file, and says why that is not all of it; nil when it is.
    func content(
        of file: CapturedFile, in listing: CaptureListing, _ body: (ArraySlice<UInt8>) throws -> Void
    ) async throws -> String?
}
