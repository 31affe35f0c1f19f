/// Changes the bytes of a container on their way into the file, as encryption does. What comes out depends only on what
/// went in before.
public protocol OutputTransform: AnyObject, Sendable {
    /// Takes bytes of the container; gives those of the file that are thereby known. What is held back comes later.
    func transform(_ bytes: [UInt8]) throws(ArchiveError) -> [UInt8]

    /// The rest of the file.
    func finish() throws(ArchiveError) -> [UInt8]

    /// How many bytes more the file has at most when `bytes` more of the container, and what is held back, are in it.
    func room(for bytes: UInt64) -> UInt64

    /// Puts what is held back somewhere else, so that nothing is lost if the process ends now; with `sync`, on disk.
    /// Everything that was given out is in the file by then.
    ///
    /// - Returns: false when there was no room for it.
    func keep(sync: Bool) throws(ArchiveError) -> Bool
}
