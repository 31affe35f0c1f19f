internal import BundleFormat
internal import Cryptography

/// Checks checkpoints (section 7.1): signature, chain, and that what they say is found again in index, ledger and
/// custody.
struct CheckpointCheck: ~Copyable {
    /// What must be so after a number of lines.
    private struct Expectation {
        var checkpoint: UInt64
        var lines: UInt64
        var digest: SHA256Digest
        var root: SHA256Digest?
    }

    /// The lines of one file, as checkpoints had them and as they are found.
    private struct Trail: ~Copyable {
        var announced = SHA256()
        var announcedLines: UInt64 = 0
        var expectations: [Expectation] = []
        var found = SHA256()
        var foundLines: UInt64 = 0
        private var next = 0

        mutating func announce(_ lines: ArraySlice<UInt8>, count: UInt64) {
            announced.update(lines)
            announcedLines += count
        }

        mutating func expect(checkpoint: UInt64, root: SHA256Digest?) {
            expectations.append(
                Expectation(
                    checkpoint: checkpoint, lines: announcedLines, digest: announced.digestSoFar(), root: root))
        }

        /// The checkpoints that say otherwise, now that another line was found.
        mutating func find(_ line: ArraySlice<UInt8>, root: () -> SHA256Digest?) -> [UInt64] {
            guard next < expectations.count else { return [] }
            found.update(line)
            found.update(UInt8(0x0A))
            foundLines += 1
            return settle(root)
        }

        mutating func settle(_ root: () -> SHA256Digest?) -> [UInt64] {
            var wrong: [UInt64] = []
            while next < expectations.count, expectations[next].lines <= foundLines {
                let expected = expectations[next]
                let isRight =
                    expected.digest == found.digestSoFar() && (expected.root == nil || expected.root == root())
                if !isRight { wrong.append(expected.checkpoint) }
                next += 1
            }
            return wrong
        }

        /// The first checkpoint that says more lines than there are.
        var unmet: UInt64? { next < expectations.count ? expectations[next].checkpoint : nil }
    }

    enum File: CaseIterable {
        case index, ledger, custody

        var name: String {
            switch self {
            case .index: BundleLayout.index.rawValue
            case .ledger: BundleLayout.ledger.rawValue
            case .custody: BundleLayout.custody.rawValue
            }
        }
    }

    private var index = Trail()
    private var ledger = Trail()
    private var custody = Trail()
    private(set) var count: UInt64 = 0
    private var previous: SHA256Digest = .zero
    /// The last checkpoint, until its signature came.
    private var unsigned: [UInt8]?

    /// Reads a checkpoint; throws what is wrong with it.
    mutating func add(
        _ bytes: [UInt8], number: UInt64, offset: UInt64?, bundle: BundleID?
    ) throws(FormatError) {
        let isSigned = unsigned == nil
        unsigned = bytes
        count += 1
        guard isSigned else { throw wrong("the checkpoint before it has no signature") }
        let file = try CheckpointFile(decoding: bytes)
        let head = file.head
        guard head.number == number, number == count else { throw wrong("its number is not \(count)") }
        guard head.previous == previous else { throw wrong("it does not follow the one before it") }
        previous = file.digest
        guard bundle == nil || head.bundle == bundle else { throw wrong("it belongs to another bundle") }
        guard offset == nil || head.offset == offset else { throw wrong("it does not say where it stands") }
        index.announce(file.index, count: head.indexLines)
        ledger.announce(file.ledger, count: head.ledgerLines)
        custody.announce(file.custody, count: head.custodyLines)
        guard head.root.leaves == index.announcedLines else { throw wrong("its number of leaves is wrong") }
        index.expect(checkpoint: number, root: head.root.root)
        ledger.expect(checkpoint: number, root: nil)
        custody.expect(checkpoint: number, root: nil)
    }

    /// Takes the bytes that the next signature must be over.
    mutating func takeUnsigned() -> [UInt8]? {
        unsigned.take()
    }

    /// Call for each line found in one of the files (for the index: its metadata). Gives the checkpoints that say
    /// otherwise.
    ///
    /// - Parameter root: the Merkle root over the index lines so far.
    mutating func find(_ line: ArraySlice<UInt8>, in file: File, root: () -> SHA256Digest? = { nil }) -> [UInt64] {
        guard count > 0 else { return [] }
        return switch file {
        case .index: index.find(line, root: root)
        case .ledger: ledger.find(line, root: root)
        case .custody: custody.find(line, root: root)
        }
    }

    /// Call before the first line of a file.
    mutating func begin(_ file: File) -> [UInt64] {
        switch file {
        case .index: index.settle { nil }
        case .ledger: ledger.settle { nil }
        case .custody: custody.settle { nil }
        }
    }

    /// The first checkpoint that says more lines than the file has.
    func unmet(_ file: File) -> UInt64? {
        switch file {
        case .index: index.unmet
        case .ledger: ledger.unmet
        case .custody: custody.unmet
        }
    }

    private func wrong(_ reason: String) -> FormatError {
        CheckpointFile.wrong(reason)
    }
}
