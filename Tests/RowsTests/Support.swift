import Foundation
import Rows
import TestSupport
import Testing

/// What a table makes of a text.
struct Read: Equatable {
    var rows: [[RowValue]] = []
    var lines: [Int] = []
    var tally = TableTally()

    /// Cells as words; nil for null.
    var words: [[String?]] { rows.map { $0.map { $0.isNull ? nil : $0.words } } }
}

/// - Parameter step: in pieces of so many bytes.
func read(
    _ table: TableDefinition, _ bytes: [UInt8], step: Int = .max, isCut: Bool = false, limits: ReadLimits = ReadLimits()
) throws -> Read {
    var result = Read()
    var reader = TableReader(table, limits: limits)
    func take(_ row: TableRow) {
        result.rows.append(row.values)
        result.lines.append(row.line)
    }
    var rest = bytes[...]
    while !rest.isEmpty {
        try reader.push(rest.prefix(step), take)
        rest = rest.dropFirst(min(step, rest.count))
    }
    try reader.finish(isCut: isCut, take)
    result.tally = reader.tally
    return result
}

func read(_ table: TableDefinition, _ text: String, isCut: Bool = false) throws -> Read {
    try read(table, Array(text.utf8), isCut: isCut)
}

func table(
    _ format: TableFormat, _ columns: [TableColumn], sections: TableSections? = nil, ignored: [String] = []
) -> TableDefinition {
    TableDefinition(
        name: "t", from: "t.txt", format: format, columns: columns, sections: sections, ignored: ignored)
}

/// Columns of text by the number of their field.
func fieldColumns(_ count: Int) -> [TableColumn] {
    (1...count).map { TableColumn("c\($0)", .text, .field($0, toEnd: false)) }
}

/// Runs a script of Python, with its input on standard input; nil where that cannot be.
func python(_ script: String, input: Data) throws -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script]
    let (stdin, stdout) = (Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = stdout
    process.standardError = FileHandle.nullDevice
    try process.run()
    let writing = Thread {
        try? stdin.fileHandleForWriting.write(contentsOf: input)
        try? stdin.fileHandleForWriting.close()
    }
    writing.start()
    let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: output, as: UTF8.self) : nil
}

func hasPython(_ module: String) -> Bool { (try? python("import \(module)", input: Data())) != nil }

extension SeededGenerator {
    /// Bytes of few kinds, so that what is special to a format comes often.
    mutating func text(_ alphabet: [UInt8], upTo limit: Int) -> [UInt8] {
        (0..<next(limit)).map { _ in alphabet[next(alphabet.count)] }
    }
}
