internal import BundleFormat
internal import Cryptography

/// The files that are looked at as a whole.
extension VerificationPass {
    func examine(
        _ bytes: [UInt8], path: EntryPath, rule: BundleLayout.Rule, digest: SHA256Digest, offset: UInt64?
    ) {
        do {
            switch rule.role {
            case .checkpoint(let number):
                result.counts.checkpoints += 1
                try checkpoints.add(bytes, number: number, offset: offset, bundle: result.opening?.bundle)
            case .checkpointSignature(let number):
                examineCheckpointSignature(bytes, path, number: number)
            case .signature(let file):
                keptSignatures.append((path, bytes))
                sealSignatures.add(bytes, path: path.rawValue, file)
            case .record(let number):
                keepRecord(bytes, path, number: number)
            case .payload:
                examineVersion(bytes)
            default:
                try examineFixed(bytes, path)
            }
        } catch {
            let code: Finding.Code = if case .checkpoint = rule.role { .checkpoint } else { .malformed }
            fail(Finding(error, code, path: path))
        }
    }

    private func examineFixed(_ bytes: [UInt8], _ path: EntryPath) throws(FormatError) {
        switch path {
        case BundleLayout.bagit:
            if bytes != BagInfo.declaration {
                fail(Finding(.malformed, path: path.rawValue, says: "it is not the two lines it must be"))
            }
        case BundleLayout.opening: try examineOpening(bytes)
        case BundleLayout.openingSignature: openingSignature = readSignature(bytes, path)
        case BundleLayout.salts: try takeSalts(bytes)
        case BundleLayout.recovery: result.recovery = try RecoveryRecord(decoding: bytes[...])
        case BundleLayout.bagInfo: try examineBagInfo(bytes)
        case BundleLayout.merkleRoot: merkleRoot = try MerkleRoot(decoding: bytes[...])
        case BundleLayout.statement: statement = try Statement(decoding: bytes[...])
        case BundleLayout.tagManifest:
            compare(try ManifestLine.decode(bytes[...]), with: tags, of: path, .tagManifest)
        case BundleLayout.seal: try examineSeal(bytes)
        case BundleLayout.signatureManifest:
            compare(try ManifestLine.decode(bytes[...]), with: signatureFiles, of: path, .signature)
        case BundleLayout.recordManifest:
            examineRecordManifest(bytes)
        default: break
        }
    }

    private func examineOpening(_ bytes: [UInt8]) throws(FormatError) {
        openingBytes = bytes
        do {
            result.opening = try OpeningRecord(decoding: bytes[...])
        } catch {
            if error.code == .unsupported { unsupported = error }
            throw error
        }
    }

    private func takeSalts(_ bytes: [UInt8]) throws(FormatError) {
        let tree = try SaltTree(decoding: bytes[...])
        salts = tree
        // The opening record stands before the salts.
        guard isDeep, let row = table.row(of: BundleLayout.opening) else { return }
        var hasher = ContentHasher(path: BundleLayout.opening, segmentation: .lines, salts: tree)
        try hasher.update(openingBytes[...])
        let found = try hasher.finalize()
        table.setSegments(EntryTable.Segments(count: found.segments, root: found.root), row: row)
        result.counts.segments += found.segments
    }

    private func examineVersion(_ bytes: [UInt8]) {
        guard let version = result.opening?.tool.version else { return }
        if bytes != Array("exhibit\n\(version)\n".utf8) {
            fail(
                Finding(
                    .malformed, path: BundleLayout.version.rawValue,
                    says: "it does not name the tool's version as the opening record does"))
        }
    }

    private func examineBagInfo(_ bytes: [UInt8]) throws(FormatError) {
        let info = try BagInfo(decoding: bytes[...])
        let oxum = "\(result.counts.payloadBytes).\(result.counts.payloadFiles)"
        guard info["Payload-Oxum"] == oxum, info.fields.last?.label == "Payload-Oxum" else {
            fail(
                Finding(
                    .manifest, path: BundleLayout.bagInfo.rawValue, says: "Payload-Oxum is not what is below data/",
                    expected: oxum, actual: info["Payload-Oxum"]))
            return
        }
        guard let bundle = result.opening?.bundle.rawValue, info["Bag-Group-Identifier"] == bundle else {
            fail(
                Finding(
                    .manifest, path: BundleLayout.bagInfo.rawValue, says: "Bag-Group-Identifier is not the bundle's id",
                    expected: result.opening?.bundle.rawValue, actual: info["Bag-Group-Identifier"]))
            return
        }
    }

    private func examineSeal(_ bytes: [UInt8]) throws(FormatError) {
        sealBytes = bytes
        result.sealID = SealID(SHA256.digest(of: bytes))
        let seal = try Seal(decoding: bytes[...])
        let lines = [
            (BundleLayout.tagManifest, seal.tagManifest), (BundleLayout.merkleRoot, seal.merkleRoot),
            (BundleLayout.statement, seal.statement),
        ]
        for (path, sealed) in lines where digestOf[path] != sealed {
            fail(
                Finding(
                    .seal, path: path.rawValue, says: "it is not what seal.sha256 says", expected: sealed.hex,
                    actual: digestOf[path]?.hex ?? "not there"))
        }
    }

    /// Compares a manifest with what was found. Both are in the order of the archive.
    private func compare(
        _ listed: [ManifestLine], with found: [ManifestLine], of manifest: EntryPath, _ code: Finding.Code
    ) {
        guard listed != found else { return }
        let actual = Dictionary(found.map { ($0.path, $0.sha256) }, uniquingKeysWith: { first, _ in first })
        var paths: Set<EntryPath> = []
        for line in listed {
            if !paths.insert(line.path).inserted {
                fail(Finding(code, path: manifest.rawValue, says: "it lists \(line.path) twice"))
            } else if actual[line.path] == nil {
                lack(Finding(.missing, path: line.path.rawValue, says: "\(manifest) lists it, but it is not there"))
            } else if actual[line.path] != line.sha256 {
                fail(
                    Finding(
                        .contentChanged, path: line.path.rawValue, says: "it is not what \(manifest) says",
                        expected: line.sha256.hex, actual: actual[line.path]?.hex))
            }
        }
        for line in found where !paths.contains(line.path) {
            fail(Finding(.extra, path: line.path.rawValue, says: "\(manifest) does not list it"))
        }
        let common = Set(actual.keys).intersection(paths)
        if listed.map(\.path).filter(common.contains) != found.map(\.path).filter(common.contains) {
            fail(Finding(code, path: manifest.rawValue, says: "its lines are not in the order of the archive"))
        }
    }

    // MARK: Signatures

    private func readSignature(_ bytes: [UInt8], _ path: EntryPath) -> SSHSignature? {
        do {
            return try SSHSignature(parsing: bytes)
        } catch {
            fail(Finding(.signature, path: path.rawValue, says: "\(error.doing): \(error.reason)"))
            return nil
        }
    }

    private func examineCheckpointSignature(_ bytes: [UInt8], _ path: EntryPath, number: UInt64) {
        guard let message = checkpoints.takeUnsigned(), checkpoints.count == number else {
            fail(Finding(.checkpoint, path: path.rawValue, says: "it does not follow its checkpoint"))
            return
        }
        guard let signature = readSignature(bytes, path) else { return }
        do {
            try signature.verify(message: message, namespace: SignatureNamespace.checkpoint)
        } catch {
            fail(Finding(.checkpoint, path: path.rawValue, says: error.reason))
            return
        }
        if signature.publicKey != runKey {
            fail(
                Finding(
                    .checkpoint, path: path.rawValue, says: "it is not by the run's key",
                    expected: runKey?.fingerprint, actual: signature.publicKey.fingerprint))
        }
    }

    /// The key that the opening record names.
    var runKey: SSHPublicKey? {
        guard let text = result.opening?.key?.public else { return nil }
        return try? SSHPublicKey(parsing: text)
    }
}
