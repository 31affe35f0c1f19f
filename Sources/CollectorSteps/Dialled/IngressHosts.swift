internal import Probes
internal import StructuredText

/// Which hosts of Ingresses are dialled, and which are not. Everything in it is the cluster's word.
struct IngressHosts {
    /// Below which others lie, in small letters.
    private let domains: [String]
    private let most: Int
    /// More names than these are not told apart: whoever has so many wants them to be remembered.
    private static let maxSeen = 10_000

    /// Each with the first Ingress that names it.
    private(set) var chosen: [String: String] = [:]
    private var seen: Set<String> = []
    private var wildcards = 0
    private var others: [String] = []
    private var otherCount = 0
    private var surplus = 0
    private var isEndless = false

    init(domains: [String], most: Int) {
        self.domains = domains.map { $0.lowercased().trimmed(".") }.filter { !$0.isEmpty }
        self.most = most
    }

    /// Those of `tls` and of the rules. Source: k8s.io/api networking/v1 types.go, IngressSpec.
    mutating func add(_ ingress: JSONValue) {
        let metadata = ObjectMetadata(ingress)
        let spec = ingress["spec"]
        let secure = (spec?["tls"]?.array ?? []).flatMap { $0["hosts"]?.array ?? [] }.compactMap(\.string)
        let ruled = (spec?["rules"]?.array ?? []).compactMap { $0["host"]?.string }
        for host in secure + ruled where !host.isEmpty {
            add(host.lowercased(), of: TextSafety.oneLine("\(metadata.namespace ?? "")/\(metadata.name)"))
        }
    }

    private mutating func add(_ host: String, of ingress: String) {
        guard !seen.contains(host) else { return }
        guard seen.count < Self.maxSeen else {
            isEndless = true
            return
        }
        seen.insert(host)
        guard !host.contains("*") else {
            wildcards += 1
            return
        }
        guard let name = try? HostName.checked(host),
            domains.contains(where: { name == $0 || name.hasSuffix(".\($0)") })
        else {
            otherCount += 1
            if others.count < 3 { others.append(TextSafety.oneLine(String(host.prefix(100)))) }
            return
        }
        if chosen.count < most { chosen[name] = ingress } else { surplus += 1 }
    }

    /// What is not dialled, for people; nil when everything is.
    var leftOut: String? {
        var parts: [String] = []
        if otherCount > 0 {
            let more = otherCount > others.count ? " …" : ""
            parts.append(
                "\(Self.count(otherCount, "host")) not below \(domains.joined(separator: ", ")) (\(others.joined(separator: ", "))\(more))"
            )
        }
        if wildcards > 0 { parts.append("\(Self.count(wildcards, "wildcard")): there is no one host to dial") }
        if surplus > 0 { parts.append("\(Self.count(surplus, "host")) more than the \(most) that the step takes") }
        if isEndless { parts.append("all after the first \(Self.maxSeen) names") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    private static func count(_ number: Int, _ thing: String) -> String {
        "\(number) \(thing)\(number == 1 ? "" : "s")"
    }
}

extension String {
    fileprivate func trimmed(_ character: Character) -> String {
        String(drop { $0 == character }.reversed().drop { $0 == character }.reversed())
    }
}
