internal import BundleFormat
internal import Cryptography

/// Finds out what records are worth: whether the signatures and time stamps in them are right, by whom, and how far what
/// is to be believed covers the chain.
struct RecordExamination {
    private let trail: RecordTrail
    private let judge: TrustJudge
    private let closing: ClosingFiles
    private(set) var result = AttestedRecords()
    /// Valid time stamps over signatures of `sig/`, by the path of the signature.
    private(set) var stampsOfFiles: [String: [SignatureEvidence.Timestamp]] = [:]
    /// Time stamps over records that are to be believed: over which, and when.
    private var proofs: [(number: UInt64, seconds: Int64)] = []

    /// - Parameter sidecar: the path, when there is such a file.
    init(_ trail: RecordTrail, closing: ClosingFiles, judge: TrustJudge, sidecar: String?) {
        self.trail = trail
        self.judge = judge
        self.closing = closing
        result.sidecar = sidecar
        result.records = trail.items.map(\.record)
        result.foldedCount = trail.foldedCount
        result.fragmentBytes = trail.fragmentBytes
        if !trail.items.isEmpty || sidecar != nil { result.answer.state = .passed }
        if trail.items.isEmpty, trail.problem == nil { result.answer.state = .notChecked }
        examineStamps()
        examineSignatures()
        report()
    }

    // MARK: Time stamps

    private mutating func examineStamps() {
        for item in trail.items {
            guard case .timestamp(let body) = item.record.body else { continue }
            let number = item.record.number
            let stamp = SignatureEvidence.Timestamp(
                place: Self.place(number), response: body.token, certificates: body.certificates.map { Array($0.utf8) })
            guard let message = closing.bytes(of: body.over, trail) else {
                fail(.timestamp, number, "it is over \(Self.name(body.over)), which is not there")
                continue
            }
            let judged = judge.judge(stamp, over: message)
            result.timestamps[number] = judged
            guard judged.isValid else {
                fail(.timestamp, number, judged.fault ?? "")
                continue
            }
            switch body.over {
            case .record(let over):
                guard judged.isTrusted, let info = judged.info else { continue }
                proofs.append((over, info.seconds))
                cover(over, "a time stamp of \(Timestamp.text(seconds: info.seconds))")
            case .file(let path):
                // One by nobody known must not stand in the way of another that is believed.
                if judged.isTrusted || judge.anchors.timestampAuthorities == nil {
                    stampsOfFiles[path.rawValue, default: []].append(stamp)
                }
            case .seal: break
            }
        }
    }

    // MARK: Signatures

    private mutating func examineSignatures() {
        for item in trail.items {
            guard case .signature(let body) = item.record.body else { continue }
            let number = item.record.number
            guard let message = closing.bytes(of: body.over, trail),
                let coverage = SignatureEvidence.Coverage(body.over)
            else { continue }
            let kind: SignatureKind = body.form == .ssh ? .ssh : .cms
            let judged = judge.judge(
                SignatureEvidence(
                    place: Self.place(number), kind: kind, coverage: coverage,
                    message: coverage.signedBytes(message, kind), encoded: body.data,
                    claimedTime: item.record.time / 1_000_000_000, provedBy: proof(of: number)))
            result.signatures[number] = judged
            guard judged.isValid else {
                fail(.signature, number, judged.fault ?? "", actual: judged.fingerprint)
                continue
            }
            if case .record(let over) = coverage, judged.isTrusted || judge.accepts(judged) {
                cover(over, "the signature of \(judged.signer ?? judged.fingerprint)")
            }
        }
    }

    /// The earliest time stamp to be believed over the record that a signature stands in, or a later one: each record
    /// holds the hash of the one before.
    private func proof(of number: UInt64) -> Int64? {
        proofs.lazy.filter { $0.number >= number }.map(\.seconds).min()
    }

    // MARK: The answer

    private mutating func cover(_ number: UInt64, _ who: String) {
        result.coveredTo = max(result.coveredTo, number)
        let phrase = "\(who), up to record \(number)"
        if !result.coveredBy.contains(phrase) { result.coveredBy.append(phrase) }
    }

    private mutating func fail(_ code: Finding.Code, _ number: UInt64, _ says: String, actual: String = "") {
        add(Finding(code, path: Self.place(number), says: says, actual: actual.isEmpty ? nil : actual))
    }

    private mutating func add(_ finding: Finding) {
        result.answer.add(finding)
    }

    private mutating func report() {
        if let problem = trail.problem {
            let place = problem.error.subject.isEmpty ? "" : " (\(problem.error.subject))"
            add(
                Finding(
                    .record, path: problem.place,
                    says: "\(problem.error.doing)\(place): \(problem.error.reason); nothing behind it was looked at"))
        }
        if trail.fragmentBytes > 0 {
            add(
                Finding(
                    .record, .notice, path: result.sidecar ?? "",
                    says:
                        "its last \(trail.fragmentBytes) bytes are half a record, as an append that was cut off leaves "
                        + "it: they were passed over"))
        }
        if trail.lacksLineEnd {
            add(Finding(.record, .notice, path: result.sidecar ?? "", says: "its last record has no line end"))
        }
        if trail.isStale {
            add(
                Finding(
                    .record, .notice, path: result.sidecar ?? "",
                    says: "it is older than the bundle, which has all of its records and more"))
        }
        for case .unknown(let kind, _) in trail.items.lazy.map(\.record.body).prefix(1) {
            add(
                Finding(
                    .notChecked, .notice,
                    says: "records of the kind \(EntryPath.printable(kind)) are not known to this version"))
        }
    }

    private static func place(_ number: UInt64) -> String { "record \(number)" }

    private static func name(_ subject: AttestationRecord.Subject) -> String {
        switch subject {
        case .seal: "the seal"
        case .record(let number): "record \(number)"
        case .file(let path): path.rawValue
        }
    }
}

extension ClosingFiles {
    /// What a signature or a time stamp is over; nil when it is not there.
    func bytes(of subject: AttestationRecord.Subject, _ trail: RecordTrail) -> [UInt8]? {
        switch subject {
        case .seal: seal
        case .record(let number): trail[number].map { Array($0.line) }
        case .file(let path): signatures.first { $0.path == path }?.bytes
        }
    }
}

extension SignatureEvidence.Coverage {
    /// Nil for what only time stamps are over.
    init?(_ subject: AttestationRecord.Subject) {
        switch subject {
        case .seal: self = .seal
        case .record(let number): self = .record(number)
        case .file: return nil
        }
    }

    /// What is really signed. A CMS signature has no namespace of its own, so one over a record has it in the message.
    func signedBytes(_ message: [UInt8], _ kind: SignatureKind) -> [UInt8] {
        guard kind == .cms, case .record = self else { return message }
        return Array(namespace.utf8) + [0x0A] + message
    }
}
