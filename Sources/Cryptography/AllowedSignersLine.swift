/// One line: `principals [options] algorithm base64 [comment]`.
enum AllowedSignersLine {
    /// Why a line cannot be used.
    struct Rejection: Error {
        let reason: String
    }

    /// Nil for an empty line or a comment.
    static func parse(_ line: ArraySlice<UInt8>, number: Int) throws(Rejection) -> AllowedSigners.Signer? {
        var rest = line.drop(while: SSHText.isWhitespace)
        guard let first = rest.first, first != UInt8(ascii: "#") else { return nil }
        guard !rest.contains(0) else { throw Rejection(reason: "it contains a NUL byte") }
        let principals = try takePrincipals(&rest)
        guard !rest.isEmpty else { throw Rejection(reason: "it has no key") }

        var options = Options()
        if !startsWithKey(rest) {
            options = try takeOptions(&rest)
            rest = rest.drop(while: SSHText.isBlank)
            guard !rest.isEmpty else { throw Rejection(reason: "it has no key") }
        }
        let key = try takeKey(rest)
        if options.isAuthority {
            throw Rejection(reason: "cert-authority: certificates are not supported, list the signer's own key")
        }
        return AllowedSigners.Signer(
            line: number, key: key, validAfter: options.validAfter, validBefore: options.validBefore,
            principalList: principals, namespaceList: options.namespaces)
    }

    /// A field that ends at white space; a double quote in it takes everything up to the next one, and ends it.
    private static func takePrincipals(_ rest: inout ArraySlice<UInt8>) throws(Rejection) -> SSHPatternList {
        var field: [UInt8] = []
        scan: while let character = rest.popFirst() {
            if SSHText.isWhitespace(character) { break }
            if character == UInt8(ascii: "\"") {
                guard let quote = rest.firstIndex(of: UInt8(ascii: "\"")) else {
                    throw Rejection(reason: "a quote in the principals is not closed")
                }
                field += rest[..<quote]
                rest = rest[(quote + 1)...]
                break scan
            }
            field.append(character)
        }
        rest = rest.drop(while: SSHText.isWhitespace)
        guard !field.isEmpty else { throw Rejection(reason: "it names no principal") }
        return SSHPatternList(field)
    }

    private static func startsWithKey(_ rest: ArraySlice<UInt8>) -> Bool {
        SSHKeyAlgorithm(rawValue: String(decoding: rest.prefix { !SSHText.isBlank($0) }, as: UTF8.self)) != nil
    }

    private static func takeKey(_ rest: ArraySlice<UInt8>) throws(Rejection) -> SSHPublicKey {
        let fields = rest.split(maxSplits: 2, whereSeparator: SSHText.isWhitespace)
        guard fields.count >= 2 else { throw Rejection(reason: "it has no key") }
        let name = String(decoding: fields[0], as: UTF8.self)
        guard SSHKeyAlgorithm(rawValue: name) != nil else {
            throw Rejection(reason: "keys of type \(SSHText.printable(name.utf8)) are not supported")
        }
        do {
            return try SSHPublicKey(name: name, base64: fields[1])
        } catch {
            throw Rejection(reason: "its key: \(error.reason)")
        }
    }

    private struct Options {
        var isAuthority = false
        var namespaces: SSHPatternList?
        var validAfter: Int64?
        var validBefore: Int64?
    }

    /// Options are separated by commas; names in any case, values in double quotes with `\"` for a quote.
    private static func takeOptions(_ rest: inout ArraySlice<UInt8>) throws(Rejection) -> Options {
        var options = Options()
        while true {
            if take("cert-authority", &rest) {
                options.isAuthority = true
            } else if take("namespaces=", &rest) {
                guard options.namespaces == nil else { throw Rejection(reason: "it has namespaces= twice") }
                options.namespaces = SSHPatternList(try takeQuoted(&rest))
            } else if take("valid-after=", &rest) {
                guard options.validAfter == nil else { throw Rejection(reason: "it has valid-after= twice") }
                options.validAfter = try takeTime(&rest, "valid-after")
            } else if take("valid-before=", &rest) {
                guard options.validBefore == nil else { throw Rejection(reason: "it has valid-before= twice") }
                options.validBefore = try takeTime(&rest, "valid-before")
            }
            guard let next = rest.first, !SSHText.isBlank(next) else { break }
            guard next == UInt8(ascii: ",") else {
                let word = rest.prefix(32).prefix { !SSHText.isWhitespace($0) }
                throw Rejection(reason: "unknown option or key type: \(SSHText.printable(word))")
            }
            rest = rest.dropFirst()
            guard let following = rest.first, !SSHText.isBlank(following) else {
                throw Rejection(reason: "its options end with a comma")
            }
        }
        if let after = options.validAfter, let before = options.validBefore, before <= after {
            throw Rejection(reason: "valid-before is not later than valid-after")
        }
        return options
    }

    private static func take(_ word: String, _ rest: inout ArraySlice<UInt8>) -> Bool {
        let candidate = rest.prefix(word.utf8.count)
        guard candidate.map(lowercased).elementsEqual(word.utf8) else { return false }
        rest = rest.dropFirst(word.utf8.count)
        return true
    }

    private static func lowercased(_ character: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(character) ? character + 32 : character
    }

    private static func takeQuoted(_ rest: inout ArraySlice<UInt8>) throws(Rejection) -> [UInt8] {
        guard rest.popFirst() == UInt8(ascii: "\"") else {
            throw Rejection(reason: "an option's value is not in quotes")
        }
        var value: [UInt8] = []
        while let character = rest.popFirst() {
            if character == UInt8(ascii: "\"") { return value }
            if character == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "\"") {
                rest = rest.dropFirst()
                value.append(UInt8(ascii: "\""))
            } else {
                value.append(character)
            }
        }
        throw Rejection(reason: "a quote in the options is not closed")
    }

    private static func takeTime(_ rest: inout ArraySlice<UInt8>, _ name: String) throws(Rejection) -> Int64 {
        guard let time = SSHTimestamp.parse(try takeQuoted(&rest)) else {
            throw Rejection(reason: "\(name) is not a time of the form YYYYMMDD[HHMM[SS]][Z]")
        }
        return time
    }
}
