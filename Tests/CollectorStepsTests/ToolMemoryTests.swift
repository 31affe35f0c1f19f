import CollectorSteps
import StructuredText
import Testing

/// What the steps of one container tell each other.
@Suite struct ToolMemoryTests {
    private static func container(uid: String, started: String) throws -> ToolMemory.Container {
        let json = """
            {"metadata":{"name":"p","namespace":"n","uid":"\(uid)"},"spec":{"containers":[{"name":"c"}]},
            "status":{"containerStatuses":[{"name":"c","state":{"running":{"startedAt":"\(started)"}}}]}}
            """
        let pod = PodSummary(try JSONValue(parsing: Array(json.utf8)))
        return ToolMemory.Container(pod: pod, container: try #require(pod.containers.first))
    }

    @Test func aHangIsRememberedOfThisRunOfThisContainerOnly() throws {
        let memory = ToolMemory()
        let hung = try Self.container(uid: "1", started: "2026-11-21T03:00:00Z")
        memory.noteStuck(hung)
        #expect(memory.isStuck(hung))
        #expect(try !memory.isStuck(Self.container(uid: "1", started: "2026-11-21T03:05:00Z")))
        #expect(try !memory.isStuck(Self.container(uid: "2", started: "2026-11-21T03:00:00Z")))
        #expect(!memory.isMissing("cat", in: hung))
    }

    @Test func aServiceThatHangsSaysNothingOfItsContainer() throws {
        let memory = ToolMemory()
        let container = try Self.container(uid: "1", started: "2026-11-21T03:00:00Z")
        memory.noteStuck(container, collector: "redis")
        #expect(memory.isStuck(container, collector: "redis"))
        #expect(!memory.isStuck(container, collector: "postgresql"))
        #expect(!memory.isStuck(container))
        memory.noteStuck(container)
        #expect(memory.isStuck(container, collector: "postgresql"))
    }
}
