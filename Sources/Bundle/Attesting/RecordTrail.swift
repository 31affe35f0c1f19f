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
        /// It stands in the bundle, not beside it.
        var isFolded: Bool
    }

    /// What the first line that does not hold is, and why it does not. Nothing behind it was looked at.
    struct Problem: Sendable {
        /// `records/000003.json`, or the sidecar and its line: `case.tar.attest, line 3`.
        var place: String
        var error: FormatError
    }

    private(set) var items: [Item] = []
    private(set) var problem: Problem?
    /// Bytes at the end of the sidecar that are half a record: what an append left that was cut off.
    private(set) var tornBytes = 0
    /// The sidecar's last record is whole but for its LF.
    private(set) var lacksLineEnd = false
    /// Records of the sidecar, those that the bundle has, too, included.
    private(set) var sidecarCount = 0
    /// Records that stand in the bundle.
    private(set) var foldedCount: UInt64 = 0
    private(set) var checker: AttestationChainChecker
    /// The number that the next line must have.
    private var next: UInt64 = 1

    /// - Parameters:
    ///   - folded: the content of `records/*.json` in the order of the archive.
    ///   - sidecar: nil when there is none.
    ///   - name: of the sidecar, for messages.
    init(seal: SealID, folded: [[UInt8]], sidecar: SidecarContent?, name: String) {
        checker = AttestationChainChecker(seal: seal)
        for (index, file) in folded.enumerated() {
            let path = BundleLayout.record(UInt64(index + 1)).rawValue
            guard file.last == 0x0A, file.dropLast().firstIndex(of: 0x0A) == nil else {
                problem = Problem(
                    place: path, error: FormatError(doing: "reading a record", reason: "it is not one line"))
                return
            }
            guard append(file.dropLast(), isFolded: true, place: path) else { return }
        }
        foldedCount = checker.count
        guard let sidecar else { return }
        for line in sidecar.lines {
            guard add(line, name) else { return }
        }
        guard !sidecar.tail.isEmpty else { return }
        // A record ends with the brace that closes it: a part of one is never one.
        if (try? AttestationRecord(decoding: sidecar.tail)) != nil {
            lacksLineEnd = add(sidecar.tail, name)
        } else {
            tornBytes = sidecar.tail.count
        }
    }

    /// The records that a signature or time stamp over record `number` is about.
    subscript(number: UInt64) -> Item? {
        number >= 1 && number <= items.count ? items[Int(number - 1)] : nil
    }

    /// A line of the sidecar. The first may be one that the bundle has, too: then it is repeated from there on.
    private mutating func add(_ line: ArraySlice<UInt8>, _ name: String) -> Bool {
        let place = "\(name), line \(sidecarCount + 1)"
        if sidecarCount == 0, let first = try? AttestationRecord(decoding: line), first.seal == checker.seal {
            guard first.number <= foldedCount + 1 else {
                return fail(
                    place, first.number, "the sidecar begins with it, and those between it and the \(foldedCount) in the bundle are missing")
            }
            next = first.number
        }
        guard let repeated = self[next], repeated.isFolded else {
            guard append(line, isFolded: false, place: place) else { return false }
            sidecarCount += 1
            return true
        }
        guard repeated.line == line else {
            return fail(place, next, "the record of this number in the bundle is another")
        }
        next += 1
        sidecarCount += 1
        return true
    }

    private mutating func append(_ line: ArraySlice<UInt8>, isFolded: Bool, place: String) -> Bool {
        do {
            let record = try checker.append(line)
            items.append(Item(record: record, line: line, isFolded: isFolded))
            next = checker.count + 1
            return true
        } catch {
            problem = Problem(place: place, error: error)
            return false
        }
    }

    private mutating func fail(_ place: String, _ number: UInt64, _ reason: String) -> Bool {
        problem = Problem(
            place: place,
            error: FormatError(
                code: .brokenChain, doing: "following the records", subject: "record \(number)", reason: reason))
        return false
    }
}
