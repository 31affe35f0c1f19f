internal import Cryptography

/// Hashes that are looked for, each with its indicator.
struct DigestTable: Sendable {
    let sha256: [String: Int]
    let sha1: [String: Int]
    let md5: [String: Int]

    init(_ indicators: [Indicator]) {
        func table(_ kind: Indicator.Kind) -> [String: Int] {
            var table: [String: Int] = [:]
            for (index, indicator) in indicators.enumerated() where indicator.kind == kind {
                table[indicator.value] = index
            }
            return table
        }
        (sha256, sha1, md5) = (table(.sha256), table(.sha1), table(.md5))
    }
}

/// The hashes of a file that anybody looks for, made as it comes.
struct ContentDigests: ~Copyable {
    private let table: DigestTable
    private var sha256: SHA256?
    private var sha1: SHA1?
    private var md5: MD5?

    /// - Parameter hasSHA256: the capture says it, and what is read is compared with it.
    init(_ table: DigestTable, hasSHA256: Bool) {
        self.table = table
        sha256 = table.sha256.isEmpty || hasSHA256 ? nil : SHA256()
        sha1 = table.sha1.isEmpty ? nil : SHA1()
        md5 = table.md5.isEmpty ? nil : MD5()
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sha256?.update(bytes)
        sha1?.update(bytes)
        md5?.update(bytes)
    }

    /// Hands out the indicators that the whole file is, at its end, each with its hash.
    mutating func find(_ body: (Int, String) -> Void) {
        if let hash = sha256.take()?.finalize().hex, let indicator = table.sha256[hash] { body(indicator, hash) }
        if let hash = sha1.take()?.finalizeHex(), let indicator = table.sha1[hash] { body(indicator, hash) }
        if let hash = md5.take()?.finalizeHex(), let indicator = table.md5[hash] { body(indicator, hash) }
    }
}
