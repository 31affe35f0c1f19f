internal import BundleFormat
internal import Cryptography

/// What can be said once every file was seen.
extension VerificationPass {
    /// - Parameter isCut: the archive ended early or is unreadable behind some point; then only that is said.
    func conclude(isCut: Bool) {
        if !isCut {
            for path in BundleLayout.required where !seen.contains(path) {
                lack(Finding(.missing, path: path.rawValue, says: "every bundle has it"))
            }
            if sealSignatures.isEmpty {
                lack(Finding(.missing, path: "sig/", says: "there is no signature over the seal"))
            }
            compareRecovery()
            concludeRecords()
        }
        compareTree()
        if !isCut, checkpoints.takeUnsigned() != nil {
            fail(Finding(.checkpoint, says: "the last checkpoint has no signature"))
        }
        sealSignatures.findings.forEach(fail)
        if !isDeep {
            result.add(
                Finding(
                    .notChecked, .notice,
                    says: "content roots were not recomputed from the segments; every content was checked by its hash"),
                to: \.integrity)
        }
    }

    /// Record, custody and checkpoints must tell the same of a recovery (section 7.3).
    private func compareRecovery() {
        let path = BundleLayout.recovery.rawValue
        let isThere = digestOf[BundleLayout.recovery] != nil
        if !isThere, recoveredLines > 0 {
            lack(Finding(.missing, path: path, says: "the custody log says that the bundle was recovered"))
        }
        if isThere, recoveredLines != 1 {
            lack(
                Finding(
                    .custody, path: BundleLayout.custody.rawValue,
                    says: "there is a record of a recovery, so it must have one line `recovered`", expected: "1",
                    actual: "\(recoveredLines)"))
        }
        guard let record = result.recovery else { return }
        if record.checkpoint != checkpoints.count {
            fail(
                Finding(
                    .checkpoint, path: path, says: "the last checkpoint is not the one it was recovered up to",
                    expected: "\(record.checkpoint)", actual: "\(checkpoints.count)"))
        }
        result.add(
            Finding(
                .recovered, .notice, path: path,
                says:
                    "its writer was killed: it holds what was there at checkpoint \(record.checkpoint), and was sealed "
                    + "by whoever recovered it; \(record.lostBytes) bytes were found that nothing proves, or not found"),
            to: \.completeness)
    }

    private func compareTree() {
        guard hasReadIndex, salts != nil else { return }
        let found = MerkleRoot(leaves: tree.count, root: tree.root)
        if let merkleRoot, merkleRoot != found {
            fail(
                Finding(
                    .tree, path: BundleLayout.merkleRoot.rawValue, says: "it is not the root over the index lines",
                    expected: "\(merkleRoot.leaves) \(merkleRoot.root)", actual: "\(found.leaves) \(found.root)"))
        }
        guard let statement else { return }
        if let merkleRoot, statement.root != merkleRoot {
            fail(
                Finding(
                    .tree, path: BundleLayout.statement.rawValue, says: "its root is not that of the bundle",
                    expected: merkleRoot.root.hex, actual: statement.root.root.hex))
        }
        if statement.bundle != result.opening?.bundle {
            fail(
                Finding(
                    .tree, path: BundleLayout.statement.rawValue, says: "it is about another bundle",
                    expected: result.opening?.bundle.rawValue, actual: statement.bundle.rawValue))
        }
    }
}
