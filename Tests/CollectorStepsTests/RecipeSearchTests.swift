import BundleFormat
import Collection
import CollectorSteps
import StructuredText
import Synchronization
import Testing

/// Which recipe is taken, what it means when none works, and what one step leaves for the next.
struct RecipeSearchTests {
    /// A container whose commands end as the test says; anything else is not there.
    final class World: Sendable {
        struct Ending: Sendable {
            var code = 0
            var output = ""
            var errors = ""
        }

        private let endings: [String: Ending]
        private let ran = Mutex<[[String]]>([])
        var commands: [[String]] { ran.withLock { $0 } }

        init(_ endings: [String: Ending]) {
            self.endings = endings
        }

        func run(_ argv: [String], _ output: (ArraySlice<UInt8>) async throws -> Void) async throws -> RecipeSearch.End
        {
            ran.withLock { $0.append(argv) }
            guard let ending = endings[argv[0]] else {
                return .noExecutable("executable file not found", byRuntime: true)
            }
            if !ending.output.isEmpty { try await output(Array(ending.output.utf8)[...]) }
            return .exited(code: ending.code, stderr: ending.errors)
        }
    }

    /// A shell that did not find what it was to run is a shell that is there.
    @Test
    func anExitCodeDoesNotSayThatAProgramIsMissing() async throws {
        let memory = ToolMemory()
        let recipes = [ExecRecipe(name: "sh", argv: ["sh", "-c", "no-such-program"])]
        for byRuntime in [false, true] {
            let search = RecipeSearch(recipes: recipes, memory: memory, container: try Self.key())
            let result = try await StepResult.of(bytes: 1 << 20) { context in
                try await search.capture(["out.txt"], context) { _, _ in
                    .noExecutable("not found", byRuntime: byRuntime)
                }
            }
            #expect(result.line.state == .missing)
            #expect(try memory.isMissing("sh", in: Self.key()) == byRuntime)
        }
    }

    private static let recipes = [
        ExecRecipe(name: "cat", argv: ["cat", "/proc/net/tcp"], acceptableExits: [0, 1]),
        ExecRecipe(name: "sh", argv: ["sh", "-c", "x"]), ExecRecipe(name: "ss", argv: ["ss"]),
    ]

    private static func key(_ name: String = "c", startedAt: String = "2026-01-01T00:00:00Z") throws
        -> ToolMemory.Container
    {
        let pod = PodSummary([
            "metadata": ["uid": "u", "name": "p", "namespace": "n"], "spec": ["containers": [["name": .string(name)]]],
            "status": [
                "containerStatuses": [["name": .string(name), "state": ["running": ["startedAt": .string(startedAt)]]]]
            ],
        ])
        return ToolMemory.Container(pod: pod, container: try #require(pod.containers.first))
    }

    private static func search(
        _ world: World, _ recipes: [ExecRecipe] = recipes, memory: ToolMemory = ToolMemory(), bytes: UInt64 = 1 << 20
    ) async throws -> StepResult {
        let search = RecipeSearch(recipes: recipes, memory: memory, container: try key())
        return try await StepResult.of(bytes: bytes) { context in
            try await search.capture(["out.txt"], context) { try await world.run($0, $1) }
        }
    }

    @Test
    func theFirstThatWorksIsTaken() async throws {
        let world = World(["sh": .init(output: "from sh\n"), "ss": .init(output: "from ss\n")])
        let result = try await Self.search(world)
        #expect(result.line.state == .ok)
        #expect(result.contents == ["data/out.txt": Array("from sh\n".utf8)])
        #expect(world.commands.map(\.first) == ["cat", "sh"])
    }

    @Test
    func anAcceptableExitWithOutputIsGoodAndWithoutItIsNot() async throws {
        let good = try await Self.search(
            World(["cat": .init(code: 1, output: "a table\n", errors: "cat: /proc/net/tcp6: No such file\n")]))
        #expect(good.line.state == .ok)
        // An error and no output is not "there are no sockets": the next way is tried.
        let world = World(["cat": .init(code: 1, errors: "cat: denied\n"), "sh": .init(output: "a table\n")])
        #expect(try await Self.search(world).line.state == .ok)
        #expect(world.commands.count == 2)
    }

    @Test
    func nothingIsAnAnswerOnlyWhereItCanBe() async throws {
        let silent = try await Self.search(World(["sh": .init()]))
        #expect(silent.line.state == .missing)
        #expect(silent.line.reason?.message.contains("sh brought nothing") == true)
        let find = [ExecRecipe(name: "find", argv: ["find"], emptyIsAnswer: true)]
        #expect(try await Self.search(World(["find": .init()]), find).line.state == .empty)
        let denied = try await Self.search(
            World(["find": .init(code: 1, errors: "find: '/root': Permission denied\n")]), find)
        #expect(denied.line.state == .partial)
        #expect(denied.line.reason?.message.contains("/root") == true)
        #expect(
            try await Self.search(World(["find": .init(code: 1, errors: "find: unrecognized: -printf\n")]), find).line
                .state == .missing)
    }

    @Test
    func outputBeforeABadExitIsKept() async throws {
        let result = try await Self.search(
            World(["sh": .init(code: 137, output: "half\n", errors: "Killed\u{1B}[2J\nmore\n")]))
        #expect(result.line.state == .partial)
        #expect(result.contents["data/out.txt"] == Array("half\n".utf8))
        #expect(result.line.reason?.message == "sh exited with 137: Killed\u{FFFD}[2J")
    }

    @Test
    func theByteLimitCutsTheOutput() async throws {
        let result = try await Self.search(World(["cat": .init(output: "0123456789")]), bytes: 4)
        #expect(result.line.state == .partial)
        #expect(result.line.truncated == Truncation(limit: 4))
        #expect(result.contents["data/out.txt"] == Array("0123".utf8))
    }

    @Test
    func aDistrolessContainerIsNotAskedAgain() async throws {
        let memory = ToolMemory()
        let world = World([:])
        let first = try await Self.search(world, memory: memory)
        #expect(first.line.state == .missing)
        #expect(first.line.reason?.code == "NoTools")
        #expect(first.contents.isEmpty)
        #expect(world.commands.count == 3)
        let again = try await Self.search(
            world,
            [
                ExecRecipe(name: "sh", argv: ["sh", "-c", "other"]), ExecRecipe(name: "find", argv: ["find", "/"]),
                ExecRecipe(name: "find -print0", argv: ["find", "/", "-print0"]),
            ], memory: memory)
        #expect(again.line.state == .missing)
        #expect(again.line.reason?.message.contains("sh: not in the container, as an earlier step found") == true)
        #expect(world.commands.count == 4, "only find was new, and was asked for once")
    }

    @Test
    func whatIsLearntHoldsForOneRunOfOneContainer() throws {
        let memory = ToolMemory()
        memory.noteMissing("sh", in: try Self.key())
        #expect(memory.isMissing("sh", in: try Self.key()))
        #expect(!memory.isMissing("cat", in: try Self.key()))
        #expect(!memory.isMissing("sh", in: try Self.key("other")))
        #expect(!memory.isMissing("sh", in: try Self.key(startedAt: "2026-01-02T00:00:00Z")))
    }

    @Test
    func aToolThatFailsIsNotMissing() async throws {
        let memory = ToolMemory()
        _ = try await Self.search(World(["sh": .init(code: 1, errors: "no\n")]), memory: memory)
        #expect(!memory.isMissing("sh", in: try Self.key()))
        #expect(memory.isMissing("ss", in: try Self.key()))
    }
}
