internal import HTML
internal import Inspection
internal import SQLite
internal import Terminal

/// A ``ReportTable`` as one of HTML, with what it leaves out.
struct ReportTables {
    /// By the name that commands for it are shown with.
    let bundle: String

    /// - Parameter otherwise: what is said where there are no rows.
    func html(_ table: ReportTable, _ title: String, otherwise: String) -> HTML {
        let lack = table.lack.map { HTML(.p, [.class("box warn")], "\(title): \($0)") } ?? .none
        return lack + rows(table, title, otherwise: otherwise)
    }

    private func rows(_ table: ReportTable, _ title: String, otherwise: String) -> HTML {
        if let failure = table.failure {
            return HTML(.p, [.class("box warn")], "\(title): it could not be asked (\(failure)). ") + command(table.all)
        }
        guard !table.rows.isEmpty else { return HTML(.p, [.class("none")], HTML(otherwise)) }
        // A column that says nothing takes no room.
        let columns = table.columns.indices.filter { column in
            table.rows.contains { row in row.indices.contains(column) && !Self.isEmpty(row[column]) }
        }
        let rows = table.rows.map { row in columns.map { Self.content(row[$0], table.columns[$0].form) } }
        return Self.table(title, columns.map { table.columns[$0] }, rows) + left(table.left, table.all)
    }

    /// A table of cells. On a narrow screen a row is a list of them, each with the title of its column.
    static func table(_ title: String, _ columns: [(title: String, form: ReportTable.Form)], _ rows: [[HTML]]) -> HTML {
        func style(_ form: ReportTable.Form) -> [Attribute] {
            switch form {
            case .number, .bytes: [.class("number")]
            case .time: [.class("time")]
            case .code: [.class("name")]
            case .text: [.class("words")]
            case .state: []
            }
        }
        func heading(_ title: String) -> String { title.isEmpty ? "State" : title }
        let head = columns.map { column in
            HTML(
                .th, [.scope(.col)] + (column.form == .number || column.form == .bytes ? style(column.form) : []),
                HTML(heading(column.title)))
        }
        let body = rows.map { row in
            HTML(
                .tr,
                HTML(
                    zip(row, columns).map { cell, column in
                        HTML(.td, style(column.form) + [.column(heading(column.title))], cell)
                    }))
        }
        return scrolling(
            title,
            HTML(
                .table, [.class("rows")],
                [HTML(.caption, HTML(title)), HTML(.thead, HTML(.tr, HTML(head))), HTML(.tbody, HTML(body))]))
    }

    /// What is not shown, and how it can be seen.
    func left(_ count: Int, _ sql: String) -> HTML {
        guard count > 0 else { return .none }
        return HTML(
            .p, [.class("left")], ["\(Quantity.count(count)) more, which are not shown: ", command(sql)])
    }

    /// A command that asks the bundle.
    func command(_ sql: String) -> HTML {
        let flat = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return HTML(.code, "exhibit query \(ShellText.quoted(bundle)) \"\(flat)\"")
    }

    /// What may be wider than the page.
    static func scrolling(_ title: String, _ content: HTML) -> HTML {
        HTML(.div, [.class("scroll"), .role("region"), .label(title), .focusable], content)
    }

    private static func isEmpty(_ value: SQLValue) -> Bool {
        switch value {
        case .null: true
        case .text(let text): text.isEmpty
        default: false
        }
    }

    private static func content(_ value: SQLValue, _ form: ReportTable.Form) -> HTML {
        let text =
            switch value {
            case .null: ""
            case .integer(let number): form == .bytes ? Quantity.bytes(number) : Quantity.count(number)
            case .real(let number): "\(number)"
            case .text(let text): text
            case .blob(let bytes): "\(bytes.count) bytes"
            }
        guard !text.isEmpty else { return .none }
        return switch form {
        case .number, .bytes, .text: HTML(text)
        case .time: HTML(moment(text))
        case .state: badge(text)
        case .code: HTML(.code, HTML(text))
        }
    }

    /// `2026-11-30 12:26:24`; what is no such time stays as it is.
    static func moment(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard bytes.count >= 19, bytes[10] == UInt8(ascii: "T") else { return text }
        return String(decoding: bytes[..<10], as: UTF8.self) + " " + String(decoding: bytes[11..<19], as: UTF8.self)
    }

    /// A word for a state, in a colour that is not all that tells.
    static func badge(_ text: String) -> HTML {
        HTML(.span, [badgeClass(text)], HTML(text))
    }

    private static let good: Set<String> = ["Running", "Completed", "Succeeded", "Ready", "ok"]
    private static let neutral: Set<String> = ["missing", "skipped", "notice", "info", "empty"]
    private static let doubtful: Set<String> = [
        "warning", "partial", "not ready", "Pending", "ContainerCreating", "Terminating", "PodInitializing",
    ]

    private static func badgeClass(_ text: String) -> Attribute {
        if good.contains(text) { return .class("badge good") }
        if neutral.contains(text) { return .class("badge") }
        return doubtful.contains(text) ? .class("badge warn") : .class("badge bad")
    }
}
