internal import BundleFormat
internal import Cryptography
internal import Glibc

@testable import Archive
@testable import Bundle

extension FuzzTarget {
    static let bundles = [bundle, partial]

    /// A whole bundle, whose files the input has as text (see ``BundleDraft``), in the container that the first byte says.
    static let bundle = FuzzTarget("bundle") {
        [
            ("sound", try [0] + BundleDraft.sample(isRecovered: false)),
            ("recovered", try [1] + BundleDraft.sample(isRecovered: true)),
        ]
    } run: { input in
        var recipe = Recipe(input)
        let container = Container.allCases[Int(recipe.byte()) % Container.allCases.count]
        guard let draft = accepted({ try BundleDraft(recipe.remainder()) }) else { return }
        let file = contained(draft, container)
        guard let found = verify(file, Verifier()) else { return }
        let deep = verify(file, Verifier(deep: true))
        require(deep != nil, "what can be verified can be verified deeply")
        if deep?.verdict != .failed {
            require(found.verdict == deep?.verdict, "what holds deeply holds: \(found.verdict)")
        }
        if found.verdict == .failed {
            require(deep?.verdict == .failed, "what fails fails deeply: \(found.findings)")
        }
        guard found.verdict == .consistentNotAuthenticated else { return }
        guard let sealID = found.sealID else { return require(false, "what is consistent has a Seal ID") }
        let expected = verify(file, Verifier(anchors: Anchors(expectedSealID: sealID)))
        require(expected?.verdict == .authentic, "a bundle of the expected Seal ID is authentic")
        let other = verify(file, Verifier(anchors: Anchors(expectedSealID: SealID(.zero))))
        require(other?.verdict == .notAuthentic, "a bundle of another Seal ID is not authentic")
        readAll(file, found)
        // One bit, somewhere. In a plain tar there is none that could be changed.
        let place = Int(sealID.digest.bytes.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        var flipped = contained(draft, .tar)
        flipped[place % flipped.count] ^= 1 << UInt8(sealID.digest.bytes[5] & 7)
        let after = verify(flipped, Verifier())?.verdict
        require(
            after == nil || after == .failed || after == .incomplete,
            "a changed bit at \(place % flipped.count) does not pass: \(after!)")
    }

    /// What a killed capture left: such a bundle, cut off.
    static let partial = FuzzTarget("partial") {
        [
            ("cut", try [0, 0x20, 0] + BundleDraft.sample(isRecovered: false)),
            ("whole", try [1, 0, 0] + BundleDraft.sample(isRecovered: false)),
        ]
    } run: { input in
        var recipe = Recipe(input)
        let container = Container.allCases[Int(recipe.byte()) % Container.allCases.count]
        let cut = recipe.number(below: 1 << 16)
        guard let draft = accepted({ try BundleDraft(recipe.remainder()) }) else { return }
        let whole = contained(draft, container)
        let file = Array(whole.dropLast(cut % whole.count))
        guard let reader = accepted({ try ContainerReader(source: MemorySource(content: file), workers: 1) }) else {
            return
        }
        let ends = accepted {
            try runToEnd {
                let pass = PartialPass(reader, path: "input")
                let end = try await pass.run()
                return (end.checkpoint, end.provedBytes, end.readableBytes, pass.opening != nil)
            }
        }
        guard let (checkpoint, proved, readable, hasOpening) = ends else { return }
        require(checkpoint <= UInt64(draft.checkpoints), "no more checkpoints are proved than there are")
        require(
            proved <= UInt64(draft.stream.count) && readable <= UInt64(draft.stream.count), "what is proved is there")
        require(checkpoint == 0 || hasOpening && proved > 0, "a checkpoint is proved by the opening record's key")
    }

    private static func contained(_ draft: BundleDraft, _ container: Container) -> [UInt8] {
        switch container {
        case .tar: draft.stream + draft.locator.block
        case .tarZstd: zstdFile(draft.stream, cuts: [2_048, 9_000], level: 1, locator: draft.locator)
        case .tarGz: bgzfFile(draft.stream, cuts: [2_048, 9_000], locator: draft.locator)
        }
    }

    private static func verify(_ file: [UInt8], _ verifier: Verifier) -> Verification? {
        let path = InputFile.path(holding: file)
        let found = accepted { try runToEnd { try await verifier.verify(path: path) } }
        for finding in found?.findings ?? [] { requireFitLine("\(finding.path) \(finding.says)") }
        return found
    }

    /// What the verifier calls consistent, the reader hands out.
    private static func readAll(_ file: [UInt8], _ verification: Verification) {
        let path = InputFile.path(holding: file)
        let counts = accepted {
            try runToEnd { () async throws -> (entries: UInt64, attempts: UInt64, custody: UInt64) in
                let reader = try await BundleReader(path: path)
                var lines: [IndexLine] = []
                var attempts: UInt64 = 0, custody: UInt64 = 0
                try await reader.entries { lines.append($0) }
                try await reader.ledger { _ in attempts += 1 }
                try await reader.custody { _ in custody += 1 }
                for line in lines {
                    try await reader.content(of: line) { _ in }
                    let found = try await reader.entry(line.path)
                    require(found == line, "an entry is found by its path")
                }
                return (UInt64(lines.count), attempts, custody)
            }
        }
        require(
            counts?.entries == verification.counts.entries && counts?.attempts == verification.counts.attempts
                && counts?.custody == verification.counts.custodyLines,
            "what is consistent can be read: \(String(describing: counts)), \(verification.counts)")
    }
}

/// The one file through which inputs go to what takes a path.
private enum InputFile {
    private static let descriptor: Int32 = {
        var name = Array("/dev/shm/exhibit-fuzz-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        require(descriptor >= 0, "there is room for a file in /dev/shm")
        unlink(name)
        return descriptor
    }()

    /// A path under which these bytes can be read until the next call.
    static func path(holding bytes: [UInt8]) -> String {
        require(
            ftruncate(descriptor, 0) == 0 && pwrite(descriptor, bytes, bytes.count, 0) == bytes.count,
            "the file takes the input")
        return "/proc/self/fd/\(descriptor)"
    }
}
