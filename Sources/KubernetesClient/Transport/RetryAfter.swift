#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The header `Retry-After`: seconds, or an HTTP date. Source: RFC 9110, section 10.2.3.
package enum RetryAfter {
    /// Nothing asks for more than a day and means it.
    package static let maxSeconds = 86_400

    /// - Parameter now: seconds since 1970, for tests; nil takes the clock.
    package static func parse(_ text: String?, now: Int? = nil) -> Duration? {
        guard let text, text.utf8.count <= 64 else { return nil }
        let parts = text.split(separator: " ", omittingEmptySubsequences: true)
        guard let first = parts.first else { return nil }
        if parts.count == 1 {
            guard first.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return .seconds(min(Int(first) ?? maxSeconds, maxSeconds))
        }
        guard let date = HTTPDate.secondsSince1970(text) else { return nil }
        return .seconds(min(max(date - (now ?? time(nil)), 0), maxSeconds))
    }
}
