public import BundleFormat
public import Cryptography

/// Adds records of what happened to a bundle after its seal (section 10). The bundle's file is never changed.
public struct Attestor: Sendable {
    /// What was added.
    public struct Addition: Sendable {
        public internal(set) var records: [AttestationRecord]
        public let seal: SealID
        /// Where they are now.
        public let sidecar: String
        /// The time that a time stamp over the last of them proves, in seconds since 1970; nil when none was taken.
        public internal(set) var stampedAt: Int64?
        /// Why there is no time stamp though one was asked for: what each service did.
        public internal(set) var lackingTimestamp: TimestampFailure?
        /// Half a record that an earlier append left there was moved to this file; nil when there was none.
        public internal(set) var fragment: String?
    }

    /// A file, or the folder it was unpacked to.
    public let bundle: String
    public let sidecar: String
    /// Who makes the records: a claim, unless they are signed.
    public let by: String
    /// How long to wait for somebody else who is adding to the same records.
    public var patience: Duration = .seconds(60)
    /// What opens the bundle if it is encrypted.
    public var identities: [AgeIdentity] = []

    static let doing = "recording what happened to the bundle"

    /// - Parameter sidecar: nil for `<bundle>.attest`.
    public init(bundle: String, sidecar: String? = nil, by: String) {
        self.bundle = bundle
        self.sidecar = sidecar ?? Sidecar.defaultPath(for: bundle)
        self.by = by
    }

    /// Adds a record about the bundle as it is, which is read for its Seal ID and the records in it, and not verified.
    ///
    /// - Parameters:
    ///   - seal: what the Seal ID must be; nil for any.
    ///   - signers: who sign the record, and thereby all before it, each in a record of its own.
    ///   - taker: for a time stamp over the last of these records.
    /// - Throws: ``BundleError``: `badRecords` when the records that are there do not hold, `inUse`, `noSpace`, `writeFailed`,
    ///   `tooLarge`, and what reading a bundle throws; `CryptographyError` when signing fails. Nothing was added then.
    @concurrent
    public func add(
        _ body: AttestationRecord.Body, expecting seal: SealID? = nil, signedBy signers: [SealSigner] = [],
        stampedBy taker: TimestampTaker? = nil
    ) async throws -> Addition {
        let closing = try await ClosingFiles(of: try await BundleReader(path: bundle, identities: identities))
        guard seal == nil || seal == closing.sealID else {
            throw BundleError(
                code: .badRecords, doing: Self.doing, subject: bundle, reason: "it has another seal, \(closing.sealID)")
        }
        return try await append(.bundle(closing), taker) { try $0.add(body, signedBy: signers) }
    }

    /// Adds a record without reading the bundle: of one that is encrypted, or far away.
    ///
    /// - Parameter seal: nil takes that of the records that are there.
    @concurrent
    public func add(
        _ body: AttestationRecord.Body, seal: SealID?, signedBy signers: [SealSigner] = [],
        stampedBy taker: TimestampTaker? = nil
    ) async throws -> Addition {
        try await append(.seal(seal), taker) { try $0.add(body, signedBy: signers) }
    }

    /// Signs the seal that `verification` saw: each signer in a record of their own.
    ///
    /// - Parameter taker: for a time stamp over the last of these records, which proves the time of all of them.
    /// - Throws: `notABundle` when it saw none.
    @concurrent
    public func sign(
        _ verification: Verification, by signers: [SealSigner], stampedBy taker: TimestampTaker? = nil
    ) async throws -> Addition {
        let closing = try Self.closing(verification)
        return try await append(.bundle(closing), taker) { draft in
            for signer in signers { try draft.sign(closing.seal, .seal, by: signer) }
        }
    }

    static func closing(_ verification: Verification) throws(BundleError) -> ClosingFiles {
        guard let closing = verification.attestable?.closing else {
            throw BundleError(
                code: .notABundle, doing: doing, reason: "it has no seal", advice: "verify the bundle")
        }
        return closing
    }

    // MARK: Appending

    /// What is known of the bundle that the records are about.
    enum Basis: Sendable {
        case bundle(ClosingFiles)
        /// No more than this, or what the records say that are there.
        case seal(SealID?)
    }

    /// Locks the sidecar, lets `make` draft records, and appends them in one write.
    ///
    /// A time stamp that cannot be had costs nothing else: what was drafted is added without it.
    func append(
        _ basis: Basis, _ taker: TimestampTaker? = nil, _ make: (inout Draft) throws -> Void
    ) async throws -> Addition {
        let open = try await OpenSidecar.open(sidecar, patience: patience)
        let trail = try trail(basis, open.content)
        try check(trail)
        var draft = Draft(trail: trail, by: by)
        try make(&draft)
        var addition = Addition(records: draft.records, seal: trail.checker.seal, sidecar: sidecar, fragment: nil)
        guard let last = draft.lines.last else { return addition }
        do {
            if let taken = try await taker?.take(over: Array(last.dropLast())) {
                try draft.stamp(.record(draft.count), taken)
                addition.stampedAt = taken.info.seconds
            }
        } catch let failure as TimestampFailure {
            addition.lackingTimestamp = failure
        }
        addition.records = draft.records
        addition.fragment = try open.append(draft.lines, after: trail)
        return addition
    }

    private func trail(_ basis: Basis, _ content: SidecarContent) throws(BundleError) -> RecordTrail {
        switch basis {
        case .bundle(let closing):
            return RecordTrail(seal: closing.sealID, folded: closing.records, sidecar: content, name: sidecar)
        case .seal(let given):
            let found = content.lines.first.flatMap { try? AttestationRecord(decoding: $0) }?.seal
            guard let seal = given ?? found else {
                throw BundleError(
                    code: .readFailed, doing: Self.doing, subject: bundle, reason: "its Seal ID is not known",
                    advice: "give it with --seal SEALID, as in the ticket")
            }
            guard found == nil || found == seal else {
                throw BundleError(
                    code: .badRecords, doing: Self.doing, subject: sidecar,
                    reason: "the records there are about another seal, \(found ?? seal)")
            }
            return RecordTrail(sidecar: content, seal: seal, name: sidecar)
        }
    }

    private func check(_ trail: RecordTrail) throws(BundleError) {
        if let problem = trail.problem {
            let place = problem.error.subject.isEmpty ? "" : " (\(problem.error.subject))"
            throw BundleError(
                code: .badRecords, doing: Self.doing, subject: problem.place,
                reason: "the records there do not hold\(place): \(problem.error.reason)",
                advice: "nothing is added behind it; keep a copy, and look at it with `exhibit verify`")
        }
        if trail.isStale {
            throw BundleError(
                code: .badRecords, doing: Self.doing, subject: sidecar,
                reason: "it is older than the bundle, which has all of its records and more",
                advice: "move it away: new records then continue those in the bundle")
        }
    }

    /// Records that are about to be added.
    struct Draft {
        let trail: RecordTrail
        private let by: String
        private var chain: AttestationChain
        private(set) var lines: [[UInt8]] = []
        private(set) var records: [AttestationRecord] = []

        fileprivate init(trail: RecordTrail, by: String) {
            self.trail = trail
            self.by = by
            chain = AttestationChain(following: trail.checker)
        }

        /// The number of the last record.
        var count: UInt64 { chain.count }

        mutating func add(_ body: AttestationRecord.Body, signedBy signers: [SealSigner]) throws {
            let line = try add(body)
            let number = chain.count
            for signer in signers { try sign(Array(line.dropLast()), .record(number), by: signer) }
        }

        mutating func stamp(_ over: AttestationRecord.Subject, _ taken: TakenTimestamp) throws {
            try add(
                .timestamp(
                    .init(over: over, token: taken.response, certificates: try Self.certificates(of: taken))))
        }

        /// What the time stamp itself does not hold.
        private static func certificates(of taken: TakenTimestamp) throws -> String? {
            let kept = try CertificateBundle(pem: taken.certificates)
            let inside = try TimestampResponse(parsing: taken.response).token.certificates
            let isInside = kept.revocationLists.isEmpty && kept.certificates.allSatisfy(inside.contains)
            return isInside ? nil : String(decoding: taken.certificates, as: UTF8.self)
        }

        /// The line, with its LF.
        @discardableResult
        mutating func add(_ body: AttestationRecord.Body) throws -> [UInt8] {
            do {
                let line = try chain.append(
                    body, by: by, time: BundleClock(origin: 0).wall, nonce: try SecureRandom.bytes(16))
                records.append(try AttestationRecord(decoding: line.dropLast()))
                lines.append(line)
                return line
            } catch let error as FormatError {
                throw BundleError(error)
            }
        }

        mutating func sign(
            _ message: [UInt8], _ coverage: SignatureEvidence.Coverage, by signer: SealSigner
        ) throws {
            let made = try signer.sign(
                coverage.signedBytes(message, signer.kind), namespace: coverage.namespace,
                at: BundleClock.now)
            let over: AttestationRecord.Subject =
                switch coverage {
                case .seal: .seal
                case .record(let number): .record(number)
                }
            let form: AttestationRecord.SignatureForm = made.kind == .ssh ? .ssh : .cms
            try add(.signature(.init(form: form, over: over, data: made.encoded)))
        }
    }
}
