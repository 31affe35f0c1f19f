/// Renders a record as one row of a table whose fields are separated by tabs.
package struct RowFieldWriter: FieldWriter {
    private var output: [UInt8] = []
    private var isFirst = true

    /// Begins a row after the text so far, which is taken away from `text`: with two owners each append would copy it.
    package init(continuing text: inout [UInt8]) {
        swap(&output, &text)
    }

    package mutating func field(_ name: String, _ value: FieldValue?) {
        if !isFirst { output.append(0x09) }
        isFirst = false
        if let value { Self.append(value, to: &output) }
    }

    package consuming func finish() -> [UInt8] {
        output.append(0x0A)
        return output
    }

    private static func append(_ value: FieldValue, to output: inout [UInt8]) {
        switch value {
        case .text(let text): RawText(text).appendEscaped(to: &output)
        case .raw(let text): text.appendEscaped(to: &output)
        // Arguments are separated by a blank, as `ps` shows them.
        case .rawList(let texts): list(texts, UInt8(ascii: " "), &output) { $0.appendEscaped(to: &$1) }
        case .textList(let texts): list(texts, UInt8(ascii: ","), &output) { RawText($0).appendEscaped(to: &$1) }
        case .integer(let number): output.append(contentsOf: String(number).utf8)
        case .unsigned(let number): output.append(contentsOf: String(number).utf8)
        case .unsignedList(let numbers):
            list(numbers, UInt8(ascii: ","), &output) { $1.append(contentsOf: String($0).utf8) }
        case .flag(let flag): output.append(contentsOf: (flag ? "yes" : "no").utf8)
        case .time(let time): time.append(to: &output)
        case .fraction(let number): output.append(contentsOf: "\(number)".utf8)
        case .records(let records):
            list(records, UInt8(ascii: " "), &output) { members, output in
                var needsComma = false
                for (name, value) in members {
                    if needsComma { output.append(UInt8(ascii: ",")) }
                    needsComma = true
                    output.append(contentsOf: name.utf8)
                    output.append(UInt8(ascii: "="))
                    append(value, to: &output)
                }
            }
        }
    }

    private static func list<Element>(
        _ elements: [Element], _ separator: UInt8, _ output: inout [UInt8], _ body: (Element, inout [UInt8]) -> Void
    ) {
        var isFirst = true
        for element in elements {
            if !isFirst { output.append(separator) }
            isFirst = false
            body(element, &output)
        }
    }
}
