public import BundleFormat
public import Cryptography

/// Judges the records of a bundle alone: the bundle is read from its seal on, and not verified.
public struct RecordsVerifier: Sendable {
    private let bundle: String
    private let closing: ClosingFiles
    private let judge: TrustJudge

    /// - Parameter identities: what opens the bundle if it is encrypted.
    /// - Throws: ``BundleError`` when the bundle cannot be read, or has no seal.
    public init(bundle: String, anchors: Anchors, identities: [AgeIdentity] = []) async throws {
        self.bundle = bundle
        closing = try await ClosingFiles(of: try await BundleReader(path: bundle, identities: identities))
        judge = TrustJudge(anchors: anchors, now: BundleClock.now)
    }

    public var sealID: SealID { closing.sealID }

    /// What is to be said of them.
    ///
    /// - Throws: ``BundleError`` when the file of records cannot be read.
    public func examine(_ source: RecordsSource = .beside) throws -> AttestedRecords {
        let (trail, sidecar) = try trail(source)
        return RecordExamination(trail, closing: closing, judge: judge, sidecar: sidecar).result
    }

    /// What stock tools need to check a signature or a time stamp.
    public struct Material: Sendable {
        public let record: AttestationRecord
        /// The line of the record, without its LF.
        public let line: [UInt8]
        /// Exactly what was signed or stamped; nil when the record is neither, or what it is over is not there.
        public let message: [UInt8]?
    }

    /// The records that hold as a chain, with what they are over.
    public func material(_ source: RecordsSource = .beside) throws -> [Material] {
        let (trail, _) = try trail(source)
        return trail.items.map { item in
            Material(record: item.record, line: Array(item.line), message: message(item.record.body, trail))
        }
    }

    private func message(_ body: AttestationRecord.Body, _ trail: RecordTrail) -> [UInt8]? {
        switch body {
        case .signature(let signature):
            guard let coverage = SignatureEvidence.Coverage(signature.over) else { return nil }
            return closing.bytes(of: signature.over, trail).map {
                coverage.signedBytes($0, signature.form == .ssh ? .ssh : .cms)
            }
        case .timestamp(let stamp): return closing.bytes(of: stamp.over, trail)
        case .custody, .note, .dismissal, .unknown: return nil
        }
    }

    private func trail(_ source: RecordsSource) throws(BundleError) -> (RecordTrail, String?) {
        let sidecar = try source.content(for: bundle)
        let trail = RecordTrail(
            seal: closing.sealID, folded: closing.records, sidecar: sidecar?.content, name: sidecar?.path ?? "")
        return (trail, sidecar?.path)
    }
}
