internal import FoundationEssentials

/// Secrets that went out with a request, which whoever got them can send back.
struct SentSecrets: Sendable {
    /// The values, and what stands in them behind the name of a scheme (`Bearer …`), as it is and out of base64 (`Basic …`). Each
    /// in small letters.
    private let texts: Set<String>
    private static let mark = "(withheld)"

    init(_ values: [String]) {
        var texts: Set<String> = []
        for value in values where !value.isEmpty {
            texts.insert(value.lowercased())
            for word in value.split(whereSeparator: { " ;,".contains($0) }) where word.utf8.count >= 8 {
                texts.insert(word.lowercased())
                // user:password, and the password of it.
                guard let data = Data(base64Encoded: String(word)) else { continue }
                let plain = String(decoding: data, as: UTF8.self)
                guard let colon = plain.firstIndex(of: ":") else { continue }
                texts.insert(plain.lowercased())
                let password = plain[plain.index(after: colon)...]
                if password.utf8.count >= 4 { texts.insert(password.lowercased()) }
            }
        }
        self.texts = texts
    }

    var isEmpty: Bool { texts.isEmpty }

    func areIn(_ text: String) -> Bool {
        let lowered = text.lowercased()
        return texts.contains { lowered.contains($0) }
    }

    /// A text for people, unless one of them is in it.
    func withheld(from text: String) -> String { areIn(text) ? Self.mark : text }
}
