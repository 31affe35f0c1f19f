internal import BundleFormat
internal import Cryptography

/// The files that are looked at line by line.
extension VerificationPass {
    func beginLines(_ path: EntryPath) {
        guard let file = checkpointFile(path) else { return }
        report(checkpoints.begin(file), file)
    }

    func line(_ line: ArraySlice<UInt8>, of path: EntryPath) {
        do {
            switch path {
            case BundleLayout.ledger: try ledgerLine(line)
            case BundleLayout.custody: try custodyLine(line)
            case BundleLayout.index: try indexLine(line)
            default: try manifestLine(line)
            }
        } catch {
            fail(Finding(error, error.code == .brokenChain ? .custody : .malformed, path: path))
        }
    }

    func endLines(_ path: EntryPath) {
        if let file = checkpointFile(path), let number = checkpoints.unmet(file) {
            fail(
                Finding(
                    .checkpoint, path: file.name,
                    says: "checkpoint \(number) has lines that are not in it any more"))
        }
        switch path {
        case BundleLayout.ledger: endLedger()
        case BundleLayout.custody: endCustody()
        case BundleLayout.index: endIndex()
        case BundleLayout.manifest: endManifest()
        default: break
        }
    }

    // MARK: Ledger and custody

    private func ledgerLine(_ bytes: ArraySlice<UInt8>) throws(FormatError) {
        report(checkpoints.find(bytes, in: .ledger), .ledger)
        let line = try LedgerLine(decoding: bytes)
        result.counts.attempts += 1
        result.counts.states[line.state, default: 0] += 1
        let ledger = BundleLayout.ledger.rawValue
        if !ledgerAttempts.insert(line.attempt).inserted {
            lack(Finding(.ledger, path: ledger, says: "attempt \(line.attempt) has more than one end"))
        }
        for path in line.entries {
            guard let row = table.row(of: path) else {
                lack(
                    Finding(
                        .missing, path: path.rawValue, says: "attempt \(line.attempt) produced it, but it is not there")
                )
                continue
            }
            if table.attempts[row] != 0 {
                lack(
                    Finding(
                        .ledger, path: path.rawValue,
                        says: "attempts \(table.attempts[row]) and \(line.attempt) both claim it"))
            }
            table.attempts[row] = line.attempt
        }
    }

    /// What a killed run had begun without a checkpoint that knew of it has no line in a recovered bundle.
    private func endLedger() {
        guard let last = ledgerAttempts.max(), last != ledgerAttempts.count, result.recovery == nil else { return }
        lack(
            Finding(
                .ledger, path: BundleLayout.ledger.rawValue, says: "attempts have no line", expected: "\(last)",
                actual: "\(ledgerAttempts.count)"))
    }

    private func custodyLine(_ bytes: ArraySlice<UInt8>) throws(FormatError) {
        report(checkpoints.find(bytes, in: .custody), .custody)
        result.counts.custodyLines += 1
        do {
            let line = try custody.append(bytes)
            if line.action == .closed { result.claimedSealTime = line.time }
            if line.action == .recovered { recoveredLines += 1 }
        } catch {
            guard error.code == .brokenChain else { throw error }
            lack(Finding(error, .custody, path: BundleLayout.custody))
        }
    }

    private func endCustody() {
        do {
            try custody.finish()
        } catch {
            lack(Finding(error, .custody, path: BundleLayout.custody))
        }
    }

    // MARK: Index

    private func indexLine(_ bytes: ArraySlice<UInt8>) throws(FormatError) {
        let line: IndexLine
        do {
            line = try IndexLine(decoding: bytes)
        } catch {
            // It may be about the next entry: that one is then not called missing as well.
            if nextRow < table.count { nextRow += 1 }
            throw error
        }
        if let salts { tree.append(TreeHash.entryLeaf(line, salts: salts)) }
        report(checkpoints.find(line.metadata[...], in: .index, root: { tree.root }), .index)
        guard let row = takeRow(of: line) else {
            lack(Finding(.missing, path: line.path.rawValue, says: "the index lists it, but it is not there"))
            return
        }
        compare(line, row: row)
    }

    /// The row that a line is about.
    private func takeRow(of line: IndexLine) -> Int? {
        let row: Int
        if nextRow < table.count, table.hasPath(line.path, row: nextRow) {
            row = nextRow
        } else if let found = table.row(of: line.path) {
            if found < nextRow {
                fail(
                    Finding(
                        table.isListed[found] ? .index : .order, path: line.path.rawValue,
                        says: table.isListed[found]
                            ? "the index lists it twice" : "the index lists it in another place than the archive has it"
                    ))
            }
            row = found
        } else {
            return nil
        }
        nextRow = max(nextRow, row + 1)
        table.isListed[row] = true
        return row
    }

    private func compare(_ line: IndexLine, row: Int) {
        let path = line.path.rawValue
        func differs(_ says: String, _ expected: String, _ actual: String?, _ code: Finding.Code = .index) {
            table.isFlagged[row] = true
            fail(Finding(code, path: path, says: says, expected: expected, actual: actual, offset: knownOffset(row)))
        }
        if line.sha256 != table.digests[row] {
            differs(
                "its content is not what the index says", line.sha256.hex, table.digests[row]?.hex, .contentChanged)
        } else if line.size != table.sizes[row] {
            differs("its size is not what the index says", "\(line.size)", "\(table.sizes[row])")
        } else {
            compareRoot(line, row: row)
        }
        compareOffset(line, row: row)
        guard line.attempt != table.attempts[row] else { return }
        let claimed = table.attempts[row]
        let says =
            line.attempt == 0
            ? "the index says that the run itself made it, the ledger says attempt \(claimed)"
            : claimed == 0
                ? "the index says that attempt \(line.attempt) made it, but the ledger does not"
                : "the index says that attempt \(line.attempt) made it, the ledger says attempt \(claimed)"
        lack(Finding(.ledger, path: path, says: says))
    }

    /// What the segments give: known for whole content, and for lines when they were looked at.
    private func compareRoot(_ line: IndexLine, row: Int) {
        guard let salts else { return }
        var found: EntryTable.Segments?
        switch line.segmentation {
        case .whole:
            var keys = SegmentSalts(contentKey: salts.keys(of: line.path).contentKey)
            guard let digest = table.digests[row] else { return }
            found = EntryTable.Segments(count: 1, root: TreeHash.wholeRoot(salt: keys.salt(0), content: digest))
        case .lines:
            found = table.segments(row: row)
            if isDeep, found == nil {
                table.isFlagged[row] = true
                fail(Finding(.index, path: line.path.rawValue, says: "its content root could not be recomputed"))
            }
        }
        guard let found, found.count != line.segments || found.root != line.root else { return }
        table.isFlagged[row] = true
        fail(
            Finding(
                .index, path: line.path.rawValue, says: "its content root is not what the index says",
                expected: line.root.hex, actual: found.root.hex))
    }

    /// One entry taken out or put in moves all that follow; that is said once.
    private func compareOffset(_ line: IndexLine, row: Int) {
        guard let offset = knownOffset(row) else { return }
        let shift = Int64(bitPattern: offset) &- Int64(bitPattern: line.offset)
        guard shift != offsetShift else { return }
        offsetShift = shift
        if shift != 0 {
            fail(
                Finding(
                    .index, path: line.path.rawValue, says: "it and what follows is not where the index says",
                    expected: "\(line.offset)", actual: "\(offset)", offset: offset))
        }
    }

    private func knownOffset(_ row: Int) -> UInt64? {
        table.offsets[row] == .max ? nil : table.offsets[row]
    }

    private func endIndex() {
        hasReadIndex = true
        for row in 0..<table.count where !table.isListed[row] {
            table.isFlagged[row] = true
            fail(
                Finding(
                    .extra, path: table.path(row), says: "the index does not list it", offset: knownOffset(row)))
        }
    }

    // MARK: Manifest

    private func manifestLine(_ bytes: ArraySlice<UInt8>) throws(FormatError) {
        let line = try ManifestLine(decoding: bytes)
        let manifest = BundleLayout.manifest.rawValue
        guard line.path.isInside("data") else {
            fail(Finding(.manifest, path: manifest, says: "it lists \(line.path), which is not below data/"))
            return
        }
        advanceManifestRow()
        let row: Int
        if nextManifestRow < table.count, table.hasPath(line.path, row: nextManifestRow) {
            row = nextManifestRow
        } else if let found = table.row(of: line.path) {
            fail(
                Finding(
                    .manifest, path: manifest, says: "it lists \(line.path) in another place than the archive has it"))
            row = found
        } else {
            lack(Finding(.missing, path: line.path.rawValue, says: "\(manifest) lists it, but it is not there"))
            return
        }
        nextManifestRow = row + 1
        guard line.sha256 != table.digests[row], !table.isFlagged[row] else { return }
        table.isFlagged[row] = true
        fail(
            Finding(
                .contentChanged, path: line.path.rawValue, says: "its content is not what \(manifest) says",
                expected: line.sha256.hex, actual: table.digests[row]?.hex))
    }

    private func endManifest() {
        advanceManifestRow()
        guard nextManifestRow < table.count else { return }
        fail(
            Finding(
                .manifest, path: table.path(nextManifestRow), says: "\(BundleLayout.manifest) does not list it"))
    }

    /// Only what is below `data/` is in it.
    private func advanceManifestRow() {
        while nextManifestRow < table.count, !table.path(nextManifestRow).hasPrefix("data/") { nextManifestRow += 1 }
    }

    // MARK: Checkpoints

    private func checkpointFile(_ path: EntryPath) -> CheckpointCheck.File? {
        switch path {
        case BundleLayout.index: .index
        case BundleLayout.ledger: .ledger
        case BundleLayout.custody: .custody
        default: nil
        }
    }

    private func report(_ numbers: [UInt64], _ file: CheckpointCheck.File) {
        for number in numbers {
            fail(
                Finding(
                    .checkpoint, path: BundleLayout.checkpoint(number).rawValue,
                    says: "what it says of \(file.name) is not what that file has"))
        }
    }
}
