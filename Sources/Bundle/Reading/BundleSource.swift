internal import Archive
internal import BundleFormat
internal import Cryptography

/// Where the files of a bundle are: in a container, or unpacked in a folder.
enum BundleSource: Sendable {
    case file(ContainerReader, isEncrypted: Bool)
    case folder(FolderRoot)

    /// - Parameter identities: what opens the file if it is encrypted.
    init(path: String, identities: [AgeIdentity]) throws(BundleError) {
        if FileStatus.isFolder(path) {
            self = .folder(try Self.bag(in: try FolderRoot(path: path)))
            return
        }
        let source = try EncryptedFile.source(path: path, identities: identities)
        do {
            self = .file(try ContainerReader(source: source), isEncrypted: source is AgeSource)
        } catch {
            throw BundleError(error)
        }
    }

    /// The folder itself, or the one folder in it: people name either.
    private static func bag(in folder: FolderRoot) throws(BundleError) -> FolderRoot {
        let names = try folder.names(limit: 10_000)
        // One that has lost its declaration is a bundle that lacks a file.
        let isBag = names.contains { entry in
            entry.name.elementsEqual(BundleLayout.bagit.rawValue.utf8)
                || (entry.isFolder && entry.name.elementsEqual("meta".utf8))
        }
        if isBag { return folder }
        if names.count == 1, names[0].isFolder, let name = String(validating: names[0].name, as: UTF8.self) {
            return try folder.folder(name)
        }
        throw BundleError(
            code: .notABundle, doing: "opening", subject: folder.path,
            reason: "it is a folder with neither \(BundleLayout.bagit.rawValue) nor meta/",
            advice: "name a bundle file, or the folder it unpacked to")
    }
}
