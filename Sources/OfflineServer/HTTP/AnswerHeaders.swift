internal import NIOHTTP1

/// The headers of an answer: the server's own, and what is safe of the handler's.
enum AnswerHeaders {
    /// Of the handler's.
    private static let most = 32
    private static let mostWarnings = 5
    /// Bytes of a value: a warning in which every character is a quote, which has two, fits.
    private static let longest = 2_048
    /// What only the server says.
    private static let framing: Set = [
        "connection", "content-length", "content-type", "transfer-encoding", "trailer", "upgrade",
    ]

    /// - Parameter length: nil when it is not known.
    static func of(_ response: APIResponse, length: Int?, isKeptAlive: Bool) -> HTTPHeaders {
        var headers = HTTPHeaders()
        headers.add(name: "Content-Type", value: SafeText.line(response.mediaType))
        if let length { headers.add(name: "Content-Length", value: "\(length)") }
        if !isKeptAlive { headers.add(name: "Connection", value: "close") }
        headers.add(name: "X-Content-Type-Options", value: "nosniff")
        var warnings = 0
        for (name, value) in response.headers.prefix(most) {
            guard isName(name), !framing.contains(name.lowercased()) else { continue }
            if name.lowercased() == "warning" {
                warnings += 1
                guard warnings <= mostWarnings else { continue }
            }
            headers.add(name: name, value: SafeText.line(value, atMost: longest))
        }
        if !headers.contains(name: "cache-control") { headers.add(name: "Cache-Control", value: "no-cache, private") }
        return headers
    }

    /// A token of RFC 9110.
    private static func isName(_ text: String) -> Bool {
        let signs = Set("!#$%&'*+-.^_`|~".utf8)
        return !text.isEmpty && text.utf8.count <= 100
            && text.utf8.allSatisfy { byte in
                signs.contains(byte) || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                    || (0x61...0x7A).contains(byte)
            }
    }
}
