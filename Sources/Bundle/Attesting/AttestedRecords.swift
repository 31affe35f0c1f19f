public import BundleFormat

/// What is known of the records that were made after the seal (section 10). They never say that the bundle itself was
/// altered; they can only add to who vouches for it and to when it was there.
public struct AttestedRecords: Sendable {
    /// `notChecked` when there are none.
    public internal(set) var answer = Verification.Answer(state: .notChecked)
    /// Those that hold as a chain, in order. What stands behind the first that does not is not among them.
    public internal(set) var records: [AttestationRecord] = []
    /// How many of them stand in the bundle itself.
    public internal(set) var foldedCount: UInt64 = 0
    /// Up to this record somebody vouches whom the anchors believe; 0 for none. What stands behind it may have been
    /// altered, inserted or removed by anyone.
    public internal(set) var coveredTo: UInt64 = 0
    /// Who does: the signatures and time stamps over records that are to be believed, as phrases.
    public internal(set) var coveredBy: [String] = []
    /// Signatures, by the number of the record that each stands in.
    public internal(set) var signatures: [UInt64: JudgedSignature] = [:]
    /// Time stamps, likewise.
    public internal(set) var timestamps: [UInt64: JudgedTimestamp] = [:]
    /// The file beside the bundle; nil when there is none.
    public internal(set) var sidecar: String?
    /// Bytes at its end that are half a record.
    public internal(set) var fragmentBytes = 0

    /// The first record that nothing to be believed covers; nil when all are covered, or there are none.
    public var uncoveredFrom: UInt64? {
        coveredTo < UInt64(records.count) ? coveredTo + 1 : nil
    }

    /// The valid signatures over the seal among them, in order: who attested to it later.
    public var attestors: [JudgedSignature] {
        signatures.sorted { $0.key < $1.key }.map(\.value).filter { $0.isValid && $0.coverage == .seal }
    }
}
