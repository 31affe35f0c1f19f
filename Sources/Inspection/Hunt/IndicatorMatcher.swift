internal import Patterns

/// Where an indicator stands in a text.
struct IndicatorMatch {
    enum Form: String, Sendable, Hashable {
        case exact
        /// Of a domain, one below it.
        case subdomain
        /// Of a network, an address in it.
        case member
        /// In UTF-16, as programs of Windows have it.
        case wide
    }

    /// Its number in the list.
    let indicator: Int
    let place: Range<Int>
    let form: Form
}

/// All indicators of a list, looked for at once. Any number of threads use it.
struct IndicatorMatcher: Sendable {
    let kinds: [Indicator.Kind]
    private let literals: LiteralSet
    /// For each literal, which indicator it is.
    private let owners: [UInt32]
    private let wide: LiteralSet
    private let wideOwners: [UInt32]
    private let addresses: AddressFinder
    /// How far a match and what must be seen behind it reach, at most.
    let reach: Int

    init(_ indicators: [Indicator]) {
        kinds = indicators.map(\.kind)
        var literals: [LiteralSet.Literal] = [], owners: [UInt32] = []
        var wide: [LiteralSet.Literal] = [], wideOwners: [UInt32] = []
        var numbers: [(number: NetworkNumber, indicator: Int)] = []
        for (index, indicator) in indicators.enumerated() {
            let number: NetworkNumber? =
                switch indicator.kind {
                case .address: NetworkNumber(address: Array(indicator.value.utf8))
                case .network: NetworkNumber(network: indicator.value)
                default: nil
                }
            let caseless = Self.caselessBytes(indicator)
            if let number {
                numbers.append((number, index))
            } else {
                literals.append(LiteralSet.Literal(Array(indicator.value.utf8), caselessBytes: caseless))
                owners.append(UInt32(index))
            }
            // Networks are not looked for in binaries: a version number is in many.
            if indicator.kind != .network {
                let units = indicator.value.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
                wide.append(LiteralSet.Literal(units, caselessBytes: 2 * caseless))
                wideOwners.append(UInt32(index))
            }
        }
        (self.literals, self.owners) = (LiteralSet(literals), owners)
        (self.wide, self.wideOwners) = (LiteralSet(wide), wideOwners)
        addresses = AddressFinder(table: AddressTable(numbers))
        let longest = max(literals.map(\.bytes.count).max() ?? 0, wide.map(\.bytes.count).max() ?? 0)
        reach = max(longest, AddressFinder.reach) + 8
    }

    private static func caselessBytes(_ indicator: Indicator) -> Int {
        switch indicator.kind {
        case .url: URLShape.hostEnd(indicator.value).map { indicator.value[..<$0].utf8.count } ?? 0
        case .name, .path, .text: 0
        default: indicator.value.utf8.count
        }
    }

    /// Hands out what begins within `starts`, in no order. Behind these, ``reach`` bytes must be there, unless the text ends.
    func find(
        in text: UnsafeRawBufferPointer, beginning starts: Range<Int>, isBinary: Bool,
        _ body: (IndicatorMatch) throws -> Void
    ) rethrows {
        let borders = IndicatorBorders(text: text, stride: 1)
        try literals.find(in: text, beginning: starts) { literal, place in
            let owner = Int(owners[literal])
            guard let form = borders.judge(kinds[owner], place) else { return }
            try body(IndicatorMatch(indicator: owner, place: place, form: form))
        }
        try addresses.find(in: text, beginning: starts) { owner, place in
            try body(IndicatorMatch(indicator: owner, place: place, form: kinds[owner] == .network ? .member : .exact))
        }
        guard isBinary else { return }
        let wideBorders = IndicatorBorders(text: text, stride: 2)
        try wide.find(in: text, beginning: starts) { literal, place in
            let owner = Int(wideOwners[literal])
            guard wideBorders.judge(kinds[owner], place) != nil else { return }
            try body(IndicatorMatch(indicator: owner, place: place, form: .wide))
        }
    }
}
