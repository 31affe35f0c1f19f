/// A line of a recipients or identities file that is neither blank nor a comment.
struct AgeKeyLine {
    /// Without blanks and carriage returns around them.
    let bytes: ArraySlice<UInt8>
    /// The file and the line's number, for errors.
    let subject: String

    /// More than any file of keys has, in bytes.
    private static let largestFile = 1 << 20

    /// The lines of a file; at least one.
    static func all(in file: [UInt8], doing: String, subject: String) throws(CryptographyError) -> [AgeKeyLine] {
        guard file.count <= largestFile else {
            throw CryptographyError(
                code: .tooLarge, doing: doing, subject: subject,
                reason: "the file has \(file.count) bytes; no file of keys is that large")
        }
        var lines: [AgeKeyLine] = []
        for (index, line) in file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard let first = line.firstIndex(where: { !SSHText.isWhitespace($0) }),
                let last = line.lastIndex(where: { !SSHText.isWhitespace($0) }), line[first] != UInt8(ascii: "#")
            else { continue }
            let place = "line \(index + 1)"
            lines.append(
                AgeKeyLine(bytes: line[first...last], subject: subject.isEmpty ? place : "\(subject), \(place)"))
        }
        guard !lines.isEmpty else {
            throw CryptographyError(code: .malformed, doing: doing, subject: subject, reason: "the file holds no key")
        }
        return lines
    }
}

extension AgeRecipient {
    /// Reads the content of a file with recipients, as `age -R` takes it: one a line, with comments (`#`) and blank
    /// lines. Any line that cannot be used is an error: nobody is left out without a word.
    ///
    /// `subject` names the file in errors, which add the line's number.
    public static func parseFile(_ file: [UInt8], subject: String = "") throws(CryptographyError) -> [AgeRecipient] {
        var recipients: [AgeRecipient] = []
        for line in try AgeKeyLine.all(in: file, doing: reading, subject: subject) {
            recipients.append(
                try AgeRecipient(parsing: String(decoding: line.bytes, as: UTF8.self), subject: line.subject))
        }
        return recipients
    }
}
