internal import BundleFormat
internal import Cryptography

/// What was found of each entry that has an index line or should, in archive order: about 170 bytes each.
struct EntryTable {
    /// What the segments gave, when they were looked at.
    struct Segments {
        var count: UInt64
        var root: SHA256Digest
    }

    private var names: [UInt8] = []
    private var ends: [Int] = []
    private(set) var sizes: [UInt64] = []
    private(set) var offsets: [UInt64] = []
    /// Nil until it is known; it is then equal to none that a line says.
    private(set) var digests: [SHA256Digest?] = []
    private var segments: [Int: Segments] = [:]
    /// The attempt whose ledger line names the entry; 0 for none.
    var attempts: [Int] = []
    /// Whether the index has a line for it, and whether something was found wrong with it.
    var isListed: [Bool] = []
    var isFlagged: [Bool] = []
    /// By the hash of the path. Two paths with the same hash are kept apart in `others`.
    private var rows: [Int: Int32] = [:]
    private var others: [String: Int] = [:]

    var count: Int { ends.count }

    /// A new row, whose digest is not known yet.
    mutating func append(_ path: EntryPath, size: UInt64, offset: UInt64) {
        let row = count
        let hash = path.rawValue.hashValue
        if rows[hash] == nil, let number = Int32(exactly: row) {
            rows[hash] = number
        } else if self.row(of: path) == nil {
            others[path.rawValue] = row
        }
        names.append(contentsOf: path.rawValue.utf8)
        ends.append(names.count)
        sizes.append(size)
        offsets.append(offset)
        digests.append(nil)
        attempts.append(0)
        isListed.append(false)
        isFlagged.append(false)
    }

    mutating func setDigest(_ digest: SHA256Digest, row: Int) {
        digests[row] = digest
    }

    mutating func setSegments(_ found: Segments, row: Int) {
        segments[row] = found
    }

    func segments(row: Int) -> Segments? { segments[row] }

    func path(_ row: Int) -> String {
        String(decoding: nameBytes(row), as: UTF8.self)
    }

    /// Whether the entry in `row` is `path`.
    func hasPath(_ path: EntryPath, row: Int) -> Bool {
        path.rawValue.utf8.elementsEqual(nameBytes(row))
    }

    func row(of path: EntryPath) -> Int? {
        if let row = rows[path.rawValue.hashValue].map(Int.init), hasPath(path, row: row) { return row }
        return others.isEmpty ? nil : others[path.rawValue]
    }

    private func nameBytes(_ row: Int) -> ArraySlice<UInt8> {
        names[(row == 0 ? 0 : ends[row - 1])..<ends[row]]
    }
}
