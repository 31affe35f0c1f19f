internal import BundleFormat
internal import Cryptography

/// The files of `sig/` as they come: their numbers, kinds and order (section 8.2). What is in them is judged later.
struct SealSignatures {
    private struct Signature {
        var number: Int
        var path: String
        var kind: SignatureKind
        var bytes: [UInt8]
        var timestamp: (path: String, bytes: [UInt8])?
        var certificates: [UInt8]?
    }

    private var signatures: [Signature] = []
    private(set) var findings: [Finding] = []
    private(set) var isEmpty = true

    mutating func add(_ bytes: [UInt8], path: String, _ file: BundleLayout.SignatureFile) {
        isEmpty = false
        guard file.number <= FormatLimits.signatures else {
            // Said once: there may be very many.
            if findings.last?.code != .signature || !findings.contains(where: { $0.says == Self.tooMany }) {
                findings.append(Finding(.signature, path: path, says: Self.tooMany))
            }
            return
        }
        switch file.kind {
        case .ssh, .cms:
            guard file.number == (signatures.last?.number ?? 0) + 1 else {
                return refuse(path, "signatures are numbered from 1, without gaps, one for each number, in order")
            }
            signatures.append(
                Signature(number: file.number, path: path, kind: file.kind == .ssh ? .ssh : .cms, bytes: bytes))
        case .timeStamp:
            guard let last = signatures.indices.last, signatures[last].number == file.number,
                signatures[last].timestamp == nil
            else { return refuse(path, "it does not stand behind its signature") }
            signatures[last].timestamp = (path, bytes)
        case .authority:
            guard let last = signatures.indices.last, signatures[last].number == file.number,
                signatures[last].timestamp != nil, signatures[last].certificates == nil
            else { return refuse(path, "it does not stand behind its time stamp") }
            signatures[last].certificates = bytes
        }
    }

    /// What is to be judged.
    ///
    /// - Parameters:
    ///   - message: `seal.sha256`.
    ///   - claimedTime: when it was sealed, as whoever sealed it says, in seconds since 1970.
    func evidence(over message: [UInt8], claimedTime: Int64) -> [SignatureEvidence] {
        signatures.map { signature in
            SignatureEvidence(
                place: signature.path, kind: signature.kind, coverage: .seal, message: message,
                encoded: signature.bytes, claimedTime: claimedTime,
                timestamps: signature.timestamp.map {
                    [.init(place: $0.path, response: $0.bytes, certificates: signature.certificates)]
                } ?? [])
        }
    }

    private static let tooMany = "a bundle has at most \(FormatLimits.signatures) signatures made at the seal"

    private mutating func refuse(_ path: String, _ reason: String) {
        findings.append(Finding(.signature, path: path, says: reason))
    }
}
