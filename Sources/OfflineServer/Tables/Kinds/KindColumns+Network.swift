internal import Inspection
internal import StructuredText

extension KindColumns {
    static let network: [String: [PrintedColumn]] = [
        "services": [
            .name,
            .text("Type", at: "spec", "type"),
            .text("Cluster-IP") { object in
                // Servers before 1.20 know one address only.
                (object.list("spec", "clusterIPs").first?.text ?? object.text("spec", "clusterIP")).or("<none>")
            },
            .text("External-IP", externalIP),
            .text("Port(s)", ports),
            .age,
            .text("Selector", isWide: true) { LabelText.labels($0.at("spec", "selector")) },
        ],
        "endpoints": [.name, .text("Endpoints", endpoints), .age],
        "endpointslices.discovery.k8s.io": [
            .name,
            .text("AddressType", at: "addressType"),
            .text("Ports") { object in
                let ports = object.list("ports").map { ($0["port"] ?? $0["name"])?.text ?? "*" }
                return ListText.first(3, of: ports, orElse: "<unset>")
            },
            .text("Endpoints") { object in
                let addresses = object.list("endpoints").flatMap { $0["addresses"]?.elements ?? [] }
                return ListText.first(3, of: addresses.map { $0.text ?? "" }, orElse: "<unset>")
            },
            .age,
        ],
        "ingresses.networking.k8s.io": [
            .name,
            .text("Class", at: "spec", "ingressClassName", or: "<none>"),
            .text("Hosts", hosts),
            .text("Address", balancerAddresses),
            .text("Ports") { $0.list("spec", "tls").isEmpty ? "80" : "80, 443" },
            .age,
        ],
        "ingressclasses.networking.k8s.io": [
            .name,
            .text("Controller", at: "spec", "controller"),
            .text("Parameters") { object in
                guard let parameters = object.at("spec", "parameters") else { return "<none>" }
                let group = parameters["apiGroup"]?.text.map { "." + $0 } ?? ""
                return "\(parameters["kind"]?.text ?? "")\(group)/\(parameters["name"]?.text ?? "")"
            },
            .age,
        ],
        "networkpolicies.networking.k8s.io": [
            .name, .text("Pod-Selector") { LabelText.selector($0.at("spec", "podSelector")) }, .age,
        ],
    ]

    @Sendable private static func externalIP(_ object: PrintedObject) -> String {
        let given = object.list("spec", "externalIPs").map { $0.text ?? "" }
        switch object.text("spec", "type") {
        case "ClusterIP", "NodePort": return given.joined(separator: ",").or("<none>")
        case "LoadBalancer":
            let balancer = balancerAddresses(object)
            return ((balancer.isEmpty ? [] : [balancer]) + given).joined(separator: ",").or("<pending>")
        case "ExternalName": return object.text("spec", "externalName")
        default: return "<unknown>"
        }
    }

    @Sendable private static func balancerAddresses(_ object: PrintedObject) -> String {
        let addresses = object.list("status", "loadBalancer", "ingress").map {
            ($0["ip"]?.text ?? "").or($0["hostname"]?.text ?? "")
        }
        return Set(addresses.filter { !$0.isEmpty }).sortedByBytes().joined(separator: ",")
    }

    @Sendable private static func ports(_ object: PrintedObject) -> String {
        object.list("spec", "ports").map { port in
            let node = port["nodePort"]?.int ?? 0
            return "\(port["port"]?.int ?? 0)\(node > 0 ? ":\(node)" : "")/\(port["protocol"]?.text ?? "")"
        }.joined(separator: ",").or("<none>")
    }

    @Sendable private static func hosts(_ object: PrintedObject) -> String {
        // Counted by rules, of which some have no host, as it is upstream.
        var shown: [String] = []
        let rules = object.list("spec", "rules")
        for rule in rules {
            if shown.count == 3 { return shown.joined(separator: ",") + " + \(rules.count - 3) more..." }
            if let host = rule["host"]?.text, !host.isEmpty { shown.append(host) }
        }
        return shown.joined(separator: ",").or("*")
    }

    @Sendable private static func endpoints(_ object: PrintedObject) -> String {
        let subsets = object.list("subsets")
        guard !subsets.isEmpty else { return "<none>" }
        var shown: [String] = []
        var count = 0
        for subset in subsets {
            let addresses = subset["addresses"]?.elements ?? []
            let ports = subset["ports"]?.elements ?? []
            // Headless services may have none.
            for port in ports.isEmpty ? [nil] : ports.map(Optional.some) {
                count += addresses.count
                for address in addresses.prefix(3 - shown.count) {
                    let ip = address["ip"]?.text ?? ""
                    guard let port else {
                        shown.append(ip)
                        continue
                    }
                    shown.append("\(ip.utf8.contains(UInt8(ascii: ":")) ? "[\(ip)]" : ip):\(port["port"]?.int ?? 0)")
                }
            }
        }
        let text = shown.joined(separator: ",")
        return count > shown.count ? "\(text) + \(count - shown.count) more..." : text
    }
}
