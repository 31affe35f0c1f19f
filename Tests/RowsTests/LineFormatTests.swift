import Rows
import Testing

struct LineFormatTests {
    // MARK: Keys and values

    @Test
    func anOutputIsARow() throws {
        let columns = [
            TableColumn("total", .integer, .key("MemTotal"), suffix: "kB"),
            TableColumn("huge", .integer, .key("HugePages_Total"), suffix: "kB"),
            TableColumn("no", .text, .key("Nope")),
        ]
        let text = "MemTotal:       16384256 kB\nMemFree:  1 kB\nno pair\nHugePages_Total:       0\nMemTotal: 7 kB\n"
        let result = try read(table(.keyValue(separator: Array(":".utf8), row: .output), columns), text)
        #expect(result.words == [["16384256", "0", nil]])
        #expect(result.lines == [1])
        #expect(result.tally.unread == 1 && result.tally.unreadCells == 1)
    }

    @Test
    func paragraphsAreRows() throws {
        let columns = [TableColumn("p", .integer, .key("processor")), TableColumn("m", .real, .key("cpu MHz"))]
        let text = "processor\t: 0\ncpu MHz\t\t: 2445.42\n\nprocessor\t: 1\ncpu MHz\t\t: 2500\n"
        let result = try read(table(.keyValue(separator: Array(":".utf8), row: .paragraph), columns), text)
        #expect(result.words == [["0", "2445.42"], ["1", "2500.0"]])
        #expect(result.lines == [1, 4])
    }

    @Test
    func pairsOfALineAreARow() throws {
        let columns = [
            TableColumn("level", .text, .key("level")), TableColumn("msg", .text, .key("msg")),
            TableColumn("n", .integer, .key("n")),
        ]
        let logfmt = table(.keyValue(separator: Array("=".utf8), row: .line(between: [0x20])), columns)
        let result = try read(logfmt, "level=info word msg=\"a \\\"b\\\" = c\" n=5\nnothing here\nn= level=\n")
        #expect(result.words == [["info", "a \"b\" = c", "5"], ["", nil, nil]])
        #expect(result.tally.unread == 1)
    }

    @Test
    func sectionsAreToldApart() throws {
        let columns = [
            TableColumn("file", .text, .part(.section)), TableColumn("k", .text, .part(.key)),
            TableColumn("v", .text, .part(.value)),
        ]
        let sections = TableSections(wanted: ["/proc/*"])
        let text = "before: 1\n==> /etc/hosts <==\na: b\n==> /proc/1/status <==\nName: sh\n# c\nx\n"
        let result = try read(
            table(.keyValue(separator: Array(":".utf8), row: .pair), columns, sections: sections, ignored: ["#*"]), text
        )
        #expect(result.words == [["/proc/1/status", "Name", "sh"]])
        #expect(result.lines == [5])
        #expect(result.tally.problems.map(\.line) == [7])
    }

    @Test
    func aRowOfASectionEndsWithIt() throws {
        let columns = [TableColumn("pid", .integer, .part(.section)), TableColumn("name", .text, .key("Name"))]
        let sections = TableSections(headings: ["process *"])
        let result = try read(
            table(.keyValue(separator: Array(":".utf8), row: .output), columns, sections: sections),
            "process 1\nName: init\nprocess 23\nName: sh\nprocess 4\n")
        #expect(result.words == [["1", "init"], ["23", "sh"]])
        #expect(result.lines == [2, 4])
    }

    /// As of samples one behind the other: what a line says holds until the next one like it, and a row that is open belongs to those
    /// before it.
    @Test
    func aLineAboveSaysWhatHoldsOfARow() throws {
        let columns = [
            TableColumn("n", .integer, .above("sample *")), TableColumn("at", .time(.seconds), .above("at *")),
            TableColumn("pid", .integer, .part(.section)), TableColumn("name", .text, .key("Name")),
        ]
        let text = """
            process 1
            Name: early
            sample 0
            at 1.5
            Name: in no section
            process 2
            Name: a
             sample 7
            sample 1
            at\u{20}
            process 2
            Name: b
            process 3
            Name: c
            sample x
            process 4
            Name: d
            """
        let values = table(
            .keyValue(separator: Array(":".utf8), row: .output), columns,
            sections: TableSections(headings: ["process *"])
        )
        let result = try read(values, text)
        #expect(
            result.words == [
                [nil, nil, "1", "early"], ["0", "1970-01-01T00:00:01.500000000Z", "2", "a"], ["1", nil, "2", "b"],
                ["1", nil, "3", "c"], [nil, nil, "4", "d"],
            ])
        #expect(result.lines == [2, 7, 12, 14, 17])
        #expect(
            result.tally.unread == 1 && result.tally.unreadCells == 1,
            "a mark with blanks before it is none; x is no number")
        // Fields, without sections.
        let fields = table(
            .fields(headings: 0, leastFields: 1), [TableColumn("n", .text, .above("# *")), fieldColumns(1)[0]])
        #expect(try read(fields, "x\n# 1\ny\nz\n# \nw\n").words == [[nil, "x"], ["1", "y"], ["1", "z"], ["", "w"]])
    }

    /// What stands once and would be in every row.
    @Test
    func whatIsRepeatedIsBounded() throws {
        let columns = [
            TableColumn("n", .text, .above("# *")), TableColumn("s", .text, .part(.section)), fieldColumns(1)[0],
        ]
        let long = String(repeating: "x", count: ReadLimits.repeatedBytes + 1)
        let repeated = table(
            .fields(headings: 0, leastFields: 1), columns, sections: TableSections(headings: ["= *"]))
        let text = "# \(long)\n= \(long)\na\n# \(long.dropFirst())\n= \(long.dropFirst())\nb\n"
        let short = String(long.dropFirst())
        #expect(try read(repeated, text).words == [[nil, nil, "a"], [short, short, "b"]])
    }

    @Test
    func rowsStandBetweenLinesOfASection() throws {
        let columns = [
            TableColumn("pid", .integer, .part(.section)), TableColumn("target", .text, .field(1, toEnd: true)),
        ]
        let text = """
            fd:
            nowhere
            process 1
            ahead
            links:
            /bin/sh
              fd:\u{20}
            pipe:[8]
            links:
            a b
            process 2
            ahead
            fd:
            c
            process 3

            """
        func rows(_ after: String?, _ before: String?) throws -> [[String?]] {
            let sections = TableSections(headings: ["process *"], after: after, before: before)
            return try read(table(.fields(headings: 0, leastFields: 0), columns, sections: sections), text).words
        }
        #expect(try rows("fd:", nil) == [["1", "pipe:[8]"], ["1", "links:"], ["1", "a b"], ["2", "c"]])
        #expect(try rows("links:", "fd:") == [["1", "/bin/sh"]], "what comes once more begins nothing")
        #expect(try rows(nil, "links:") == [["1", "ahead"], ["2", "ahead"], ["2", "fd:"], ["2", "c"]])
        #expect(try rows("gone:", "fd:").isEmpty)
    }

    // MARK: Fields

    @Test
    func socketsOfTheKernelAreRead() throws {
        let text = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000 65534        0 17123402 1 0 100 0 0
              sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0000000000000000FFFF00000100007F:01BB B80D01200000000067452301EFCDAB89:C350 01 00000000:00000000 00:00000000 00000000     0        0 99 1

            """
        let columns = [
            TableColumn("address", .text, .field(2, toEnd: false), notation: .address),
            TableColumn("port", .integer, .field(2, toEnd: false), notation: .port),
            TableColumn("remote", .text, .field(3, toEnd: false), notation: .address),
            TableColumn("state", .text, .field(4, toEnd: false), notation: .tcpState),
            TableColumn("inode", .integer, .field(10, toEnd: false)),
        ]
        let sockets = table(
            .fields(headings: 0, leastFields: 10), columns, sections: TableSections(headings: ["sl *"]))
        let result = try read(sockets, text)
        #expect(
            result.words == [
                ["127.0.0.1", "5432", "0.0.0.0", "LISTEN", "17123402"],
                ["::ffff:127.0.0.1", "443", "2001:db8::123:4567:89ab:cdef", "ESTAB", "99"],
            ])
    }

    @Test
    func fieldsAreCountedFromTheEndToo() throws {
        let columns = [
            TableColumn("mount_point", .text, .field(5, toEnd: false), notation: .escapes),
            TableColumn("type", .text, .field(-3, toEnd: false)), TableColumn("whole", .text, .part(.text)),
        ]
        let line = "36 35 98:0 / /mnt/a\\040b rw shared:1 master:2 - ext3 /dev/root rw"
        let result = try read(table(.fields(headings: 0, leastFields: 9), columns), line + "\n0000\n")
        #expect(result.words == [["/mnt/a b", "ext3", line]])
        #expect(result.tally.unread == 1)
    }

    @Test
    func headingsOfPsNameColumns() throws {
        let columns = [
            TableColumn("pid", .integer, .heading("PID")), TableColumn("command", .text, .heading("COMMAND")),
            TableColumn("cpu", .real, .heading("%CPU")),
        ]
        let text = "  PID USER %CPU COMMAND\n    1 root  0.5 /sbin/init --a  b\n  77 x 100 ps\n"
        #expect(
            try read(table(.fields(headings: 1, leastFields: 4), columns), text).words == [
                ["1", "/sbin/init --a  b", "0.5"], ["77", "ps", "100.0"],
            ])
    }
}
