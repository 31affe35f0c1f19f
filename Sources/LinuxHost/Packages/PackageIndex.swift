/// Which package a file of the host belongs to, by the package manager's own lists.
///
/// Made once, and asked for each file that somebody wonders about. Paths are kept as hashes of 64 bits with a key drawn for the
/// process, so that a million of them take some 20 MB and nobody can choose two that are the same.
public struct PackageIndex: Sendable {
    private var names: [String] = []
    private var owners: [Int: UInt32] = [:]
    private let merged: @Sendable (RawText) -> RawText
    /// What of the lists could not be read, and why.
    public private(set) var failures = FailureLog()
    /// Paths that it knows.
    public var count: Int { owners.count }

    /// More than any host has.
    private static let mostPaths = 8_000_000

    /// Reads the lists of the host with this root.
    ///
    /// - Throws: ``HostError``, of the code ``HostError/Code/notFound`` where there is no package manager whose lists are read: that
    /// of dpkg is.
    public init(root: String) throws(HostError) {
        let tree = try HostTree(root: root)
        var failures = FailureLog()
        self.init(try DpkgDatabase(tree, &failures), tree)
        self.failures.add(failures)
    }

    package init(_ database: DpkgDatabase, _ tree: HostTree) {
        merged = { tree.merged($0) }
        for base in database.lists {
            let number = UInt32(names.count)
            names.append(base)
            DpkgDatabase.lines(base, ".list", tree, &failures) { line in
                guard owners.count < Self.mostPaths else { return }
                let key = Self.key(tree.merged(database.place(of: RawText(Array(line)), base: base)))
                // Folders are in the lists of many packages; of a file there is one.
                if owners[key] == nil { owners[key] = number }
            }
        }
        if owners.count == Self.mostPaths {
            failures.record(
                HostError(
                    .limitReached, "read", DpkgDatabase.folder, reason: "more than \(Self.mostPaths) files of packages")
            )
        }
    }

    /// The package that a file belongs to, as `coreutils` or `libc6:amd64`; nil for one that is of none.
    ///
    /// - Parameter path: from the host's root, without links in it but those of a merged `/usr`.
    public func package(of path: RawText) -> String? {
        owners[Self.key(merged(path))].map { names[Int($0)] }
    }

    private static func key(_ path: RawText) -> Int {
        var hasher = Hasher()
        hasher.combine(path)
        return hasher.finalize()
    }
}
