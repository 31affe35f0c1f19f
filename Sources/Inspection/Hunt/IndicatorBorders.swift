/// Whether what was found is the whole thing, and not part of another: 10.0.0.1 is not in 10.0.0.11, nor evil.com in notevil.com.
struct IndicatorBorders {
    let text: UnsafeRawBufferPointer
    /// Bytes of a character: 2 in UTF-16LE.
    let stride: Int

    /// How it was found; nil when it is part of something else.
    func judge(_ kind: Indicator.Kind, _ place: Range<Int>) -> IndicatorMatch.Form? {
        let (before, after) = (character(before: place, 0), character(behind: place, 0))
        switch kind {
        case .text: return .exact
        case .sha256, .sha1, .md5: return isOfWord(before, place) || after.isAlphanumeric ? nil : .exact
        case .address, .network: return before.isDigit || before.isDot || after.isAlphanumeric ? nil : .exact
        case .domain: return domain(before, after, place)
        case .url: return url(before, after, place)
        case .name:
            if isOfWord(before, place) || before.isHyphen || before.isDot { return nil }
            return goesOnAsName(after, place) ? nil : .exact
        case .path:
            let isRooted = first(of: place) == UInt8(ascii: "/")
            if !isRooted, isOfWord(before, place) || before.isHyphen || before.isDot { return nil }
            let isFolder = last(of: place) == UInt8(ascii: "/")
            return !isFolder && goesOnAsName(after, place) ? nil : .exact
        }
    }

    private func domain(_ before: UInt8, _ after: UInt8, _ place: Range<Int>) -> IndicatorMatch.Form? {
        if isOfWord(before, place) || before.isHyphen || after.isOfDomain { return nil }
        // evil.com.au is another; evil.com. is the same, and may end a sentence.
        if after.isDot, character(behind: place, 1).isOfDomain { return nil }
        return before.isDot && character(before: place, 1).isOfDomain ? .subdomain : .exact
    }

    private func url(_ before: UInt8, _ after: UInt8, _ place: Range<Int>) -> IndicatorMatch.Form? {
        if isOfWord(before, place) || before.isHyphen { return nil }
        if before.isDot, first(of: place).isDigit { return nil }
        let last = last(of: place)
        let isWhole = last == UInt8(ascii: "/") || last == UInt8(ascii: "=") || last == UInt8(ascii: "?")
        if !isWhole, after.isOfDomain || after == UInt8(ascii: "~") { return nil }
        if !isWhole, after.isDot, character(behind: place, 1).isOfDomain { return nil }
        return .exact
    }

    private func goesOnAsName(_ after: UInt8, _ place: Range<Int>) -> Bool {
        after.isOfDomain || after.isDot && character(behind: place, 1).isOfDomain
    }

    /// Whether the character before it belongs to it, and not to an escape of JSON (`\n`) or a URL (`%2F`).
    private func isOfWord(_ before: UInt8, _ place: Range<Int>) -> Bool {
        guard before.isAlphanumeric else { return false }
        let second = character(before: place, 1)
        if second == UInt8(ascii: "\\"), "nrtbf".utf8.contains(before) { return false }
        if before.isHexDigit, second.isHexDigit, character(before: place, 2) == UInt8(ascii: "%") { return false }
        return true
    }

    private func first(of place: Range<Int>) -> UInt8 { text[place.lowerBound] }
    private func last(of place: Range<Int>) -> UInt8 { text[place.upperBound - stride] }

    /// The character so many before it; 0 where there is none.
    private func character(before place: Range<Int>, _ count: Int) -> UInt8 {
        let index = place.lowerBound - stride * (count + 1)
        // The last letter of a text in ASCII and the NUL behind it are no character of UTF-16.
        if stride == 2, index > 0, text[index - 1] != 0 { return 0 }
        return character(at: index)
    }

    private func character(behind place: Range<Int>, _ count: Int) -> UInt8 {
        character(at: place.upperBound + stride * count)
    }

    private func character(at index: Int) -> UInt8 {
        guard index >= 0, index + stride <= text.count else { return 0 }
        // Of what is no ASCII, one that ends any word.
        return stride == 2 && text[index + 1] != 0 ? 0x80 : text[index]
    }
}

extension UInt8 {
    fileprivate var isDot: Bool { self == UInt8(ascii: ".") }
    fileprivate var isHyphen: Bool { self == UInt8(ascii: "-") }
    fileprivate var isAlphanumeric: Bool { isDigit || isLetter || self == UInt8(ascii: "_") }
}
