internal import NIOCore

/// What is said to a proxy, and what its answers mean.
struct ProxyConversation: Sendable {
    enum Answer {
        case ask([UInt8])
        case open
    }

    /// A proxy's refusal brings a page along, its head is short.
    private static let maxHeadBytes = 64 << 10

    /// Which answer is awaited.
    private enum Stage {
        case head
        case method
        case login
        case reply
    }

    let proxy: ClusterProxy
    let server: ServerURL
    let userAgent: String
    private var stage: Stage

    init(proxy: ClusterProxy, server: ServerURL, userAgent: String) {
        self.proxy = proxy
        self.server = server
        self.userAgent = userAgent
        stage = proxy.kind == .socks5 ? .method : .head
    }

    var question: [UInt8] {
        switch proxy.kind {
        case .http, .https:
            var text =
                "CONNECT \(server.authority) HTTP/1.1\r\nHost: \(server.authority)\r\nUser-Agent: \(userAgent)\r\n"
            if let login = proxy.login { text += "Proxy-Authorization: Basic \(login.basic)\r\n" }
            return Array((text + "\r\n").utf8)
        // Without a login, or with one, too: the proxy chooses.
        case .socks5: return proxy.login == nil ? [5, 1, 0] : [5, 2, 0, 2]
        }
    }

    /// Takes one answer out of what has come; nil when more is to come.
    mutating func take(_ buffer: inout ByteBuffer) throws(ProxyFailure) -> Answer? {
        switch stage {
        case .head: try takeHead(&buffer)
        case .method: try takeMethod(&buffer)
        case .login: try takeLoginAnswer(&buffer)
        case .reply: try takeReply(&buffer)
        }
    }

    private func takeHead(_ buffer: inout ByteBuffer) throws(ProxyFailure) -> Answer? {
        let view = buffer.readableBytesView
        guard view.starts(with: "HTTP/1.".utf8.prefix(view.count)) else {
            throw ProxyFailure("it does not answer in HTTP")
        }
        guard let end = view.firstRange(of: Array("\r\n\r\n".utf8)) else {
            guard view.count <= Self.maxHeadBytes else { throw ProxyFailure("its answer has no end") }
            return nil
        }
        let line = String(decoding: view.prefix { $0 != 0x0D && $0 != 0x0A }, as: UTF8.self)
        buffer.moveReaderIndex(to: end.upperBound)
        let parts = line.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, let status = Int(parts[1]), (100...599).contains(status) else {
            throw ProxyFailure("it does not answer in HTTP")
        }
        if (200..<300).contains(status) { return .open }
        if [401, 407].contains(status) {
            throw ProxyFailure(
                proxy.login == nil ? "it wants a login (\(status))" : "it refuses the login (\(status))", remedy: .logIn
            )
        }
        let words = parts.count == 3 ? " \(String(parts[2]).printable(limit: 100))" : ""
        // What it says goes into errors and ledgers, where the login must not come back.
        let tellsLogin = proxy.login?.isWithin(line) ?? false
        throw ProxyFailure("it does not connect to \(server.authority): \(status)\(tellsLogin ? "" : words)")
    }

    private mutating func takeMethod(_ buffer: inout ByteBuffer) throws(ProxyFailure) -> Answer? {
        guard let answer: (UInt8, UInt8) = buffer.readMultipleIntegers() else { return nil }
        guard answer.0 == 5 else { throw ProxyFailure("it does not speak SOCKS 5") }
        switch (answer.1, proxy.login) {
        case (0, _): return try request()
        case (2, let login?):
            stage = .login
            return .ask(
                [1, UInt8(login.user.count)] + login.user + [UInt8(login.password.count)] + login.password)
        case (0xFF, nil): throw ProxyFailure("it wants a login", remedy: .logIn)
        case (0xFF, _): throw ProxyFailure("it takes no login by user name and password")
        default: throw ProxyFailure("it does not speak SOCKS 5")
        }
    }

    /// Source: RFC 1929, section 2.
    private mutating func takeLoginAnswer(_ buffer: inout ByteBuffer) throws(ProxyFailure) -> Answer? {
        guard let answer: (UInt8, UInt8) = buffer.readMultipleIntegers() else { return nil }
        guard answer.0 == 1 else { throw ProxyFailure("it does not answer a login as SOCKS 5 does") }
        guard answer.1 == 0 else { throw ProxyFailure("it refuses the login", remedy: .logIn) }
        return try request()
    }

    private mutating func request() throws(ProxyFailure) -> Answer {
        stage = .reply
        var request: [UInt8] = [5, 1, 0]
        if let address = IPAddress(server.host) {
            request += [address.bytes.count == 4 ? 1 : 4] + address.bytes
        } else {
            let name = Array(server.host.utf8)
            guard name.count <= 255 else { throw ProxyFailure("the server's name is too long for SOCKS 5") }
            request += [3, UInt8(name.count)] + name
        }
        return .ask(request + [UInt8(server.port >> 8), UInt8(server.port & 0xFF)])
    }

    private func takeReply(_ buffer: inout ByteBuffer) throws(ProxyFailure) -> Answer? {
        let view = Array(buffer.readableBytesView.prefix(5))
        guard view.count >= 2 else { return nil }
        guard view[0] == 5 else { throw ProxyFailure("it does not speak SOCKS 5") }
        guard view[1] == 0 else {
            throw ProxyFailure("it does not connect to \(server.authority): \(Self.words(view[1]))")
        }
        guard view.count == 5 else { return nil }
        let length: Int? =
            switch view[3] {
            case 1: 4
            case 4: 16
            case 3: 1 + Int(view[4])
            default: nil
            }
        guard let length else { throw ProxyFailure("it does not speak SOCKS 5") }
        guard buffer.readableBytes >= 4 + length + 2 else { return nil }
        buffer.moveReaderIndex(forwardBy: 4 + length + 2)
        return .open
    }

    /// Source: RFC 1928, section 6.
    private static func words(_ code: UInt8) -> String {
        switch code {
        case 1: "general failure"
        case 2: "not allowed by its rules"
        case 3: "network unreachable"
        case 4: "host unreachable"
        case 5: "connection refused"
        case 6: "TTL expired"
        case 7: "command not supported"
        case 8: "address type not supported"
        default: "code \(code)"
        }
    }
}
