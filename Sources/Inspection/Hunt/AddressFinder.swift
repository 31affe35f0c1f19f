/// Finds IP addresses in text, as people and programs write them, and what of an ``AddressTable`` they are.
struct AddressFinder: Sendable {
    let table: AddressTable

    /// How far an address may reach behind its first dot or colon, with what must be seen behind it.
    static let reach = 64

    private static let dot = UInt8(ascii: ".")
    private static let colon = UInt8(ascii: ":")

    /// Hands out each indicator that is found, and where the address stands, for addresses that begin within `starts`.
    func find(
        in text: UnsafeRawBufferPointer, beginning starts: Range<Int>, _ body: (Int, Range<Int>) throws -> Void
    ) rethrows {
        if table.hasIPv4 {
            try Self.places(of: Self.dot, in: text, from: starts.lowerBound, to: starts.upperBound + 3) { place in
                guard let (address, range) = Self.ipv4(text, place), starts.contains(range.lowerBound) else { return }
                try table.find(ipv4: address) { try body($0, range) }
            }
        }
        guard table.hasIPv6 else { return }
        var skipped = starts.lowerBound
        try Self.places(of: Self.colon, in: text, from: starts.lowerBound, to: starts.upperBound + 5) { place in
            guard place >= skipped, let token = Self.token(text, place) else { return }
            skipped = token.upperBound
            guard starts.contains(token.lowerBound), let (number, range) = Self.ipv6(text, token) else { return }
            try table.find(ipv6: number.bits) { try body($0, range) }
        }
    }

    // MARK: IPv4

    /// The address of which the first dot is at `place`.
    private static func ipv4(_ text: UnsafeRawBufferPointer, _ place: Int) -> (UInt32, Range<Int>)? {
        guard place > 0, place + 6 <= text.count, text[place - 1].isDigit, text[place + 1].isDigit else { return nil }
        var start = place - 1
        while start > 0, place - start < 3, text[start - 1].isDigit { start -= 1 }
        if start > 0 {
            let before = text[start - 1]
            if before.isDigit { return nil }
            // It goes on before: 1.10.0.0.1 is no address, nor is this dot the first.
            if before == dot, start > 1, text[start - 2].isDigit { return nil }
        }
        var address: UInt32 = 0
        var index = start
        for part in 0..<4 {
            var number: UInt32 = 0
            var digits = 0
            while index < text.count, digits < 4, text[index].isDigit {
                number = number * 10 + UInt32(text[index] & 15)
                digits += 1
                index += 1
            }
            guard (1...3).contains(digits), number < 256 else { return nil }
            address = address << 8 | number
            guard part < 3 else { break }
            guard index < text.count, text[index] == dot else { return nil }
            index += 1
        }
        if index < text.count {
            let next = text[index]
            if next.isDigit || next.isLetter || next == UInt8(ascii: "_") { return nil }
            if next == dot, index + 1 < text.count, text[index + 1].isDigit { return nil }
        }
        return (address, start..<index)
    }

    // MARK: IPv6

    /// What may be an address around the colon at `place`: hexadecimal digits, colons and dots.
    private static func token(_ text: UnsafeRawBufferPointer, _ place: Int) -> Range<Int>? {
        guard place + 1 < text.count, text[place + 1] == colon || text[place + 1].isHexDigit else { return nil }
        var start = place
        while start > 0, place - start < 5, text[start - 1].isHexDigit { start -= 1 }
        var end = place
        while end < text.count, end - start <= NetworkNumber.longestText + 1,
            text[end] == colon || text[end] == dot || text[end].isHexDigit
        {
            end += 1
        }
        return start..<end
    }

    private static func ipv6(_ text: UnsafeRawBufferPointer, _ token: Range<Int>) -> (NetworkNumber, Range<Int>)? {
        // A letter before or behind it makes it something else: std::abc.
        if token.lowerBound > 0 {
            let before = text[token.lowerBound - 1]
            // It goes on before.
            if before == colon { return nil }
            let isEscape = token.lowerBound > 1 && text[token.lowerBound - 2] == UInt8(ascii: "\\")
            guard !(before.isLetter || before.isDigit || before == UInt8(ascii: "_")) || isEscape else { return nil }
        }
        var end = token.upperBound
        if end < text.count {
            let next = text[end]
            guard !(next.isLetter || next.isDigit || next == UInt8(ascii: "_")) else { return nil }
        }
        // Of a sentence: "from fe80::1: refused", "at fe80::1."
        while end > token.lowerBound, text[end - 1] == dot { end -= 1 }
        if end - token.lowerBound > 2, text[end - 1] == colon, text[end - 2] != colon { end -= 1 }
        var colons = 0
        var isShortened = false
        for index in token.lowerBound..<end where text[index] == colon {
            colons += 1
            if index > token.lowerBound, text[index - 1] == colon { isShortened = true }
        }
        // Times and hardware addresses are not looked at further.
        guard isShortened || colons == 7 || colons == 6, colons >= 2 else { return nil }
        let range = token.lowerBound..<end
        guard let number = NetworkNumber(address: UnsafeRawBufferPointer(rebasing: text[range])), number.isIPv6 else {
            return nil
        }
        return (number, range)
    }

    // MARK: Where to look

    /// Hands out where a byte stands. Eight bytes are looked at at once.
    private static func places(
        of byte: UInt8, in text: UnsafeRawBufferPointer, from start: Int, to end: Int, _ body: (Int) throws -> Void
    ) rethrows {
        let pattern = 0x0101_0101_0101_0101 &* UInt64(byte)
        var index = start
        let end = min(end, text.count)
        while index + 8 <= end {
            let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ pattern
            var hits = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            while hits != 0 {
                let place = index + hits.trailingZeroBitCount / 8
                if text[place] == byte { try body(place) }
                hits &= hits - 1
            }
            index += 8
        }
        while index < end {
            if text[index] == byte { try body(index) }
            index += 1
        }
    }
}
