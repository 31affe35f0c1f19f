/// Tells how bad a line of a log is, by its first few hundred bytes.
enum LogLevels {
    /// In bytes.
    static let looked = 512

    static func level(of message: ArraySlice<UInt8>) -> LogLine.Level? {
        var head = message.prefix(looked)
        while let first = head.first, first == 0x20 || first == 0x09 { head.removeFirst() }
        guard let first = head.first else { return nil }
        if let level = klog(head) { return level }
        if first == UInt8(ascii: "{") {
            for key in jsonKeys {
                if let value = value(behind: key, in: head), let level = word(value) { return level }
            }
            return nil
        }
        for key in plainKeys {
            if let value = value(behind: key, in: head), let level = word(value) { return level }
        }
        if head.starts(with: panic) || head.starts(with: traceback) { return .error }
        return spelledOut(head)
    }

    private static let jsonKeys = ["\"level\":", "\"severity\":", "\"lvl\":", "\"levelname\":", "\"log.level\":"].map {
        Array($0.utf8)
    }
    private static let plainKeys = [" level=", " lvl=", " severity="].map { Array($0.utf8) }
    private static let panic = Array("panic: ".utf8)
    private static let traceback = Array("Traceback (most".utf8)

    /// `E1130 08:01:00.123456       1 file.go:12] …`: a letter, month and day (k8s.io/klog).
    private static func klog(_ head: ArraySlice<UInt8>) -> LogLine.Level? {
        guard head.count > 21 else { return nil }
        let start = head.startIndex
        for offset in [1, 2, 3, 4, 6, 7, 9, 10] where head[start + offset] &- 0x30 > 9 { return nil }
        guard head[start + 5] == 0x20, head[start + 8] == UInt8(ascii: ":") else { return nil }
        switch head[start] {
        case UInt8(ascii: "I"): return .info
        case UInt8(ascii: "W"): return .warning
        case UInt8(ascii: "E"): return .error
        case UInt8(ascii: "F"): return .fatal
        default: return nil
        }
    }

    /// The letters or digits behind a key, quotes and blanks aside.
    private static func value(behind key: [UInt8], in head: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        // A key at the very beginning has no blank before it.
        let isFirst = key.first == 0x20 && head.starts(with: key.dropFirst())
        guard let found = isFirst ? head.startIndex + key.count - 1 : end(of: key, in: head) else { return nil }
        var rest = head[found...]
        while let first = rest.first, first == 0x20 || first == UInt8(ascii: "\"") { rest.removeFirst() }
        return rest.prefix { ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 }
    }

    private static func end(of key: [UInt8], in head: ArraySlice<UInt8>) -> Int? {
        guard let first = key.first else { return nil }
        var start = head.startIndex
        while let candidate = head[start...].firstIndex(of: first) {
            if head[candidate...].starts(with: key) { return candidate + key.count }
            start = candidate + 1
        }
        return nil
    }

    /// `error`, `ERR`, `warn`, or a number as pino and bunyan write it.
    private static func word(_ word: ArraySlice<UInt8>) -> LogLine.Level? {
        words[String(decoding: word.prefix(16), as: UTF8.self).lowercased()]
    }

    private static let words: [String: LogLine.Level] = [
        "trace": .trace, "debug": .debug, "dbg": .debug, "info": .info, "information": .info, "notice": .info,
        "log": .info,
        "warn": .warning, "warning": .warning, "wrn": .warning, "error": .error, "err": .error, "severe": .error,
        "exception": .error, "fatal": .fatal, "critical": .fatal, "crit": .fatal, "alert": .fatal, "emerg": .fatal,
        "emergency": .fatal, "panic": .fatal, "10": .trace, "20": .debug, "30": .info, "40": .warning, "50": .error,
        "60": .fatal,
    ]

    /// A level that stands alone in capitals, or in brackets, among the first words of a line: `[error] 7#7: …`, `2026-… ERROR …`.
    private static func spelledOut(_ head: ArraySlice<UInt8>) -> LogLine.Level? {
        var number = 0
        var rest = head
        while number < 10, !rest.isEmpty {
            let start = rest.drop { !isLetter($0) }
            let word = start.prefix { isLetter($0) }
            rest = start.dropFirst(word.count)
            guard !word.isEmpty else { return nil }
            number += 1
            let before = word.startIndex > head.startIndex ? head[word.startIndex - 1] : 0x20
            let behind = rest.first ?? 0x20
            let isCapital = word.allSatisfy { $0 < 0x60 }
            guard word.count >= 3, isCapital || (before == UInt8(ascii: "[") && behind == UInt8(ascii: "]")),
                before != UInt8(ascii: "_"), behind != UInt8(ascii: "_"), behind != UInt8(ascii: "=")
            else { continue }
            if let level = Self.word(word) { return level }
        }
        return nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
}
