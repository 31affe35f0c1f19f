internal import Glibc

/// Where a directory of the merged tree is in the layers below: in one of them, or not known.
struct LowerPlace: Sendable {
    var layer: Int
    /// From the layer's root, without a slash at its beginning.
    var path: [UInt8]
    /// A layer that cannot be looked into: what is below it does not tell what was there.
    var isUnknown = false
}

/// What the layers below have at a path.
struct LowerAnswer {
    /// The topmost, which the container saw before it changed anything.
    var original: PinnedFile?
    var place: LowerPlace?
    /// Where its data is, if it is a regular file.
    var data: PinnedFile?
    /// The directories that were merged there, the topmost first.
    var directories: [LowerPlace] = []
    /// Where there is no original: whether it could be somewhere that cannot be looked into.
    var isUnknown = false
}

/// Looks for what was below, as the kernel does (fs/overlayfs/namei.c, `ovl_lookup`).
struct LowerLookup {
    let tree: OverlayTree
    var failures = FailureLog()
    /// Of each layer the folder that was looked into last, nil where there is none: most questions are about the names of one.
    private var folders: [Int: (path: ArraySlice<UInt8>, held: Result<HeldDirectory, HostError>)] = [:]

    init(_ tree: OverlayTree) {
        self.tree = tree
    }

    /// The merged root.
    var root: [LowerPlace] {
        (0..<tree.mergedCount).map { LowerPlace(layer: $0, path: [], isUnknown: tree.layers[$0].held == nil) }
    }

    func marks(of file: PinnedFile) throws(HostError) -> OverlayMarks {
        OverlayMarks(try file.attributes(), tree.scheme)
    }

    /// A device 0/0 says that the name is not there (overlayfs.rst, "whiteouts and opaque directories").
    static func isWhiteout(_ file: PinnedFile) -> Bool {
        file.kind == .characterDevice && file.status.st_rdev == 0
    }

    /// Looks for a name of a directory.
    ///
    /// - Parameters:
    ///   - directories: where that directory is below.
    ///   - marks: of what stands there above.
    mutating func find(
        _ name: [UInt8], in directories: [LowerPlace], below marks: OverlayMarks? = nil
    ) -> LowerAnswer {
        var answer = LowerAnswer()
        var places = marks.map { self.places(name, directories, $0, after: -1) } ?? Self.places(name, directories)
        while let place = places.first {
            places.removeFirst()
            guard !place.isUnknown, let file = open(place, &answer) else {
                if place.isUnknown || answer.isUnknown {
                    answer.isUnknown = true
                    // What was there before is what it is; what lies beneath it in a directory is not known.
                    if answer.original?.kind == .directory { answer.directories.append(Self.unknown) }
                    return answer
                }
                continue
            }
            if Self.isWhiteout(file) { return answer }
            let isDirectory = file.kind == .directory
            if let original = answer.original, (original.kind == .directory) != isDirectory { return answer }
            if answer.original == nil { (answer.original, answer.place) = (file, place) }
            let marks: OverlayMarks
            do throws(HostError) {
                marks = try self.marks(of: file)
            } catch {
                failures.record(error)
                answer.isUnknown = true
                return answer
            }
            if isDirectory {
                answer.directories.append(place)
                if marks.isOpaque { return answer }
            } else {
                guard file.kind == .regular, marks.isMetacopy else {
                    if file.kind == .regular { answer.data = file }
                    return answer
                }
            }
            if marks.redirect != nil {
                let folders = directories.filter { $0.layer > place.layer }
                places = self.places(name, folders, marks, after: place.layer)
            }
        }
        return answer
    }

    /// What was opened before cannot be seen any more, or never could.
    private static let unknown = LowerPlace(layer: .max, path: [], isUnknown: true)

    /// Where to look, by the redirect of what was found above.
    ///
    /// - Parameter layer: the one that the redirect stands in: it counts for those below.
    private func places(
        _ name: [UInt8], _ directories: [LowerPlace], _ marks: OverlayMarks, after layer: Int
    ) -> [LowerPlace] {
        guard let redirect = marks.redirect else { return Self.places(name, directories) }
        guard redirect.bytes.first == UInt8(ascii: "/") else { return Self.places(redirect.bytes, directories) }
        let path = Array(redirect.bytes.dropFirst())
        let end = marks.isMetacopy ? tree.layers.count : tree.mergedCount
        return (layer + 1..<max(layer + 1, end)).map {
            LowerPlace(layer: $0, path: path, isUnknown: tree.layers[$0].held == nil)
        }
    }

    private static func places(_ name: [UInt8], _ directories: [LowerPlace]) -> [LowerPlace] {
        directories.map { directory in
            var place = directory
            if !place.path.isEmpty { place.path.append(UInt8(ascii: "/")) }
            place.path += name
            return place
        }
    }

    private mutating func open(_ place: LowerPlace, _ answer: inout LowerAnswer) -> PinnedFile? {
        guard let held = tree.layers[place.layer].held else { return nil }
        do throws(HostError) {
            let end = place.path.lastIndex(of: UInt8(ascii: "/")) ?? 0
            let folder = try self.folder(place.path[..<end], of: place.layer, held).get()
            let name = place.path[end...].drop { $0 == UInt8(ascii: "/") }.map { CChar(bitPattern: $0) } + [0]
            return try PinnedFile(name, in: folder.directory)
        } catch {
            // Nothing there, or a file or link in place of a folder, where the kernel stops likewise.
            if error.code != .notFound, error.code != .unexpectedType {
                failures.record(error)
                answer.isUnknown = true
            }
            return nil
        }
    }

    private mutating func folder(
        _ path: ArraySlice<UInt8>, of layer: Int, _ held: HeldDirectory
    ) -> Result<HeldDirectory, HostError> {
        if let folder = folders[layer], folder.path == path { return folder.held }
        let opened = Result { () throws(HostError) in try held.directory(path) }
        folders[layer] = (path, opened)
        return opened
    }

    /// Opens a directory of a layer.
    func directory(_ place: LowerPlace) throws(HostError) -> HeldDirectory? {
        guard !place.isUnknown, tree.layers.indices.contains(place.layer) else { return nil }
        return try tree.layers[place.layer].held?.directory(place.path[...])
    }
}
