internal import BundleFormat
internal import Cryptography

extension Attestor {
    /// Something that a time stamp is wanted over.
    private struct Wanted {
        var over: AttestationRecord.Subject
        var bytes: [UInt8]
    }

    /// Takes time stamps for what `verification` saw: over each signature of the seal in `sig/` that has none, and over
    /// the last record where a later signature of the seal has none.
    ///
    /// - Parameter includingRecords: over the last record in any case: that proves the time of all records so far.
    /// - Returns: nothing added when nothing lacks a time stamp.
    /// - Throws: ``TimestampFailure`` when no service gives one, `CancellationError`, and what ``add(_:signedBy:)`` throws.
    @concurrent
    public func stamp(
        _ verification: Verification, with taker: TimestampTaker, includingRecords: Bool = false
    ) async throws -> Addition {
        let closing = try Self.closing(verification)
        var stamps: [(wanted: Wanted, taken: TakenTimestamp)] = []
        for wanted in wanted(verification, closing, taker, includingRecords) {
            stamps.append((wanted, try await taker.take(over: wanted.bytes)))
        }
        var addition = try await append(.bundle(closing)) { draft in
            for (wanted, taken) in stamps {
                if case .record(let number) = wanted.over, draft.trail[number]?.line.elementsEqual(wanted.bytes) != true
                {
                    throw BundleError(
                        code: .badRecords, doing: Self.doing, subject: sidecar,
                        reason: "record \(number) was changed while its time stamp was taken")
                }
                try draft.stamp(wanted.over, taken)
            }
        }
        addition.stampedAt = stamps.last?.taken.info.seconds
        return addition
    }

    private func wanted(
        _ verification: Verification, _ closing: ClosingFiles, _ taker: TimestampTaker, _ includingRecords: Bool
    ) -> [Wanted] {
        func lacksTime(_ signature: JudgedSignature) -> Bool {
            !signature.timestamps.contains { taker.authorities == nil ? $0.isValid : $0.isTrusted }
        }
        let stamped = verification.records.records.compactMap { record -> AttestationRecord.Subject? in
            guard case .timestamp(let stamp) = record.body,
                let judged = verification.records.timestamps[record.number],
                taker.authorities == nil ? judged.isValid : judged.isTrusted
            else { return nil }
            return stamp.over
        }
        let lacking = Set(verification.signers.filter(lacksTime).map(\.place))
        var wanted = closing.signatures.filter { file in
            lacking.contains(file.path.rawValue) && !stamped.contains(.file(file.path))
        }.map { Wanted(over: .file($0.path), bytes: $0.bytes) }

        guard let last = verification.attestable?.trail.items.last else { return wanted }
        let provedTo = stamped.compactMap(\.recordNumber).max() ?? 0
        let unproved = verification.records.signatures.contains {
            $0.value.isValid && $0.value.coverage == .seal && $0.key > provedTo
        }
        if includingRecords || unproved {
            wanted.append(Wanted(over: .record(last.record.number), bytes: Array(last.line)))
        }
        return wanted
    }
}
