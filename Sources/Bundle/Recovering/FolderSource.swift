internal import Archive

/// A file below a folder, read from any place.
final class FolderSource: ContainerSource {
    private let file: FolderFile

    init(_ file: consuming FolderFile) {
        self.file = file
    }

    var name: String { file.name }
    var size: UInt64 { file.size }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        try file.read(at: offset, into: buffer)
    }
}
