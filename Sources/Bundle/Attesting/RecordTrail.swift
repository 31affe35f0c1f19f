internal import BundleFormat
internal import Cryptography

/// All records of a bundle in their order: those that were folded into it, and those beside it, which go on from there
/// (section 10).
struct RecordTrail: Sendable {
    /// One that follows from the first in an unbroken chain.
    struct Item: Sendable {
        var record: AttestationRecord
        /// The line without its LF: what signatures and time stamps are over.
        var line: ArraySlice<UInt8>
        /// It stands in the bundle, not only beside it.
        var isFolded: Bool
    }

    /// The first line that does not hold, and why. Nothing behind it was looked at.
    struct Problem: Sendable {
        /// `records/000003.json`, or the sidecar and its line: `case.tar.attest, line 3`.
        var place: String
        var error: FormatError
    }

    private(set) var items: [Item] = []
    private(set) var problem: Problem?
    /// Bytes at the end of the sidecar that are no record: what an append left that was cut off.
    private(set) var fragmentBytes = 0
    /// The sidecar's last record is whole but for its LF.
    private(set) var lacksLineEnd = false
    /// Lines of the sidecar that hold, those that the bundle has, too, included.
    private(set) var sidecarCount = 0
    /// Records that stand in the bundle.
    private(set) var foldedCount: UInt64 = 0
    private(set) var checker: AttestationChainChecker
    private let name: String
    /// The number that the next line of the sidecar must have.
    private var next: UInt64 = 1

    /// - Parameters:
    ///   - folded: the content of `records/*.json` in the order of the archive.
    ///   - sidecar: nil when there is none.
    ///   - name: of the sidecar, for messages.
    init(seal: SealID, folded: [[UInt8]], sidecar: SidecarContent?, name: String) {
        self.init(checker: AttestationChainChecker(seal: seal), name: name)
        for (index, file) in folded.enumerated() {
            let path = BundleLayout.record(UInt64(index + 1)).rawValue
            guard file.last == 0x0A, file.dropLast().firstIndex(of: 0x0A) == nil else {
                problem = Problem(
                    place: path, error: FormatError(doing: "reading a record", reason: "it is not one line"))
                return
            }
            guard append(file.dropLast(), isFolded: true, place: path) else { return }
            foldedCount += 1
        }
        if let sidecar { add(sidecar) }
    }

    /// Of a sidecar whose bundle cannot be read: where its first record begins is taken as it stands.
    init(sidecar: SidecarContent, seal: SealID, name: String) {
        var checker = AttestationChainChecker(seal: seal)
        if let first = sidecar.lines.first ?? (sidecar.tail.isEmpty ? nil : sidecar.tail),
            let record = try? AttestationRecord(decoding: first)
        {
            checker = AttestationChainChecker(beginning: record)
        }
        self.init(checker: checker, name: name)
        add(sidecar)
    }

    private init(checker: AttestationChainChecker, name: String) {
        self.checker = checker
        self.name = name
    }

    /// The record of a number, if it holds.
    subscript(number: UInt64) -> Item? {
        guard let first = items.first?.record.number, number >= first, number - first < items.count else { return nil }
        return items[Int(number - first)]
    }

    /// The sidecar ends before the bundle's own records do: it was left behind when they were folded in.
    var isStale: Bool {
        problem == nil && sidecarCount > 0 && UInt64(sidecarCount) < foldedCount && next <= foldedCount
    }

    private mutating func add(_ sidecar: SidecarContent) {
        for line in sidecar.lines {
            guard add(line) else { return }
        }
        guard !sidecar.tail.isEmpty else { return }
        // A record ends with the brace that closes it: a part of one is never one.
        var longer = self
        if (try? AttestationRecord(decoding: sidecar.tail)) != nil, longer.add(sidecar.tail) {
            self = longer
            lacksLineEnd = true
        } else {
            fragmentBytes = sidecar.tail.count
        }
    }

    /// A line of the sidecar: it goes on behind the bundle's own records, or begins with all of them.
    private mutating func add(_ line: ArraySlice<UInt8>) -> Bool {
        let place = "\(name), line \(sidecarCount + 1)"
        if sidecarCount == 0 {
            let first = try? AttestationRecord(decoding: line).number
            next = first == 1 ? 1 : checker.count + 1
        }
        if let repeated = self[next], repeated.isFolded {
            guard repeated.line == line else {
                problem = Problem(place: place, error: Self.fork(next, repeated.line, line))
                return false
            }
            next += 1
        } else {
            guard append(line, isFolded: false, place: place) else { return false }
            next = checker.count + 1
        }
        sidecarCount += 1
        return true
    }

    private mutating func append(_ line: ArraySlice<UInt8>, isFolded: Bool, place: String) -> Bool {
        do {
            items.append(Item(record: try checker.append(line), line: line, isFolded: isFolded))
            return true
        } catch {
            problem = Problem(place: place, error: error)
            return false
        }
    }

    private static func fork(
        _ number: UInt64, _ folded: ArraySlice<UInt8>, _ beside: ArraySlice<UInt8>
    ) -> FormatError {
        FormatError(
            code: .brokenChain, doing: "following the records", subject: "record \(number)",
            reason: "there are two: the one in the bundle has the hash \(SHA256.digest(of: folded)), "
                + "the one beside it \(SHA256.digest(of: beside))")
    }
}
