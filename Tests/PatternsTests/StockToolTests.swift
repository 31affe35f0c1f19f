import Foundation
import Patterns
import TestSupport
import Testing

/// Against GNU grep, which has the same library behind -P.
struct StockToolTests {
    /// What grep finds: numbers of lines, from 0.
    private static func grep(_ arguments: [String], _ text: [UInt8]) throws -> [Int] {
        let path = NSTemporaryDirectory() + "exhibit-patterns-" + UUID().uuidString
        try Data(text).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["LC_ALL=C.UTF-8", "grep", "--text", "-n"] + arguments + [path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus < 2)
        return output.split(separator: 0x0A).compactMap {
            Int(String(decoding: $0.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)).map { $0 - 1 }
        }
    }

    private static func ours(_ pattern: String, _ options: LinePattern.Options, _ text: [UInt8]) throws -> [Int] {
        try LinePattern([Array(pattern.utf8)], options).withSearcher { searcher in
            var numbers: [Int] = []
            var number = 0, counted = 0
            text.withUnsafeBytes { text in
                searcher.lines(in: text) { found in
                    if case .line(let line, _) = found {
                        number += text.lineEnds(in: counted..<line.lowerBound)
                        counted = line.lowerBound
                        numbers.append(number)
                    }
                    return true
                }
            }
            return numbers
        }
    }

    /// The licences of this system, or whatever text there is: real, in several languages, with what is not UTF-8.
    private static let text: [UInt8] = {
        let folder = "/usr/share/perl"
        var text: [UInt8] = []
        let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String }.sorted() ?? []
        for file in files where file.hasSuffix(".pm") || file.hasSuffix(".pl") {
            if let data = FileManager.default.contents(atPath: "\(folder)/\(file)") { text += data }
            if text.count > 1 << 20 { break }
        }
        return text
    }()

    @Test(
        .enabled(if: !text.isEmpty, "there is no /usr/share/perl, whose text is searched"),
        arguments: [
            "use strict", "return", "sub \\w+", "\\$\\w+\\s*=~", "^=head\\d", "^\\s*$", "[A-Z]{5,}", "(foo|bar|die)",
            "\\bmy\\b.*;$",
            "[^;]\\s*}$", "\\d{4}", "copyright|licen[cs]e", "'[^']*'", "\\.\\.\\.", "(\\w)\\1\\1", "x(?=y)",
            "(?<!\\w)e",
        ])
    func linesAreThoseOfGrep(pattern: String) throws {
        for (flags, isCaseless, isWord, isWholeLine) in [
            (["-P"], false, false, false), (["-P", "-i"], true, false, false), (["-P", "-w"], false, true, false),
            (["-P", "-x"], false, false, true),
        ] {
            var options = LinePattern.Options()
            options.isCaseless = isCaseless
            options.isWord = isWord
            options.isWholeLine = isWholeLine
            let theirs = try Self.grep(flags + ["-e", pattern], Self.text)
            let ours = try Self.ours(pattern, options, Self.text)
            #expect(ours == theirs, "\(flags)")
        }
    }

    @Test(.enabled(if: !text.isEmpty, "there is no /usr/share/perl, whose text is searched"))
    func literalsAreThoseOfGrep() throws {
        for literal in ["use strict;", "$", "\\", "(", "Copyright", "a", ".*", "[^", "=~ /^"] {
            for (flags, isCaseless) in [(["-F"], false), (["-F", "-i"], true)] {
                var options = LinePattern.Options()
                options.isFixed = true
                options.isCaseless = isCaseless
                #expect(
                    try Self.ours(literal, options, Self.text) == (try Self.grep(flags + ["-e", literal], Self.text)),
                    "\(literal) \(flags)")
            }
        }
    }
}
