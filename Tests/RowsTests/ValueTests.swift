import Foundation
import Rows
import TestSupport
import Testing

/// What is made of the text of a cell.
struct ValueTests {
    private func value(_ text: String, _ column: TableColumn) throws -> (value: RowValue?, isUnread: Bool) {
        let result = try read(table(.tsv(escapes: false, headings: 0, leastFields: 0), [column]), text + "\n")
        return (result.rows.first?.first, result.tally.unreadCells == 1)
    }

    private func value(_ text: String, _ type: ColumnType) throws -> RowValue? {
        let result = try value(text, TableColumn("c", type, .field(1, toEnd: false)))
        #expect(result.isUnread == (result.value == .null && text != " " && !["NaN", "nan"].contains(text)))
        return result.value
    }

    @Test
    func integersAreExactOrNone() throws {
        let good: [(String, Int64)] = [
            ("0", 0), ("-0", 0), ("+7", 7), (" 12 ", 12), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("1.0", 1), ("5.000", 5), ("007", 7),
        ]
        for (text, number) in good { #expect(try value(text, .integer) == .integer(number), "\(text)") }
        for text in ["9223372036854775808", "-9223372036854775809", "1.5", "1e3", "x", "-", "1.", "0x10", "1 2", "٣"] {
            #expect(try value(text, .integer) == .null, "\(text)")
        }
    }

    @Test
    func realsAreThoseOfSwift() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<3_000 {
            let bits = Double(bitPattern: generator.next())
            let number = generator.next(2) == 0 ? bits : Double(generator.next(1_000_000)) / 1_000
            guard number.isFinite else { continue }
            #expect(try value("\(number)", .real) == .real(number))
            let digits = String(generator.next() % 100_000_000_000_000)
            let text = "-\(digits).\(generator.next(10))"
            #expect(try value(text, .real) == .real(Double(text) ?? 0))
        }
        #expect(try value("+Inf", .real) == .real(.infinity))
        #expect(try value("NaN", .real) == .null)
        for text in ["nan(1)", "1,5", "1 2", "one"] { #expect(try value(text, .real) == .null) }
    }

    @Test
    func booleansAreSpelledInManyWays() throws {
        for text in ["true", "T", "yes", "ON", "1"] { #expect(try value(text, .boolean) == .boolean(true)) }
        for text in ["FALSE", "f", "no", "off", "0"] { #expect(try value(text, .boolean) == .boolean(false)) }
        for text in ["2", "truely", "ja"] { #expect(try value(text, .boolean) == .null) }
    }

    /// Against Foundation's calendar.
    @Test
    func timesAreThoseOfFoundation() throws {
        var generator = SeededGenerator(seed: 9)
        let format = ISO8601DateFormatter()
        for _ in 0..<2_000 {
            // 1700 to 2260.
            let second = Int64(generator.next(17_600_000_000)) - 8_500_000_000
            let text = format.string(from: Date(timeIntervalSince1970: Double(second)))
            let time = RowTime(nanoseconds: second * 1_000_000_000)
            #expect(try value(text, .time(.rfc3339)) == .time(time), "\(text)")
            #expect(try value("\(second)", .time(.seconds)) == .time(time))
            #expect(time.words == text.dropLast() + ".000000000Z")
        }
    }

    @Test
    func timesAreWrittenInManyWays() throws {
        let moment = RowTime(nanoseconds: 1_795_946_003_980_394_000)
        for text in [
            "2026-11-29T09:53:23.980394Z", "2026-11-29 09:53:23.980394+00", "2026-11-29t10:53:23.980394+01:00",
            "2026-11-29 04:23:23.980394-0530", "2026-11-29T09:53:23.980394000999Z",
        ] {
            #expect(try value(text, .time(.rfc3339)) == .time(moment), "\(text)")
        }
        #expect(try value("1795946003.980394", .time(.seconds)) == .time(moment))
        #expect(try value("1795946003980394", .time(.microseconds)) == .time(moment))
        #expect(try value("-0.5", .time(.seconds)) == .time(RowTime(nanoseconds: -500_000_000)))
        #expect(try value("1.5e3", .time(.milliseconds)) == .time(RowTime(nanoseconds: 1_500_000_000)))
        for text in [
            "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-29", "2026-11-29T24:00:00Z", "2026-11-29T09:53:23",
            "infinity", "9999-01-01T00:00:00Z", "2026-11-29T09:53:23.Z", "2026-11-29T09:53:23Zx",
        ] {
            #expect(try value(text, .time(.rfc3339)) == .null, "\(text)")
        }
        for text in ["99999999999999", "x", "1e300"] { #expect(try value(text, .time(.seconds)) == .null, "\(text)") }
    }

    /// The first and the last moment that 64 bits hold, and a second on either side.
    @Test
    func timesAtTheEndsAreRead() throws {
        let first = RowTime(nanoseconds: .min)
        let last = RowTime(nanoseconds: .max)
        #expect(first.words == "1677-09-21T00:12:43.145224192Z" && last.words == "2262-04-11T23:47:16.854775807Z")
        #expect(RowTime(nanoseconds: .min + 1_000_000_000).words == "1677-09-21T00:12:44.145224192Z")
        #expect(RowTime(nanoseconds: .max - 1_000_000_000).words == "2262-04-11T23:47:15.854775807Z")
        #expect(RowTime(nanoseconds: -1).words == "1969-12-31T23:59:59.999999999Z")
        #expect(RowTime(nanoseconds: -1_000_000_000).words == "1969-12-31T23:59:59.000000000Z")
        for time in [first, last, RowTime(nanoseconds: -1), RowTime(nanoseconds: .min + 1_000_000_000)] {
            #expect(try value(time.words, .time(.rfc3339)) == .time(time), "\(time.words)")
            #expect(try value("\(time.nanoseconds)", .time(.nanoseconds)) == .time(time))
        }
        #expect(try value("-9223372036.854775808", .time(.seconds)) == .time(first))
        #expect(try value("9223372036.854775807", .time(.seconds)) == .time(last))
        for text in ["-9223372036.854775809", "-9223372037.854775808", "9223372036.854775808", "9223372037"] {
            #expect(try value(text, .time(.seconds)) == .null, "\(text)")
        }
        #expect(try value("1677-09-21T00:12:43.145224191Z", .time(.rfc3339)) == .null)
        #expect(try value("2262-04-11T23:47:16.854775808Z", .time(.rfc3339)) == .null)
    }

    @Test
    func partsOfARowAreOfTheirColumnsType() throws {
        let columns = [
            TableColumn("pid", .integer, .part(.section)), TableColumn("name", .text, .key("Name")),
        ]
        let lines = table(
            .keyValue(separator: [UInt8(ascii: ":")], row: .output), columns,
            sections: TableSections(headings: ["process *"]))
        let result = try read(lines, "process 7\nName: a\nprocess x\nName: b\n")
        #expect(result.rows == [[.integer(7), .text("a")], [.null, .text("b")]])
        #expect(result.tally.unreadCells == 1)
        let members = table(
            .json(rows: ["*"]),
            [
                TableColumn("k", .integer, .part(.key)), TableColumn("i", .text, .part(.index)),
                TableColumn("v", .json, .path([], up: 0)),
            ])
        let json = try read(members, #"{"12": 1, "a": 2}"#)
        #expect(json.rows == [[.integer(12), .text("0"), .json("1")], [.null, .text("1"), .json("2")]])
        #expect(json.tally.unreadCells == 1)
        let samples = table(
            .prometheus(openMetrics: false, metrics: []),
            [
                TableColumn("metric", .text, .part(.metric)), TableColumn("labels", .text, .part(.labels)),
                TableColumn("time", .text, .part(.timestamp)), TableColumn("type", .integer, .part(.type)),
            ])
        let sample = try read(samples, "# TYPE a gauge\na{b=\"c\"} 1 1000\n")
        #expect(sample.rows == [[.text("a"), .text(#"{"b":"c"}"#), .text("1970-01-01T00:00:01.000000000Z"), .null]])
        #expect(sample.tally.unreadCells == 1)
    }

    @Test
    func notationsOfTheKernelAreRead() throws {
        func cell(_ text: String, _ type: ColumnType, _ notation: TableColumn.Notation) throws -> RowValue? {
            try value(text, TableColumn("c", type, .field(1, toEnd: false), notation: notation)).value
        }
        #expect(try cell("0xFf", .integer, .hex) == .integer(255))
        #expect(try cell("FFFFFFFFFFFFFFFF", .integer, .hex) == .null)
        #expect(try cell("0755", .integer, .octal) == .integer(493))
        #expect(try cell("a\\040b\\134\\9", .text, .escapes) == .text("a b\\\\9"))
        #expect(try cell("0100007F", .text, .address) == .text("127.0.0.1"))
        #expect(try cell("00000000000000000000000000000000:0016", .text, .address) == .text("::"))
        #expect(try cell("00000000000000000000000001000000:0016", .text, .address) == .text("::1"))
        #expect(try cell("0100007G:0016", .text, .address) == .null)
        #expect(try cell("06", .text, .tcpState) == .text("TIME-WAIT"))
        #expect(try cell("63", .text, .tcpState) == .null)
    }

    /// What has no inode in its name is not misread: of most files that are open it is so.
    @Test
    func inodesAreReadOfLinksThatAreNoPaths() throws {
        func inode(_ text: String) throws -> RowValue? {
            let result = try value(text, TableColumn("c", .integer, .field(1, toEnd: false), notation: .inode))
            #expect(!result.isUnread, "\(text)")
            return result.value
        }
        #expect(try inode("socket:[17117561]") == .integer(17_117_561))
        #expect(try inode("pipe:[8]") == .integer(8))
        #expect(try inode("pid_for_children:[4026531836]") == .integer(4_026_531_836))
        for text in [
            "/tmp/socket:[5]", "anon_inode:[eventpoll]", "socket:[]", "socket:[", "socket:[5] (deleted)", ":[5]",
            "socket:5", "Socket:[5]", "socket:[-5]", "socket:[+5]", "socket:[1.0]", "socket:[99999999999999999999]",
        ] {
            #expect(try inode(text) == .null, "\(text)")
        }
    }
}
