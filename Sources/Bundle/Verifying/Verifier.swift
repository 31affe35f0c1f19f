internal import Archive
internal import BundleFormat
public import Cryptography

/// Says whether a bundle is intact, complete, whose it is and of when: one pass over the file, or over the folder it
/// was unpacked to.
///
/// A bundle that is damaged, cut or forged is an answer, not an error. Nothing in it is believed before it is checked.
public struct Verifier: Sendable {
    public var anchors: Anchors
    /// Also recomputes every content root from the segments. Costs about twice the time; what is gained is that a
    /// redacted copy made of the bundle would prove itself.
    public var isDeep: Bool
    /// In seconds since 1970: what a certificate is judged at where no time stamp proves a time; nil is the clock's.
    public var now: Int64?
    /// Where else than in the bundle records made after its seal are looked for.
    public var records = RecordsSource.beside
    /// What opens the file if it is encrypted.
    public var identities: [AgeIdentity]

    public init(anchors: Anchors = Anchors(), deep: Bool = false, identities: [AgeIdentity] = []) {
        self.anchors = anchors
        isDeep = deep
        self.identities = identities
    }

    /// Verifies the bundle at `path`, a file or a folder.
    ///
    /// - Throws: ``BundleError`` when there is nothing to verify: `readFailed`, `notABundle`, `cannotDecrypt`; or when
    ///   an encrypted file cannot be opened because it was altered or cut: `damaged`, `truncated`.
    @concurrent
    public func verify(path: String) async throws -> Verification {
        let source = try BundleSource(path: path, identities: identities)
        let pass = VerificationPass(isDeep: isDeep)
        let isCut: Bool
        var file: FileFingerprint?
        switch source {
        case .file(let reader, _):
            file = reader.settled()
            isCut = try await ArchiveVerification(reader: reader, pass: pass).run()
            if let settled = file, !reader.isStill(settled) { file = nil }
        case .folder(let folder): isCut = try await FolderVerification(root: folder, pass: pass).run()
        }
        await pass.finishHashing()
        if let unsupported = pass.unsupported {
            // Made by a later version: what this one would say of it would be wrong.
            throw BundleError(
                code: .unsupported, doing: "verifying a bundle", subject: unsupported.subject,
                reason: unsupported.reason,
                advice: "use a version of exhibit that knows it")
        }
        pass.conclude(isCut: isCut)
        var result = pass.result
        result.file = file
        let judge = TrustJudge(anchors: anchors, runKey: pass.runKey, now: now ?? BundleClock.now)
        // First: they may add to who vouches for it and to when it was there.
        let examination = try examineRecords(pass, of: path, judge: judge, &result)
        let isOtherSeal =
            anchors.expectedSealID != nil && result.sealID != nil && result.sealID != anchors.expectedSealID
        if isCut, pass.sealSignatures.isEmpty, !isOtherSeal {
            // Whose it is cannot be said of a part: that is no evidence that it is somebody else's.
            result.add(
                Finding(.notChecked, .notice, says: "the seal and its signatures were not reached"), to: \.identity)
            result.identity.state = .notChecked
        } else {
            self.judge(pass, judge, examination, &result)
        }
        if isCut, result.completeness.state == .passed { result.completeness.state = .notChecked }
        if isCut, result.signers.isEmpty, result.integrity.state == .passed { result.integrity.state = .notChecked }
        return result
    }

    private func judge(
        _ pass: VerificationPass, _ judge: TrustJudge, _ examination: RecordExamination?, _ result: inout Verification
    ) {
        // The sealer's own word: a key that has expired since does not make old bundles false.
        let claimed = (result.claimedSealTime ?? result.opening?.started.wall ?? 0) / 1_000_000_000
        let signatures = pass.sealSignatures.evidence(over: pass.sealBytes ?? [], claimedTime: claimed)
            .map { evidence in
                var evidence = evidence
                evidence.timestamps += examination?.stampsOfFiles[evidence.place] ?? []
                return judge.judge(evidence)
            }
        let later = result.records.attestors
        IdentityCheck(judge: judge, signatures: signatures, later: later)
            .answer(&result, opening: pass.openingSignature, openingBytes: pass.openingBytes)
        TimeCheck(judge: judge, signatures: signatures + later).answer(&result)
    }
}
