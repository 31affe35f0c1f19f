import BundleFormat
import Cryptography
import Testing

@Suite struct TreeTests {
    /// RFC 6962 section 2.1 as it is defined.
    private func recursiveRoot(_ leaves: ArraySlice<SHA256Digest>) -> SHA256Digest {
        if leaves.count == 1, let leaf = leaves.first { return leaf }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        let middle = leaves.startIndex + split
        return TreeHash.node(recursiveRoot(leaves[..<middle]), recursiveRoot(leaves[middle...]))
    }

    @Test func theStreamingRootIsTheDefinedOne() {
        let leaves = (0..<70).map { SHA256.digest(of: [UInt8($0)]) }
        var tree = MerkleAccumulator()
        for (index, leaf) in leaves.enumerated() {
            tree.append(leaf)
            #expect(tree.root == recursiveRoot(leaves[...index]))
        }
        #expect(tree.count == 70)
    }

    @Test func thePiecesContentComesInDoNotMatter() throws {
        let path = try EntryPath("data/a")
        for newline in [UInt8(0), 1, 30, 250] {
            let content = Samples.text(seed: 9, length: 150_000, newline: newline)
            let whole = try Samples.contentDigest(content, path: path, segmentation: .lines)
            for pieces in [1, 1_023, 1_024, 1_025, 65_535, 65_536, 65_537] {
                #expect(try Samples.contentDigest(content, path: path, segmentation: .lines, pieces: pieces) == whole)
            }
        }
    }

    @Test(arguments: [
        (0, 1), (1, 1), (1_023, 1), (1_024, 1), (1_025, 2), (65_536, 64), (65_537, 65),
    ])
    func linesOfOneByteAreCutAtOneKiB(length: Int, segments: UInt64) throws {
        let content = [UInt8](repeating: 0x0A, count: length)
        let digest = try Samples.contentDigest(content, path: try EntryPath("data/a"), segmentation: .lines)
        #expect(digest.segments == segments)
        #expect(digest.size == UInt64(length))
    }

    @Test(arguments: [(65_535, 1), (65_536, 1), (65_537, 2), (131_073, 3)])
    func contentWithoutLinesIsCutAt64KiB(length: Int, segments: UInt64) throws {
        let content = [UInt8](repeating: 0x61, count: length)
        let digest = try Samples.contentDigest(content, path: try EntryPath("data/a"), segmentation: .lines)
        #expect(digest.segments == segments)
    }

    @Test func saltsDoNotDependOnTheOrderTheyAreAskedIn() throws {
        let key = Samples.salts.keys(of: try EntryPath("data/a")).contentKey
        let numbers: [UInt32] = [0, 1, 15, 16, 255, 256, 0x1234_5678, .max, 3, 0]
        var salts = SegmentSalts(contentKey: key)
        for number in numbers {
            var fresh = SegmentSalts(contentKey: key)
            #expect(salts.salt(number) == fresh.salt(number))
        }
    }

    @Test func saltsFileHasOneForm() throws {
        let bytes = Samples.salts.encoded()
        #expect(try SaltTree(decoding: bytes[...]).encoded() == bytes)
        #expect(throws: FormatError.self) { try SaltTree(decoding: bytes.dropLast()) }
        #expect(throws: FormatError.self) { try SaltTree(decoding: (bytes + [0x0A])[...]) }
    }
}
