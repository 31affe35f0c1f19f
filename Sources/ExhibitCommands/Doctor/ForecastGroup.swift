internal import BundleFormat
internal import Collection
internal import CollectorSteps
internal import StructuredText

/// Attempts of one step that would end alike, for the same reason.
struct ForecastGroup {
    /// What would become of them, as its place in a report: `possible`, `unknown`, or a state of the ledger.
    let verdict: String
    /// The ledger's reason code; empty where there is none.
    let code: String
    /// Why; empty where there is nothing to say.
    let reason: String
    var targets: [Target] = []

    init(_ verdict: CapturePreview.Verdict) {
        switch verdict {
        case .possible: (self.verdict, code, reason) = ("possible", "", "")
        case .settled(let outcome):
            self.verdict = outcome.state.rawValue
            code = outcome.reason?.code.rawValue ?? ""
            reason = outcome.reason?.message ?? ""
        case .denied(let needs):
            self.verdict = "denied"
            code = ""
            reason = "not allowed: \(needs.prefix(3).map { "\($0)" }.joined(separator: ", "))"
        case .unknown(let reason): (self.verdict, code, self.reason) = ("unknown", "", reason)
        }
    }

    var isPossible: Bool { verdict == "possible" }

    /// Whether its attempts may bring something.
    var mayBring: Bool { ["possible", "unknown", AttemptState.partial.rawValue].contains(verdict) }

    /// Without the reason.
    var words: String {
        if verdict == "unknown" { return "unknown: \(reason)" }
        return code.isEmpty ? verdict : "\(verdict) (\(code))"
    }

    var json: JSONValue {
        [
            "verdict": .string(verdict), "code": code.isEmpty ? .null : .string(code),
            "reason": reason.isEmpty ? .null : .string(reason), "targets": .array(targets.map(\.json)),
        ]
    }
}

extension Target {
    /// As short as it is clear beside the step: `prod/api-7d9/app`, `secrets in prod`, `db.example.org:5432`.
    var short: String {
        switch kind {
        case "Host": return "this host"
        case "Local": return name ?? "this machine"
        case "Container": return "container \(name ?? container ?? "")"
        default: break
        }
        let place = namespace.map { " in \($0)" } ?? ""
        if let resource, name == nil { return resource + place }
        if let node, name == nil { return "node \(node)" }
        let path = [namespace, name, container].compactMap(\.self).joined(separator: "/")
        if let kind, kind != "Pod" { return "\(kind) \(path)" }
        return path.isEmpty ? "the cluster" : path
    }
}
