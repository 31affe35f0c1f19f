internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// What a host's name meant when it was asked for, and what the policy says of it.
public struct Resolution: Sendable, Hashable {
    public struct Judged: Sendable, Hashable {
        public var address: NetworkAddress
        public var kind: AddressClass
        public var isAllowed: Bool
    }

    public var host: Endpoint.Host
    /// In the order in which the system would dial them (RFC 6724), each once.
    public var addresses: [Judged]
    /// How long it took; 0 for an address.
    public var milliseconds: Double

    /// What may be dialled, in order.
    public var allowed: [NetworkAddress] { addresses.filter(\.isAllowed).map(\.address) }
}

/// Resolves names as other programs of this machine do (nsswitch.conf: /etc/hosts, DNS …), once, and judges what comes.
public enum HostResolver {
    /// More addresses of a name are not looked at.
    public static let mostAddresses = 64
    private static let underWay = Atomic<Int>(0)
    /// A lookup that hangs cannot be ended: its thread is left behind. No more of those than this.
    private static let mostUnderWay = 16

    /// - Returns: at least one address, be it one that may not be dialled.
    /// - Throws: ``ProbeError/Code/notResolved``, `CancellationError`.
    public static func resolve(
        _ host: Endpoint.Host, policy: AddressPolicy, within limit: Duration
    ) async throws -> Resolution {
        let watch = Stopwatch()
        let found: [NetworkAddress]
        switch host {
        case .address(let address): found = [address]
        case .name(let name): found = try await lookUp(name, within: limit)
        }
        return Resolution(
            host: host,
            addresses: found.map { address in
                let kind = policy.class(of: address)
                return .init(address: address, kind: kind, isAllowed: policy.allows.contains(kind))
            }, milliseconds: host.isName ? watch.milliseconds : 0)
    }

    /// The addresses that may be dialled; at least one.
    ///
    /// - Throws: as ``resolve(_:policy:within:)`` does, and ``ProbeError/Code/addressRefused`` when there is none.
    public static func dialable(
        _ host: Endpoint.Host, policy: AddressPolicy, within limit: Duration
    ) async throws -> Resolution {
        let resolution = try await resolve(host, policy: policy, within: limit)
        guard !resolution.allowed.isEmpty else { throw resolution.refusal }
        return resolution
    }

    private static func lookUp(_ name: String, within limit: Duration) async throws -> [NetworkAddress] {
        func failure(_ reason: String, _ advice: String = "") -> ProbeError {
            ProbeError(code: .notResolved, doing: "resolving", subject: name, reason: reason, advice: advice)
        }
        let answer: Answer
        do {
            answer = try await within(limit) { try await ask(name) }
        } catch is DeadlineExceeded {
            throw failure("the system's resolver gave no answer in time", "check its servers (/etc/resolv.conf)")
        }
        switch answer {
        case .addresses(let found) where !found.isEmpty: return found
        case .addresses: throw failure("the name has no address")
        case .failed(let reason): throw failure(reason, "check the name, and DNS or VPN")
        }
    }

    private enum Answer: Sendable {
        case addresses([NetworkAddress])
        case failed(String)
    }

    private static func ask(_ name: String) async throws -> Answer {
        guard underWay.add(1, ordering: .relaxed).newValue <= mostUnderWay else {
            underWay.subtract(1, ordering: .relaxed)
            throw ProbeError(
                code: .notResolved, doing: "resolving", subject: name,
                reason: "\(mostUnderWay) lookups hang already", advice: "check the servers in /etc/resolv.conf")
        }
        let reply = Reply<Answer>()
        let started = LeftThread.start {
            defer { underWay.subtract(1, ordering: .relaxed) }
            reply.give(lookUpNow(name))
        }
        if !started {
            underWay.subtract(1, ordering: .relaxed)
            throw ProbeError(
                code: .systemFailure, doing: "resolving", subject: name, reason: "no thread could be made for it")
        }
        return try await reply.value()
    }

    /// Asks the system, which may take as long as it likes.
    private static func lookUpNow(_ name: String) -> Answer {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(name, nil, &hints, &list)
        guard status == 0 else { return .failed(gai_strerror(status).map { String(cString: $0) } ?? "error \(status)") }
        defer { freeaddrinfo(list) }
        var found: [NetworkAddress] = []
        var next = list
        while let entry = next, found.count < mostAddresses {
            if let address = entry.pointee.ai_addr.flatMap({ NetworkAddress(of: $0) }), !found.contains(address) {
                found.append(address)
            }
            next = entry.pointee.ai_next
        }
        return .addresses(found)
    }
}

extension Resolution {
    /// The error for a host of which nothing may be dialled.
    var refusal: ProbeError {
        let kinds = Set(addresses.map(\.kind))
        let words = addresses.prefix(3).map { "\($0.address) (\($0.kind.rawValue))" }.joined(separator: ", ")
        let optional = AddressPolicy.optional.filter { kinds.contains($0) }.map(\.rawValue)
        return ProbeError(
            code: .addressRefused, doing: "connecting to", subject: "\(host)",
            reason: "what it means may not be dialled from here: \(words)",
            advice: optional.isEmpty
                ? "" : "if that is meant, the step must say allow: [\(optional.joined(separator: ", "))]")
    }
}

extension Endpoint.Host {
    var isName: Bool { if case .name = self { true } else { false } }
}
