internal import StructuredText

/// What a service says of why it did not do what it was asked for, in the beginning of its answer: for one line of the ledger.
///
/// - JSON: Prometheus says `{"errorType": …, "error": …}`
///   (https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview), Elasticsearch
///   `{"error": {"type": …, "reason": …}}`, Qdrant `{"status": {"error": …}}`, and many `{"message": …}`.
/// - Other text: its first line, as ClickHouse has it. Pages of HTML say nothing in it.
package struct ServiceWords: Sendable {
    /// More of an answer is not looked at. JSON of which this is not the whole is not read.
    package static let mostBytes = 4_096

    private var beginning: [UInt8] = []
    private var isWhole = true

    package init() {}

    package mutating func take(_ bytes: ArraySlice<UInt8>) {
        let piece = bytes.prefix(Self.mostBytes - beginning.count)
        beginning += piece
        if piece.count < bytes.count { isWhole = false }
    }

    /// Nil where there are none.
    package var text: String? { text(without: SentSecrets([])) }

    /// - Parameter secrets: that were sent. What has one of them in it, or may have the beginning of one, is not repeated.
    func text(without secrets: SentSecrets) -> String? {
        guard let all = decoded, let said = said(all) else { return nil }
        guard secrets.isEmpty || isWhole && !secrets.areIn(all) && !secrets.areIn(said) else { return nil }
        return TextSafety.oneLine(said)
    }

    private func said(_ all: String) -> String? {
        switch all.unicodeScalars.first(where: { !$0.properties.isWhitespace }) {
        case "<": nil
        case "{", "[": isWhole ? json : nil
        default: all.split(whereSeparator: \.isNewline).lazy.map { String($0) }.first(where: Self.says)
        }
    }

    /// Text without NUL in it; where the end was left out, the character that it was cut in is, too.
    private var decoded: String? {
        guard !beginning.contains(0) else { return nil }
        for cut in 0...(isWhole ? 0 : 3) {
            if let text = String(validating: beginning.dropLast(cut), as: UTF8.self) { return text }
        }
        return nil
    }

    private var json: String? {
        guard let answer = try? JSONValue(parsing: beginning, limits: JSONLimits(depth: 32, bytes: Self.mostBytes)),
            answer.object != nil
        else { return nil }
        let error = answer["error"]
        let parts: [JSONValue?] =
            if error?.object != nil {
                [error?["type"], error?["reason"] ?? error?["message"]]
            } else if error?.string != nil {
                [answer["errorType"], error]
            } else {
                [answer["status"]?["error"] ?? answer["message"]]
            }
        let words = parts.compactMap { $0?.string }.filter(Self.says)
        return words.isEmpty ? nil : words.joined(separator: ": ")
    }

    private static func says(_ text: String) -> Bool {
        text.unicodeScalars.contains { !$0.properties.isWhitespace }
    }
}
