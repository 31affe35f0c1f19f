/// Remembers the paths of an archive to keep them unique (format.md, section 2.1), in 16 bytes a path or folder.
///
/// Paths are kept as 128 bits of two SipHashes with a random key of this process, ASCII letters folded. Equal paths
/// always meet; that two different ones do is as likely as a guess of 128 bits, and would only refuse an archive, never
/// admit one.
struct PathRegistry {
    private var files: Set<UInt128> = []
    private var folders: Set<UInt128> = []

    /// Adds a path.
    ///
    /// - Throws: `duplicatePath` or `pathConflict`; nothing is added then that matters.
    mutating func insert(_ path: some Collection<UInt8>) throws(Defect) {
        var low = Hasher(), high = Hasher()
        low.combine(UInt8(1))
        high.combine(UInt8(2))
        for byte in path {
            if byte == UInt8(ascii: "/") {
                let folder = Self.digest(low, high)
                if files.contains(folder) {
                    throw Defect(.pathConflict, "a folder of this path is itself an entry")
                }
                folders.insert(folder)
            }
            let folded = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
            low.combine(folded)
            high.combine(folded)
        }
        let file = Self.digest(low, high)
        if folders.contains(file) { throw Defect(.pathConflict, "this path is a folder of another entry") }
        guard files.insert(file).inserted else {
            throw Defect(.duplicatePath, "another entry has this path, perhaps in other case")
        }
    }

    private static func digest(_ low: Hasher, _ high: Hasher) -> UInt128 {
        UInt128(UInt64(bitPattern: Int64(high.finalize()))) << 64 | UInt128(UInt64(bitPattern: Int64(low.finalize())))
    }
}
