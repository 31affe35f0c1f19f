public import Archive

/// What the end of a bundle's file name says: `.tar.zst`, `.tar.gz` or `.tar`, and `.age` behind it when it is encrypted.
public struct BundleFileName: Hashable, Sendable {
    /// The end of a name of an encrypted file, with its dot.
    public static let encryptedExtension = ".age"

    public var container: Container
    public var isEncrypted: Bool

    public init(container: Container, isEncrypted: Bool) {
        self.container = container
        self.isEncrypted = isEncrypted
    }

    /// Nil when the name does not end like that of a bundle.
    public init?(_ name: String) {
        isEncrypted = name.hasSuffix(Self.encryptedExtension)
        let inner = isEncrypted ? String(name.dropLast(Self.encryptedExtension.count)) : name
        guard let container = Container(fileName: inner) else { return nil }
        self.container = container
    }

    /// All of it, with its first dot: `.tar.zst.age`.
    public var suffix: String { container.fileExtension + (isEncrypted ? Self.encryptedExtension : "") }
}
