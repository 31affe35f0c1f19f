public import Collection
internal import Programs
internal import StructuredText

/// Looks in a plugin for the faults that every step kind is tested with. In a capture each of them costs the plugin's own evidence
/// and nothing else; here its author is told of it, with what is to be done.
public struct PluginConformance: Sendable {
    /// What is looked for.
    public enum Fault: String, Sendable, CaseIterable {
        /// No tar stream, half of one, or something behind it.
        case badOutput = "bad output"
        /// It goes on beyond the bytes that its request lets it have.
        case endlessOutput = "endless output"
        /// It gives no file, although it ends well.
        case noOutput = "no output"
        /// It does not end in the time that its request gives it.
        case hang
        /// A signal, or an exit code that is not 0.
        case crash
        /// Names of files that are no text, or that two files have.
        case badNames = "bad names"
    }

    public struct Finding: Sendable {
        public let fault: Fault
        /// What it does, when asked in which way, and what it should do; nil: it does not have the fault.
        public let words: String?
    }

    /// How it is started.
    private enum Asking: CaseIterable {
        case asEver, withMore, withNothing

        var words: String {
            switch self {
            case .asEver: "asked as collect asks it"
            case .withMore: "asked with members that it does not know"
            case .withNothing: "started with nothing on its standard input"
            }
        }
    }

    private let step: StepDefinition
    private let collector: String
    private let allowed: [AllowedPlugin]

    /// One for each step of the kind `plugin`, in the order of the definition.
    public static func all(_ definition: CollectorDefinition, _ options: LocalCapture.Options) -> [PluginConformance] {
        definition.steps.filter { $0.kind == PluginStep.kind }.map {
            PluginConformance(step: $0, collector: definition.name, allowed: options.plugins)
        }
    }

    /// The program, as the step's argv names it.
    public var plugin: String { step.texts("argv").first ?? "" }

    /// Runs it three times, each within the limits of its step, and judges what it did: a line for each fault.
    ///
    /// - Throws: `StepFailure` when it was not allowed, or is not there; `CancellationError`.
    public func run() async throws -> [Finding] {
        var found: [Fault: String] = [:]
        do {
            let program = try PluginProgram(step, allowed)
            for asking in Asking.allCases {
                let trial = try await trial(of: program, asking)
                for (fault, words) in trial.faults(isAsked: asking != .withNothing, step.limits)
                where found[fault] == nil {
                    found[fault] = "\(asking.words), \(words)"
                }
            }
        } catch let error as ProgramError {
            throw StepFailure(CommandStep.outcome(error))
        }
        return Fault.allCases.map { Finding(fault: $0, words: found[$0]) }
    }

    private func trial(of program: PluginProgram, _ asking: Asking) async throws -> PluginTrial {
        let input: [UInt8] =
            switch asking {
            case .asEver: PluginProgram.request(collector: collector, limits: step.limits)
            case .withMore:
                PluginProgram.request(
                    collector: collector, limits: step.limits, more: ["later": ["member": [1, "two"]]])
            case .withNothing: []
            }
        var trial = PluginTrial()
        do {
            trial.result = try await program.run(input: input, timeout: step.limits.timeout) {
                try trial.take($0, most: step.limits.bytes)
            }
        } catch is PluginTrial.Endless {
            trial.isEndless = true
        } catch let error as PluginTar.Bad {
            trial.bad = error.reason
        }
        if trial.result?.end == .cancelled { throw CancellationError() }
        return trial
    }
}

/// What a plugin did once.
private struct PluginTrial {
    struct Endless: Error {}

    /// Nil when it was ended for what it printed.
    var result: ProgramResult?
    var bad: String?
    var isEndless = false
    private var tar = PluginTar()
    private var content: UInt64 = 0
    private var printed: UInt64 = 0
    /// As a file system that does not tell capitals from small letters would have them.
    private var names: Set<String> = []
    private var repeated: String?

    mutating func take(_ bytes: [UInt8], most: UInt64) throws {
        printed += UInt64(bytes.count)
        for piece in try tar.take(bytes) {
            switch piece {
            case .begin(let path):
                let name = path.joined(separator: "/")
                if !names.insert(name.lowercased()).inserted, repeated == nil { repeated = name }
            case .bytes(let part): content += UInt64(part.count)
            case .end: break
            }
        }
        // Headers, padding and folders are not counted in a capture; who prints nothing else does not end either.
        let half = printed / 2
        guard content <= most, half < 4 << 20 || half - (4 << 20) <= most else { throw Endless() }
    }

    /// What it should not have done, in words that go on after how it was asked.
    ///
    /// - Parameter isAsked: else it may refuse, and give nothing.
    func faults(isAsked: Bool, _ limits: StepLimits) -> [(PluginConformance.Fault, String)] {
        var faults: [(PluginConformance.Fault, String)] = []
        if isEndless {
            faults.append((.endlessOutput, "it printed more than limits.bytes (\(limits.bytes)): it must stop before"))
        }
        if let bad {
            faults.append((.badOutput, "\(bad): a ustar stream must come, with nothing before and between"))
        }
        if tar.hasMore {
            faults.append((.badOutput, "it printed something behind the end of its tar stream: nobody reads that"))
        }
        if let odd = tar.oddName {
            faults.append((.badNames, "it names a file \(odd): names must be UTF-8 without control characters"))
        }
        if let repeated {
            faults.append(
                (
                    .badNames,
                    "it names two files \(TextSafety.oneLine(repeated)): names must differ, in small letters, too"
                )
            )
        }
        if let result { faults += ends(result, isAsked: isAsked, limits) }
        return faults
    }

    private func ends(
        _ result: ProgramResult, isAsked: Bool, _ limits: StepLimits
    ) -> [(PluginConformance.Fault, String)] {
        let said = TextSafety.firstLine(String(decoding: result.message, as: UTF8.self)).map { " (\($0))" } ?? ""
        switch result.end {
        case .exited(0) where !tar.isComplete && !tar.isEmpty:
            let words =
                tar.hasBegun ? "it ended in the middle of its tar stream" : "what it printed is not a tar stream"
            return [(.badOutput, "\(words): a ustar stream must come, with its end marker")]
        case .exited(0) where names.isEmpty && isAsked:
            return [
                (
                    .noOutput,
                    "it gave no file and exited with 0, which says that there is nothing: try it where there is something, "
                        + "and let it exit with another code when it failed\(said)"
                )
            ]
        case .exited(let code) where code != 0 && isAsked:
            let crash = (
                PluginConformance.Fault.crash,
                "it exited with \(code)\(said): with 0 it says that it brought what there is"
            )
            // Half a stream is what a crash leaves; text is a fault of its own.
            guard !tar.hasBegun, !tar.isEmpty else { return [crash] }
            return [
                (.badOutput, "what it printed is not a tar stream: a ustar stream must come, with its end marker"),
                crash,
            ]
        case .exited: return []
        case .signaled(let signal): return [(.crash, "it was ended by signal \(signal)\(said)")]
        case .timedOut:
            return [(.hang, "it did not end within \(limits.timeout): it must, before limits.timeoutMilliseconds")]
        case .truncated, .cancelled: return []
        }
    }
}
