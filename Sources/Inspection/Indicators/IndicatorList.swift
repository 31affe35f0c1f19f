/// Indicators of one or more lists, and what in the lists was not understood.
public struct IndicatorList: Sendable {
    /// Something in a list that is no indicator, or none that is understood.
    public struct Remainder: Hashable, Sendable {
        public let place: IndicatorPlace
        /// At most 200 bytes of it.
        public let text: String
        /// As in "it is no IP address".
        public let reason: String
    }

    /// How many indicators there may be.
    public static let most = 1_000_000
    /// A list is no larger, in bytes.
    public static let largest = 128 << 20
    /// How many remainders are kept; all are counted.
    public static let mostRemainders = 1_000

    /// Each once.
    public private(set) var indicators: [Indicator] = []
    /// Where each was first read.
    public private(set) var places: [IndicatorPlace] = []
    public private(set) var remainders: [Remainder] = []
    public private(set) var remainderCount = 0
    /// Indicators that are in the lists more than once: how many times too often.
    public private(set) var repeated = 0
    /// Indicators that are left out, as there are more than ``most``.
    public private(set) var left = 0
    /// Objects of STIX bundles that are no indicators.
    public internal(set) var otherObjects = 0
    private var known: Set<Indicator> = []

    public init() {}

    /// Adds one by its text, as a line of a list has it.
    public mutating func add(_ text: String, at place: IndicatorPlace) {
        add(text, kind: nil, at: place)
    }

    mutating func add(_ text: some StringProtocol, kind: Indicator.Kind?, at place: IndicatorPlace) {
        do throws(IndicatorShape.Refusal) {
            add(try IndicatorShape.indicator(text, kind: kind), at: place)
        } catch {
            note(text, error.reason, at: place)
        }
    }

    private mutating func add(_ indicator: Indicator, at place: IndicatorPlace) {
        guard !known.contains(indicator) else { return repeated += 1 }
        guard indicators.count < Self.most else { return left += 1 }
        known.insert(indicator)
        indicators.append(indicator)
        places.append(place)
    }

    mutating func note(_ text: some StringProtocol, _ reason: String, at place: IndicatorPlace) {
        remainderCount += 1
        guard remainders.count < Self.mostRemainders else { return }
        let shown = String(decoding: text.utf8.prefix(200), as: UTF8.self)
        remainders.append(Remainder(place: place, text: shown, reason: reason))
    }

    /// How many there are of each kind.
    public var counts: [(kind: Indicator.Kind, count: Int)] {
        var counts: [Indicator.Kind: Int] = [:]
        for indicator in indicators { counts[indicator.kind, default: 0] += 1 }
        return Indicator.Kind.allCases.compactMap { kind in counts[kind].map { (kind, $0) } }
    }
}

extension IndicatorList {
    /// Adds everything in a list: lines, CSV with a header, or objects of STIX; which of these its beginning says.
    ///
    /// - Parameter name: as the list was named.
    public mutating func read(_ bytes: [UInt8], named name: String) {
        var content = bytes[...]
        if content.starts(with: [0xEF, 0xBB, 0xBF]) { content = content.dropFirst(3) }
        // As old Macs end lines, and some spreadsheets still do.
        if content.contains(0x0D), !content.contains(0x0A) {
            content = ArraySlice(content.map { $0 == 0x0D ? 0x0A : $0 })
        }
        if STIXReader.isJSON(content) {
            STIXReader.read(content, named: name, into: &self)
        } else if let header = IndicatorCSV.header(of: content) {
            IndicatorCSV.read(content, header, named: name, into: &self)
        } else {
            readLines(content, named: name)
        }
    }

    private mutating func readLines(_ content: ArraySlice<UInt8>, named name: String) {
        var number = 0
        var rest = content
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
            number += 1
            let line = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
            rest = end < rest.endIndex ? rest[(end + 1)...] : []
            let text = Self.withoutComment(line[...].trimmed)
            guard !text.isEmpty else { continue }
            add(text, kind: nil, at: IndicatorPlace(list: name, line: number))
        }
    }

    /// A comment begins with `#` at the beginning of a line, or behind white space.
    private static func withoutComment(_ line: Substring) -> Substring {
        guard line.utf8.contains(UInt8(ascii: "#")), !line.lowercased().hasPrefix("string:") else { return line }
        var previous: UInt8 = 0x20
        var index = line.utf8.startIndex
        while index < line.utf8.endIndex {
            let byte = line.utf8[index]
            if byte == UInt8(ascii: "#"), previous <= 0x20 { return line[..<index].trimmed }
            previous = byte
            index = line.utf8.index(after: index)
        }
        return line
    }
}
