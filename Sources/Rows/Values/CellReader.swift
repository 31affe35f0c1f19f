internal import StructuredText

/// Makes a value of the bytes of a cell. Nil is what cannot be read as the column's type.
enum CellReader {
    static func value(_ bytes: Span<UInt8>, of column: TableColumn) -> RowValue? {
        if column.notation == nil, column.suffix == nil { return value(bytes, column.type) }
        var range = 0..<bytes.count
        if let suffix = column.suffix { range = withoutSuffix(bytes, Array(suffix.utf8)) }
        let bare = bytes.extracting(range)
        guard let notation = column.notation else { return value(bare, column.type) }
        switch notation {
        case .hex: return KernelText.number(bare, radix: 16).map(RowValue.integer)
        case .octal: return KernelText.number(bare, radix: 8).map(RowValue.integer)
        case .address: return KernelText.address(bare).map(RowValue.text)
        case .port: return KernelText.port(bare).map(RowValue.integer)
        case .tcpState: return KernelText.tcpState(bare).map(RowValue.text)
        case .inode: return KernelText.inode(bare).map(RowValue.integer) ?? .null
        case .escapes:
            let plain = KernelText.unescaped(bare)
            return value(plain.span, column.type)
        }
    }

    /// An empty text is a text, and null for every other type.
    static func value(_ bytes: Span<UInt8>, _ type: ColumnType) -> RowValue? {
        if case .text = type { return .text(bytes.text) }
        let range = bytes.trimmed(0..<bytes.count)
        guard !range.isEmpty else { return .null }
        let bare = bytes.extracting(range)
        switch type {
        case .text: return .text(bytes.text)
        case .integer: return integer(bare).map(RowValue.integer)
        case .real: return NumberText.real(bare).map { $0.isNaN ? .null : .real($0) }
        case .boolean: return boolean(bare).map(RowValue.boolean)
        case .time(let form): return TimeText.time(bare, form).map(RowValue.time)
        case .json:
            // It may be no JSON at all, and whoever reads the column relies on it.
            var position = 0
            guard (try? JSONTokens.skipValue(bare, &position)) != nil, position == bare.count else { return nil }
            return .json(bare.text)
        }
    }

    /// Decimal, with a sign or not. A fraction of zeros is none: JSON of some programs has `1.0`.
    static func integer(_ bytes: Span<UInt8>) -> Int64? {
        guard bytes.count > 0 else { return nil }
        let isNegative = bytes[0] == UInt8(ascii: "-")
        var index = isNegative || bytes[0] == UInt8(ascii: "+") ? 1 : 0
        let start = index
        var value: Int64 = 0
        while index < bytes.count, bytes[index] &- 0x30 < 10 {
            let digit = Int64(bytes[index] &- 0x30)
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isBeyond) =
                isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            if isTooLarge || isBeyond { return nil }
            value = sum
            index += 1
        }
        guard index > start else { return nil }
        if index < bytes.count, bytes[index] == UInt8(ascii: "."), index + 1 < bytes.count {
            index += 1
            while index < bytes.count, bytes[index] == 0x30 { index += 1 }
        }
        return index == bytes.count ? value : nil
    }

    private static func boolean(_ bytes: Span<UInt8>) -> Bool? {
        guard bytes.count <= 5 else { return nil }
        switch bytes.text.lowercased() {
        case "true", "t", "yes", "y", "on", "1": return true
        case "false", "f", "no", "n", "off", "0": return false
        default: return nil
        }
    }

    private static func withoutSuffix(_ bytes: Span<UInt8>, _ suffix: [UInt8]) -> Range<Int> {
        let range = bytes.trimmed(0..<bytes.count)
        let start = range.upperBound - suffix.count
        guard start >= range.lowerBound, bytes.extracting(start..<range.upperBound).equals(suffix) else { return range }
        return bytes.trimmed(range.lowerBound..<start)
    }
}
