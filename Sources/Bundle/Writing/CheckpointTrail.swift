internal import BundleFormat
internal import Cryptography

/// What the next checkpoint will have to say.
struct CheckpointTrail: Sendable {
    /// Lines since the last checkpoint.
    struct Lines: Sendable {
        private(set) var bytes: [UInt8] = []
        private(set) var count: UInt64 = 0

        mutating func append(_ line: [UInt8]) {
            bytes += line
            count += 1
        }
    }

    /// So many bytes of lines make a checkpoint due, so that they do not pile up in memory.
    private static let largeLines = 2 << 20

    let bundle: BundleID
    /// The metadata of entries, a line each.
    var index = Lines()
    var ledger = Lines()
    var custody = Lines()
    /// Those that have begun and not ended, by number.
    var attempts: [Int: OpenAttempt] = [:]
    /// Spool files that the last checkpoint may name and the next one will not.
    var retired: [String] = []
    /// Of the last checkpoint.
    private(set) var number: UInt64 = 0
    private var previous: SHA256Digest = .zero
    private var offset: UInt64 = 0
    private var time: ContinuousClock.Instant = .now

    init(bundle: BundleID) {
        self.bundle = bundle
    }

    /// Whether it is time for one.
    func isDue(position: UInt64, options: BundleWriter.Options) -> Bool {
        position - offset >= options.checkpointBytes || ContinuousClock.now - time >= interval(options)
            || index.bytes.count + ledger.bytes.count + custody.bytes.count >= Self.largeLines
    }

    private func interval(_ options: BundleWriter.Options) -> Duration {
        let doublings = min(max(number, 1) - 1, 30)
        return min(options.checkpointInterval, options.firstCheckpointInterval * (1 << Int(doublings)))
    }

    /// An attempt has ended with this ledger line.
    mutating func end(_ attempt: Int, _ line: [UInt8]) {
        attempts[attempt] = nil
        ledger.append(line)
    }

    /// The next checkpoint, with the lines it takes along.
    func next(root: MerkleRoot, spools: [Checkpoint.Spool], offset: UInt64, clock: BundleClock) -> [UInt8] {
        let head = Checkpoint(
            number: number + 1, bundle: bundle, previous: previous, offset: offset, root: root, time: clock.wall,
            monotonic: clock.monotonic, spools: spools,
            attempts: attempts.values.sorted { $0.attempt < $1.attempt }, indexLines: index.count,
            ledgerLines: ledger.count, custodyLines: custody.count)
        return head.encoded() + index.bytes + ledger.bytes + custody.bytes
    }

    /// Call when `checkpoint` was written.
    ///
    /// - Parameter isKept: false when it may be lost still.
    mutating func advance(past checkpoint: [UInt8], lines: CheckpointTrail, position: UInt64, isKept: Bool) {
        number += 1
        previous = SHA256.digest(of: checkpoint)
        offset = position
        time = .now
        index.remove(lines.index)
        ledger.remove(lines.ledger)
        custody.remove(lines.custody)
        if isKept { retired.removeFirst(lines.retired.count) }
    }
}

extension CheckpointTrail.Lines {
    /// Takes away what stands at the front, which others may have added to meanwhile.
    fileprivate mutating func remove(_ front: CheckpointTrail.Lines) {
        bytes.removeFirst(front.bytes.count)
        count -= front.count
    }
}
