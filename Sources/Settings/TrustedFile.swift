/// A file that decides whom this program believes, and so must be nobody else's to change.
public struct TrustedFile: Hashable, Sendable {
    public let path: String
    public let bytes: [UInt8]

    /// Reads a regular file of at most `limit` bytes, and refuses it where ``LocalFile/objection`` has something to say.
    public init(path: String, limit: Int) throws(ConfigurationError) {
        let file = try LocalFile(path: path, limit: limit)
        if let objection = file.objection { throw objection }
        self.path = path
        bytes = file.bytes
    }
}
