internal import Collection
internal import LinuxHost

/// What a step `packets` is to capture.
struct PacketsRequest {
    /// Stands for no restriction, as parameters always have a value.
    private static let any = "any"

    let options: PacketCapture.Options

    /// - Throws: `StepFailure` for what cannot be captured: values of parameters are judged here.
    init(_ step: StepDefinition) throws {
        let hosts = try Self.list(step, "hosts").map { text in
            guard let range = AddressRange(text) else {
                throw Self.bad("\(TextSafety.oneLine(text)) is no address, as 192.0.2.1, and no network, as 10.0.0.0/8")
            }
            return range
        }
        let ports = try Self.list(step, "ports").map { text in
            guard let port = UInt16(text), port > 0, String(port) == text else {
                throw Self.bad("\(TextSafety.oneLine(text)) is no port, which is a number from 1 to 65535")
            }
            return port
        }
        let protocols = try Self.list(step, "protocols").map { text in
            guard let proto = PacketFilter.Proto(rawValue: text) else {
                throw Self.bad(
                    "\(TextSafety.oneLine(text)) is none of the protocols "
                        + PacketFilter.Proto.allCases.map(\.rawValue).joined(separator: ", "))
            }
            return proto
        }
        guard let filter = PacketFilter(hosts: hosts, ports: ports, protocols: protocols) else {
            throw Self.bad("there are more than \(PacketFilter.maxItems) hosts, ports or protocols")
        }
        var options = PacketCapture.Options(
            filter: filter, snapLength: UInt32(step.number("snaplen") ?? PacketsStep.defaultSnapLength),
            duration: .seconds(step.number("seconds") ?? PacketsStep.defaultSeconds))
        options.interfaces = try Self.list(step, "interfaces")
        guard options.interfaces.count <= PacketCapture.maxInterfaces else {
            throw Self.bad("there are more than \(PacketCapture.maxInterfaces) interfaces; any is all of them")
        }
        for name in options.interfaces where !(1...15).contains(name.utf8.count) || name.contains("/") {
            throw Self.bad("\(TextSafety.oneLine(name)) cannot be the name of an interface")
        }
        self.options = options
    }

    /// The items of an option, each once: an item may have several, with commas between them. Empty for all.
    private static func list(_ step: StepDefinition, _ option: String) throws -> [String] {
        var items: [String] = []
        for item in step.texts(option).flatMap({ $0.split(separator: ",") }).map(String.init)
        where !items.contains(item) {
            items.append(item)
        }
        guard items.contains(any) else { return items }
        guard items.count == 1 else { throw bad("\(option) has any and something else; any is everything by itself") }
        return []
    }

    private static func bad(_ words: String) -> StepFailure {
        StepFailure(.error("BadFilter", words))
    }
}
