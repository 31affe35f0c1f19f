import Testing

/// What every step kind, and every plugin, must be able to bear (docs/collectors.md, Conformance).
enum StepFault: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case badOutput = "bad output"
    case endlessOutput = "endless output"
    case noOutput = "no output"
    case hang
    case crash
    case badNames = "bad names"

    var testDescription: String { rawValue }

    /// Not text in any encoding, and in no format.
    static let noise: [UInt8] = (0..<4_096).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) }

    /// A name that is not UTF-8, and would steer a terminal.
    static let odd: [UInt8] = Array("odd\u{1B}[2J\u{85}\u{202E}".utf8) + [0xFF, 0xFE]
}

/// What must become of a step kind that meets a fault.
enum FaultEnd: Sendable {
    /// - Parameters:
    ///   - states: that its attempts may end in.
    ///   - codes: of their reasons; nil for any.
    ///   - because: why a state is right that one would not think so, as `ok` where something crashed.
    case ends(_ states: Set<String>, codes: Set<String>? = nil, because: String? = nil)
    /// It cannot happen to this kind; why.
    case cannot(String)

    /// As one would think, of each fault.
    static func states(of fault: StepFault) -> Set<String> {
        switch fault {
        // Bytes are kept as they come, where nothing needs to understand them.
        case .badOutput, .badNames: ["ok", "partial", "error", "denied", "missing", "empty", "skipped"]
        case .endlessOutput, .hang: ["partial", "timeout", "error", "skipped"]
        case .noOutput: ["empty", "partial", "error", "missing"]
        case .crash: ["partial", "error", "missing"]
        }
    }
}

/// What a step needs around it, of which the fault is made.
struct Surroundings: Sendable {
    let fault: StepFault
    /// A folder of its own.
    let folder: String
    let services: FaultyServices
}

/// A registered step kind, and what must become of it.
struct KindRow: Sendable {
    /// As `exhibit collectors kinds` has it: name and scopes.
    let kind: String
    /// Of the collector that has the step.
    let name: String
    let scope: String
    /// Bytes that the step may bring.
    var bytes: @Sendable (StepFault) -> Int = { _ in 64 << 10 }
    /// Kinds that have one of them on all lines but those of a list that leads to them.
    var judged: @Sendable (LedgerLine) -> Bool = { _ in true }
    /// The step, as YAML: kind, options, and its output if it has one.
    let step: @Sendable (Surroundings) -> String
    let ends: [StepFault: FaultEnd]

    func definition(_ surroundings: Surroundings) -> String {
        """
        apiVersion: exhibit/v1
        kind: Collector
        metadata: {name: \(name), title: Meets a fault}
        scope: \(scope)
        volatility: 3
        steps:
          - \(step(surroundings))
            limits: {timeout: \(surroundings.fault == .hang ? 1 : scope == "host" ? 9 : 3)s, bytes: \(bytes(surroundings.fault))}

        """
    }

    func isTried(_ fault: StepFault) -> Bool {
        if case .ends? = ends[fault] { return true }
        return false
    }

    static let all: [KindRow] = [pods] + ofTheServer + ofContainers + ofTheHost + ofThisMachine
}
