internal import BundleFormat
internal import Collection

/// What to say of a step `files`: what was listed is compared with what came.
struct FilesVerdict {
    let request: FilesRequest
    let withheld: [String]
    let listing: FileListing

    private var listingNote: String?
    private var isListingCut = false
    private var words: ToolWords?
    private var code = 0
    private var bad: String?
    private var isFull = false
    private var noTar: CatCopies.Answers?

    init(request: FilesRequest, withheld: [String], listing: FileListing) {
        self.request = request
        self.withheld = withheld
        self.listing = listing
    }

    var hasNoTar: Bool { words?.hasNoTar ?? false }

    mutating func note(listing note: String?, isCut: Bool) { (listingNote, isListingCut) = (note, isCut) }
    mutating func note(copy words: ToolWords, code: Int) { (self.words, self.code) = (words, code) }
    mutating func note(bad reason: String) { bad = reason }
    mutating func note(full: Int) { isFull = true }
    mutating func noteNoTar(_ answers: CatCopies.Answers) { noTar = answers }

    static func withheld(_ paths: [String]) -> String {
        "not copied, since there are secrets, or what the kernel makes up: "
            + paths.prefix(3).map(TextSafety.oneLine).joined(separator: ", ") + (paths.count > 3 ? " …" : "")
    }

    /// What was settled without looking at files, with the paths that were not asked for.
    static func joined(_ outcome: Outcome, withheld paths: [String]) -> Outcome {
        guard !paths.isEmpty else { return outcome }
        let told = [withheld(paths), outcome.reason?.message].compactMap(\.self).joined(separator: "; ")
        return .partial("SecretVolume", told)
    }

    private typealias Finding = (code: String, words: String)

    func outcome(_ files: FileCopies) -> Outcome {
        var findings: [Finding] = []
        if let bad { findings.append(("BadOutput", bad)) }
        if isFull || listing.wantedCount > request.most {
            findings.append(
                ("TooManyFiles", "more than \(request.most) files are there (\(listing.wantedCount) were listed)"))
        }
        if let finding = notCopied(files) { findings.append(finding) }
        if let padding = words?.padding {
            findings.append(("Shrank", "a file became shorter while it was read, and has zeros instead: \(padding)"))
        }
        if listing.larger + files.larger > 0 { findings.append(("TooLarge", larger(files))) }
        if !withheld.isEmpty { findings.append(("SecretVolume", Self.withheld(withheld))) }
        if let note = listingNote {
            findings.append(note.contains("ermission denied") ? ("PermissionDenied", note) : ("ExitCode", note))
        }
        // What was killed has no words.
        if code > 1, words?.count == 0 { findings.append(("ExitCode", "find and tar exited with \(code)")) }
        if isListingCut { findings.append(("ListingCut", "the listing is longer than it may be, and was cut off")) }
        if files.passedOver > 0 {
            findings.append(
                ("PassedOver", "\(files.passedOver) members of its tar stream were not asked for, and left out"))
        }
        guard let first = findings.first else { return .ok }
        let told = findings.map(\.words).joined(separator: "; ")
        let isDenied = first.code == "PermissionDenied" && files.received.isEmpty && listing.wantedCount > 0
        return isDenied ? .denied(first.code, told) : .partial(first.code, told)
    }

    private func notCopied(_ files: FileCopies) -> Finding? {
        // Where it was ended for their number, which of them came says nothing.
        guard !isFull else { return nil }
        let lacking = listing.wanted.filter { file in
            if files.links.contains(file.path) { return false }
            guard let count = files.received[file.path] else { return true }
            return count < file.size ?? 0
        }
        if let noTar {
            guard !lacking.isEmpty else { return nil }
            let why = noTar.failures.first.map { "; \($0.words)" } ?? ""
            return ("NoTar", "there is no tar in the container: \(Self.names(lacking, of: listing))\(why)")
        }
        guard !lacking.isEmpty else { return nil }
        let why = words?.complaint.map { " (\($0))" } ?? ""
        let code = words?.isDenied == true ? "PermissionDenied" : "NotCopied"
        return (code, "\(Self.names(lacking, of: listing))\(why)")
    }

    private static func names(_ lacking: [FileListing.File], of listing: FileListing) -> String {
        let names = lacking.prefix(3).map { FileBytes.shown($0.path) }.joined(separator: ", ")
        return "\(lacking.count) of \(listing.wantedCount) files that were listed did not come, or not whole: \(names)"
            + (lacking.count > 3 ? " …" : "")
    }

    private func larger(_ files: FileCopies) -> String {
        let first = listing.firstLarger.map { file in
            ", the first \(FileBytes.shown(file.path)) with \(file.size ?? 0) bytes"
        }
        return "larger than \(request.largest) bytes and not copied: \(listing.larger + files.larger)"
            + (first ?? "")
    }

    /// Where there was no find.
    static func plain(
        _ answers: CatCopies.Answers, _ files: FileCopies, why: String, withheld: [String], paths: Int
    ) -> Outcome {
        if files.received.isEmpty, !answers.isThere {
            return .missing("NoTools", "nothing in the container could read it (\(why); cat: not in the container)")
        }
        if answers.absent == paths {
            return joined(
                .missing("NoSuchPath", "none of the paths is in this container"), withheld: withheld)
        }
        var findings: [Finding] = []
        if let first = answers.failures.first {
            findings.append(
                (
                    answers.isDenied ? "PermissionDenied" : "NoFind",
                    "without find only paths of files can be copied, and \(answers.failures.count) were not: "
                        + "\(TextSafety.oneLine(first.path)) (\(first.words))"
                ))
        }
        if !answers.larger.isEmpty {
            findings.append(
                (
                    "TooLarge",
                    "larger than may be and not copied: \(answers.larger.count), such as \(TextSafety.oneLine(answers.larger[0]))"
                ))
        }
        if answers.beyond > 0 {
            findings.append(
                ("TooManyFiles", "without find at most \(CatCopies.most) paths are copied: \(answers.beyond) were not"))
        }
        if !withheld.isEmpty { findings.append(("SecretVolume", Self.withheld(withheld))) }
        guard let first = findings.first else { return .ok }
        let told = findings.map(\.words).joined(separator: "; ")
        guard files.received.isEmpty else { return .partial(first.code, told) }
        if first.code == "PermissionDenied" { return .denied(first.code, told) }
        return answers.larger.isEmpty ? .missing("NoTools", "\(told); \(why)") : .partial(first.code, told)
    }
}
