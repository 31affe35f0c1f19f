internal import Archive
internal import BundleFormat
internal import Cryptography

/// One recovery under way: the second reading, which writes what the first found proved.
struct Recovery {
    let recoverer: Recoverer
    let reader: ContainerReader
    let partialPath: String
    let folder: PartialFolder
    let outputPath: String
    let signers: [SealSigner]
    let timestamps: TimestampTaker?

    /// - Parameter end: how far the first reading came.
    func run(
        _ working: borrowing WorkingFile, upTo end: PartialPass.End, opening: OpeningRecord, salts: SaltTree,
        recipients: [AgeRecipient]
    ) async throws -> RecoveredBundle {
        let madeKey = SSHSigner(try .generateEd25519(comment: "exhibit recovery key"))
        let encryption = try BundleEncryption(recipients: recipients)
        let writer = BundleWriter(
            opening: opening, salts: salts, file: try working.output(), outputPath: outputPath,
            options: .init(
                container: BundleFileName(outputPath)?.container ?? reader.container, level: recoverer.level),
            clock: BundleClock(origin: BundleClock(origin: 0).monotonic), runKey: nil,
            signing: SealSigning(signers: signers, ownKey: madeKey, timestamps: timestamps), encryption: encryption)
        do {
            let proof = try await fill(writer, upTo: end, opening: opening)
            try await writer.beginSealing()
            let (sealID, signatures) = try await writer.writeSeal()
            try await verify(working.path, sealID, identities: encryption.map { [$0.archive.identity] } ?? [])
            let sealed = try await writer.publish(sealID, signatures)
            return RecoveredBundle(
                sealed: sealed, proof: proof.0, opener: proof.opener.fingerprint,
                isOpenedByRunKey: Self.isRunKey(proof.opener, of: opening))
        } catch {
            await writer.removeSpools()
            throw error
        }
    }

    private func fill(
        _ writer: BundleWriter, upTo end: PartialPass.End, opening: OpeningRecord
    ) async throws -> (RecoveredBundle.Proof, opener: SSHPublicKey) {
        let source = StoredContent(try FileSource(path: partialPath))
        var record = RecoveryRecord(
            time: writer.clock.wall, operator: recoverer.operator, tool: recoverer.tool,
            sourceSHA256: try await source.sha256(), sourceSize: source.size, checkpoint: end.checkpoint,
            lostBytes: end.readableBytes - end.provedBytes)
        let pass = PartialPass(reader, path: partialPath, limit: end.checkpoint) { bytes in
            try await writer.copy(bytes)
        } proved: { stretch in
            try await writer.take(stretch)
        }
        guard try await pass.run().checkpoint == end.checkpoint, let checkpoint = pass.proof.last,
            let opener = pass.opener
        else { throw changed }
        var attempts = pass.proof.attempts
        for spool in checkpoint.spools {
            try await keep(spool, in: folder, writer, &record, &attempts)
        }
        for size in folder.sizes(besides: Set(checkpoint.spools.map(\.spool))) { record.addLost(bytes: size) }
        var unsigned: [[UInt8]] = []
        let custody = await folder.custody(behind: pass.proof.custody) { bytes, line in
            unsigned.append(Array(bytes))
            attempts.add(line)
        }
        for line in unsigned { try await writer.take(custodyLine: line[...]) }
        record.unsignedCustodyLines = UInt64(unsigned.count)
        let ends = attempts.lines(at: checkpoint, of: opening)
        try await writer.takeEnds(record, ends, custody: custody)
        let proof = RecoveredBundle.Proof(
            record: record, checkpointTime: checkpoint.time, reason: end.reason, unendedAttempts: ends.count)
        return (proof, opener)
    }

    /// An entry that had not ended: as far as the checkpoint proves it, or not at all.
    private func keep(
        _ spool: Checkpoint.Spool, in folder: PartialFolder, _ writer: BundleWriter, _ record: inout RecoveryRecord,
        _ attempts: inout UnendedAttempts
    ) async throws {
        func lose(_ reason: String) {
            record.addLost(bytes: spool.length)
            record.lostEntries.append(.init(path: spool.path, bytes: spool.length, reason: reason))
            attempts.addLoss(spool.attempt)
        }
        guard !attempts.hasEnded(spool.attempt) else { return lose("its attempt had ended without it") }
        let file: any ContainerSource
        do {
            file = try await folder.file(of: spool)
        } catch {
            return lose(error.reason)
        }
        attempts.add(try await writer.take(spool, file))
        record.partial.append(spool.path)
        record.addLost(bytes: file.size - spool.length)
    }

    // MARK: Sealed already

    /// A bundle that was sealed when its writer was killed, and only had not its name yet: it is copied byte for byte.
    ///
    /// - Returns: nil when it is none.
    func takeSealed(_ working: borrowing WorkingFile, opener: SSHPublicKey?) async throws -> RecoveredBundle? {
        let hash = FileHash()
        try await copy(to: working, hash)
        let verification = try await Verifier(identities: recoverer.identities).verify(path: working.path)
        guard verification.integrity.state == .passed, verification.completeness.state == .passed,
            let sealID = verification.sealID, let opener
        else { return nil }
        if case .asBefore = recoverer.encryption {
        } else {
            throw BundleError(
                code: .writeFailed, doing: Recoverer.doing, subject: outputPath,
                reason: "the bundle was sealed already, and stays so: it only gets its name",
                advice: "recover it without --encrypt-to or --decrypt, then use exhibit repack")
        }
        let kind = BundleFileName(container: reader.container, isEncrypted: folder.identities != nil)
        if let name = BundleFileName(outputPath), name != kind {
            throw BundleError(
                code: .writeFailed, doing: Recoverer.doing, subject: outputPath,
                reason: "the bundle was sealed as \(kind.suffix), and stays so",
                advice: "choose a name that ends in \(kind.suffix)")
        }
        try OutputFile.publish(from: working.path, to: outputPath)
        var counts = SealedBundle.Counts()
        counts.entries = verification.counts.entries
        counts.payloadFiles = verification.counts.payloadFiles
        counts.payloadBytes = verification.counts.payloadBytes
        counts.attempts = verification.counts.attempts
        counts.custodyLines = verification.counts.custodyLines
        counts.checkpoints = verification.counts.checkpoints
        let sealed = SealedBundle(
            path: outputPath, sealID: sealID, sha256: hash.digest, size: try FileSource(path: outputPath).size,
            signatures: verification.signers.map(SealedSignature.init), failedSigners: [], counts: counts,
            checksumFile: BundleWriter.writeChecksum(hash.digest, of: outputPath), isNameSynced: true)
        return RecoveredBundle(
            sealed: sealed, proof: nil, opener: opener.fingerprint,
            isOpenedByRunKey: Self.isRunKey(opener, of: verification.opening))
    }

    private func copy(to working: borrowing WorkingFile, _ hash: FileHash) async throws {
        var output = try working.output()
        try await StoredContent(try FileSource(path: partialPath)).pieces { piece in
            try piece.withUnsafeBytes { bytes in
                try output.write(bytes)
                hash.update(bytes)
            }
        }
        try output.sync()
        try output.close()
    }

    /// Nothing gets a name that does not stand by itself, whatever the partial file made us believe.
    ///
    /// - Parameter identities: open what was just written, whoever its recipients are.
    private func verify(_ path: String, _ sealID: SealID, identities: [AgeIdentity]) async throws {
        let verification = try await Verifier(identities: identities).verify(path: path)
        guard
            verification.integrity.state != .passed || verification.completeness.state != .passed
                || verification.sealID != sealID
        else { return }
        let finding = verification.findings.first { $0.severity == .failure }
        throw BundleError(
            code: .notRecoverable, doing: Recoverer.doing, subject: partialPath,
            reason: "what its checkpoints prove makes no bundle: \(finding.map { "\($0.path): \($0.says)" } ?? "")",
            advice: "keep it for analysis; it was not made by a capture alone")
    }

    private static func isRunKey(_ key: SSHPublicKey, of opening: OpeningRecord?) -> Bool {
        guard let text = opening?.key?.public else { return false }
        return (try? SSHPublicKey(parsing: text)) == key
    }

    private var changed: BundleError {
        BundleError(
            code: .readFailed, doing: Recoverer.doing, subject: partialPath,
            reason: "it was changed while it was read", advice: "make sure that nothing writes it, and try again")
    }
}
