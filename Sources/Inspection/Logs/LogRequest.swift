internal import Glibc

/// A request of HTTP that a line of a log is of, as far as it can be told: of access logs (`"GET /path HTTP/1.1" 200`), of JSON and of
/// logfmt with the usual names.
package struct LogRequest: Sendable, Hashable {
    package var method: String?
    package var path: String?
    package var status: Int?
    /// How long it took, in milliseconds.
    package var milliseconds: Double?

    /// - Parameter message: what the program wrote, without the time of the runtime.
    /// - Returns: nil when the line is of no request.
    package init?(_ message: ArraySlice<UInt8>) {
        let text = message.prefix(8_192)
        if let first = text.first(where: { $0 != 0x20 }), first == UInt8(ascii: "{") {
            status = Self.member(Keys.status, text, json: true).flatMap(Self.status)
            method = Self.member(Keys.method, text, json: true)
            guard status != nil || method.map(Self.isMethod) == true else { return nil }
            path = Self.member(Keys.path, text, json: true)
            milliseconds = Self.duration(text, json: true)
        } else if let request = Self.accessLog(text) {
            self = request
        } else {
            status = Self.member(Keys.plainStatus, text, json: false).flatMap(Self.status)
            guard status != nil else { return nil }
            method = Self.member(Keys.plainMethod, text, json: false)
            path = Self.member(Keys.plainPath, text, json: false)
            milliseconds = Self.duration(text, json: false)
            guard method.map(Self.isMethod) == true || path != nil else { return nil }
        }
    }

    private init() {}

    static func isMethod(_ word: String) -> Bool { methods.contains(word) }

    private static let methods: Set<String> = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE",
    ]

    private static func status(_ text: String) -> Int? {
        Int(text).flatMap { (100...599).contains($0) ? $0 : nil }
    }

    /// `"GET /path HTTP/1.1" 200 123 "…" "…" 0.004`, as the common log format and what is made of it have it.
    private static func accessLog(_ text: ArraySlice<UInt8>) -> LogRequest? {
        guard let quote = text.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
        let inner = text[(quote + 1)...]
        guard let end = inner.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
        let words = inner[..<end].split(separator: 0x20)
        guard words.count == 3, words[2].starts(with: Array("HTTP/".utf8)) else { return nil }
        let method = String(decoding: words[0], as: UTF8.self)
        guard isMethod(method) else { return nil }
        var request = LogRequest()
        request.method = method
        request.path = String(decoding: words[1], as: UTF8.self)
        let rest = withoutQuotes(text[(end + 1)...]).split(separator: 0x20).prefix(64)
        request.status = rest.first.flatMap { status(String(decoding: $0, as: UTF8.self)) }
        // nginx's $request_time and its like: seconds with a fraction, behind the quotes, or a last number with a unit.
        for word in rest.dropFirst(2).reversed() {
            let text = String(decoding: word, as: UTF8.self)
            if text.contains("."), let seconds = Double(text), let found = plausible(seconds * 1_000) {
                request.milliseconds = found
                break
            }
            if let found = withUnit(text) {
                request.milliseconds = found
                break
            }
        }
        return request
    }

    /// What is not in quotes: referrers and names of browsers have numbers in them, too.
    private static func withoutQuotes(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var isQuoted = false
        return text.filter { byte in
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            return !isQuoted && byte != UInt8(ascii: "\"")
        }
    }

    /// Names that say their unit, or what their unit is where they say none.
    private static let durations: [(name: String, factor: Double)] = [
        ("duration_ms", 1), ("latency_ms", 1), ("elapsed_ms", 1), ("took_ms", 1), ("durationMs", 1),
        ("response_time_ms", 1),
        ("duration", 1_000), ("latency", 1_000), ("elapsed", 1_000), ("request_time", 1_000), ("took", 1),
        ("response_time", 1), ("responseTime", 1),
    ]

    private static func duration(_ text: ArraySlice<UInt8>, json: Bool) -> Double? {
        for (quoted, plain, factor) in Keys.durations {
            guard let value = member(json ? quoted : plain, text, json: json) else { continue }
            if let number = Double(value) { return plausible(number * factor) }
            if let found = withUnit(value) { return found }
        }
        return nil
    }

    /// `12.5ms`, `1.2s`, `350µs`, as Go writes a duration.
    private static func withUnit(_ text: String) -> Double? {
        for (unit, factor) in [("ms", 1.0), ("µs", 0.001), ("us", 0.001), ("ns", 0.000_001), ("s", 1_000)]
        where text.hasSuffix(unit) {
            return Double(text.dropLast(unit.count)).flatMap { plausible($0 * factor) }
        }
        return nil
    }

    /// Nil for what no request takes: anybody can write a number into a log. Up to 30 years.
    private static func plausible(_ milliseconds: Double) -> Double? {
        (0...1e12).contains(milliseconds) ? milliseconds : nil
    }

    /// The value of the first of some names: `"name": "value"` of JSON, `name=value` of logfmt. Escapes are left as they are.
    ///
    /// - Parameter keys: the names with their quotes or their sign.
    private static func member(_ keys: [[UInt8]], _ text: ArraySlice<UInt8>, json: Bool) -> String? {
        text.withUnsafeBytes { bytes in
            for key in keys {
                if let value = value(behind: key, bytes, json: json) { return value }
            }
            return nil
        }
    }

    private static func value(behind key: [UInt8], _ text: UnsafeRawBufferPointer, json: Bool) -> String? {
        guard let base = text.baseAddress else { return nil }
        var start = 0
        while text.count - start >= key.count,
            let hit = memchr(base + start, Int32(key[0]), text.count - start - key.count + 1)
        {
            let found = base.distance(to: UnsafeRawPointer(hit))
            start = found + 1
            guard memcmp(hit, key, key.count) == 0 else { continue }
            // In logfmt a name begins a word.
            if !json, found > 0, text[found - 1] != 0x20 { continue }
            var rest = text[(found + key.count)...]
            if json {
                rest = rest.drop { $0 == 0x20 }
                guard rest.first == UInt8(ascii: ":") else { continue }
                rest = rest.dropFirst().drop { $0 == 0x20 }
            }
            if rest.first == UInt8(ascii: "\"") {
                return String(decoding: rest.dropFirst().prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
            }
            let value = rest.prefix { $0 != 0x20 && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "}") }
            guard !value.isEmpty else { continue }
            return String(decoding: value, as: UTF8.self)
        }
        return nil
    }

    /// The names as they stand in a line.
    private enum Keys {
        static let method = json(["method", "request_method", "verb", "http_method"])
        static let path = json(["path", "uri", "request_uri", "url", "request_path", "http_path"])
        static let status = json(["status", "status_code", "statusCode", "code", "http_status", "response_code"])
        static let plainMethod = plain(["method", "verb"])
        static let plainPath = plain(["path", "uri", "url"])
        static let plainStatus = plain(["status", "status_code", "code"])
        static let durations = LogRequest.durations.map { (json: json([$0.name]), plain: plain([$0.name]), $0.factor) }

        private static func json(_ names: [String]) -> [[UInt8]] { names.map { Array("\"\($0)\"".utf8) } }
        private static func plain(_ names: [String]) -> [[UInt8]] { names.map { Array("\($0)=".utf8) } }
    }
}
