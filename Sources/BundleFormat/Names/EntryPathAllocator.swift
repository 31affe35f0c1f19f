internal import Cryptography

/// Gives each entry of a bundle a path of its own (section 2.1, rule 5). Memory is bounded: it keeps hashes, not paths.
public struct EntryPathAllocator: Sendable {
    /// A path that was given out.
    public struct Allocation: Hashable, Sendable {
        public let path: EntryPath
        /// The names it was made from, one per component, where they differ from the path; the ledger keeps them.
        public let sourceNames: [SourceName]?
    }

    private var taken = PathFingerprints()

    public init() {}

    /// Takes a path as it is. False when it is not free.
    public mutating func reserve(_ path: EntryPath) -> Bool {
        guard taken.conflict(of: path.rawValue) == nil else { return false }
        taken.insert(path.rawValue)
        return true
    }

    /// A unique path for names as the cluster, container or host gave them.
    public mutating func allocate(_ sourceComponents: [[UInt8]], attempt: Int) -> Allocation {
        var path = EntryPath(sourceComponents: sourceComponents)
        // Each turn settles the outermost conflict; a second one can only be further in.
        while let conflict = taken.conflict(of: path.rawValue) {
            path = changed(path, conflict, attempt: attempt)
        }
        taken.insert(path.rawValue)
        let source = sourceComponents.joined(separator: [0x2F])
        let names = path.rawValue.utf8.elementsEqual(source) ? nil : sourceComponents.map(SourceName.init)
        return Allocation(path: path, sourceNames: names)
    }

    private func changed(_ path: EntryPath, _ conflict: PathFingerprints.Conflict, attempt: Int) -> EntryPath {
        var components = path.components.map { Array($0.utf8) }
        let depth =
            switch conflict {
            case .path: components.count - 1
            case .folder(let component): component
            }
        let original = components[depth]
        let prefix = Array(components[...depth].joined(separator: [0x2F]))
        var hashes = "#"
        while true {
            components[depth] = NameEscaping.marked(
                original[...], SHA256.digest(of: prefix + "\(hashes)\(attempt)".utf8))
            let candidate = EntryPath(trusted: components)
            // With the same conflict again, one more `#`; any other is the caller's next turn.
            guard taken.conflict(of: candidate.rawValue) == conflict else { return candidate }
            hashes += "#"
        }
    }
}
