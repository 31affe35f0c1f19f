import Testing

/// `deploy/agent-pod.yaml` is for those who have to allow the pod that the program makes: it must not show them another.
@Suite(.enabled(if: Checkout.exists(AgentPodSource.path), "there is no \(AgentPodSource.path)"))
struct AgentPodTests {
    private let program: String
    private let manifest: String

    init() throws {
        program = try Checkout.text(AgentPodSource.path)
        manifest = try Checkout.text("deploy/agent-pod.yaml")
    }

    @Test
    func itsCapabilitiesAndTheirReasonsAreThoseOfTheProgram() {
        let asked = program.matches(of: #/^ +\("([A-Z_]+)", "([^"]+)"\),?$/#.anchorsMatchLineEndings())
        let shown = manifest.matches(of: #/^ +- ([A-Z_]+) # (.+)$/#.anchorsMatchLineEndings())
        #expect(!asked.isEmpty)
        #expect(shown.map { "\($0.1): \($0.2)" } == asked.map { "\($0.1): \($0.2)" })
    }

    /// What is true or false of the pod, by its name: `"hostPID": true` there is `hostPID: true` here.
    @Test
    func itsSwitchesAreThoseOfTheProgram() {
        let asked = program.matches(of: #/"([a-z][A-Za-z]+)": (true|false)/#).map { "\($0.1): \($0.2)" }
        let shown = manifest.matches(of: #/^ +([a-z][A-Za-z]+): (true|false)$/#.anchorsMatchLineEndings())
            .map { "\($0.1): \($0.2)" }
        #expect(asked.count > 5)
        #expect(Set(shown) == Set(asked))
    }
}

enum AgentPodSource {
    static let path = "Sources/CollectorSteps/Agent/AgentManifest.swift"
}
