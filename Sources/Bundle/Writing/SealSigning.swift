internal import BundleFormat
internal import Cryptography

/// Who signs what in a bundle, and how the seal gets its signatures and time stamps (section 8.2).
struct SealSigning: Sendable {
    /// The operator's, in the order of their numbers; none when the run's key stands alone.
    let signers: [SealSigner]
    /// The run's key, else one that was made for a recovery: signs where nobody else does.
    let ownKey: SSHSigner
    let timestamps: TimestampTaker?
    let skip = SkipSignal()

    /// Signs the opening record: the first of the operator's SSH keys, since that signature is always an SSH one.
    func signOpening(_ record: [UInt8], within patience: Duration?) throws(CryptographyError) -> SSHSignature {
        let keys = signers.compactMap { signer -> SSHSigner? in
            if case .ssh(let key) = signer { key } else { nil }
        }
        return try (keys.first ?? ownKey).sign(record, namespace: SignatureNamespace.opening, within: patience)
    }

    /// What the signatures need in the archive at most, in bytes. Time stamps come on top, where there is room.
    var room: UInt64 {
        signers.reduce(32 << 10) { $0 + UInt64($1.largestSignature) + 1_024 }
    }

    /// A signature on its way into the archive.
    struct Signature {
        var made: MadeSignature
        var sealed: SealedSignature
        var timestamp: TakenTimestamp?

        /// Goes on without its time stamp.
        mutating func drop(_ reason: String) {
            timestamp = nil
            sealed.timestamp = .lacking(reason)
        }
    }

    /// Signs the seal. A signer that fails, or takes longer than there is time for, costs its signature and not the bundle;
    /// when all fail, the own key signs.
    func sign(
        _ seal: [UInt8], at time: Int64, _ patience: SealPatience
    ) throws(CryptographyError) -> (made: [Signature], failed: [FailedSigner]) {
        var made: [Signature] = []
        var failed: [FailedSigner] = []
        func add(_ signer: SealSigner, isOwn: Bool) throws(CryptographyError) {
            let signature = try signer.sign(
                seal, namespace: SignatureNamespace.seal, at: time, within: patience.left)
            let number = made.count + 1
            made.append(
                Signature(
                    made: signature,
                    sealed: SealedSignature(
                        path: BundleLayout.signature(number, .init(signer.kind)).rawValue,
                        kind: signer.kind, fingerprint: signer.fingerprint, name: signer.name, isOwnKey: isOwn)))
        }
        for signer in signers {
            do {
                try add(signer, isOwn: false)
            } catch {
                failed.append(FailedSigner(fingerprint: signer.fingerprint, name: signer.name, reason: "\(error)"))
            }
        }
        if made.isEmpty { try add(.ssh(ownKey), isOwn: true) }
        return (made, failed)
    }

    /// Asks for a time stamp over each, all at once. What is not there in time, or was not to be waited for, is lacking.
    func stamp(_ signatures: inout [Signature], _ patience: SealPatience) async {
        guard let timestamps else { return }
        let bytes = signatures.map(\.made.encoded)
        for index in signatures.indices { signatures[index].sealed.timestamp = .lacking("nobody waited for it") }
        let (skip, left) = (skip, patience.left)
        await withTaskGroup(of: (Int, Result<TakenTimestamp, any Error>)?.self) { group in
            for (index, bytes) in bytes.enumerated() {
                group.addTask {
                    do {
                        return (index, .success(try await timestamps.take(over: bytes, within: left)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            group.addTask {
                await skip.wait()
                return nil
            }
            var missing = bytes.count
            while missing > 0, let answer = await group.next(), let (index, result) = answer {
                missing -= 1
                switch result {
                case .success(let taken):
                    signatures[index].timestamp = taken
                    signatures[index].sealed.timestamp = .taken(
                        at: taken.info.seconds, authority: taken.authority, service: taken.service)
                case .failure(let error): signatures[index].sealed.timestamp = .lacking("\(error)")
                }
            }
            group.cancelAll()
        }
    }
}

extension SealSigner {
    /// In bytes: more than any signature of it has.
    fileprivate var largestSignature: Int {
        switch self {
        case .ssh: 16 << 10
        case .cms(let signer):
            ([signer.certificate] + signer.chain).reduce(16 << 10) { $0 + $1.encoded.count }
        }
    }
}

extension BundleLayout.SignatureFile.Kind {
    init(_ kind: SignatureKind) {
        switch kind {
        case .ssh: self = .ssh
        case .cms: self = .cms
        }
    }
}

extension TakenTimestamp {
    /// Whether a verifier would refuse a file of it.
    var isTooLarge: Bool {
        response.count > FormatLimits.signatureFile || certificates.count > FormatLimits.signatureFile
    }
}
