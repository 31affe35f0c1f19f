import BundleFormat
import Collection
import Testing

struct ProfileTests {
    private static let good = """
        apiVersion: exhibit/v1
        kind: Profile
        metadata: {name: quick, title: Only what is quick}
        collectors: ["*", "!host-*", host-mounts]
        limits: {deadline: 90s, maxSize: 64MiB, since: 2h, tail: 100, stepTimeout: 5s, stepBytes: 1MiB, collectorTimeout: 40s, collectorBytes: 8MiB}

        """

    private static let kinds: StepKinds = {
        var pods = StepKind("pods", scopes: [.namespace], summary: "", source: .api, output: .fixed([]))
        pods.findsPods = true
        return StepKinds([
            pods, StepKind("logs", scopes: [.container], summary: "", source: .api, output: .fixed([])),
            StepKind("mounts", scopes: [.host], summary: "", source: .node, output: .fixed([])),
        ])
    }()

    private static func collector(_ name: String, _ scope: String, _ step: String, limits: String = "") -> String {
        """
        apiVersion: exhibit/v1
        kind: Collector
        metadata: {name: \(name), title: x}
        scope: \(scope)
        volatility: 3
        steps:
          - \(step): {}
        \(limits)
        """
    }

    private static func catalog() throws -> CollectorCatalog {
        var catalog = CollectorCatalog([])
        for (name, scope, step) in [
            ("pods", "namespace", "pods"), ("logs", "container", "logs"), ("host-mounts", "host", "mounts"),
            ("host-more", "host", "mounts"),
        ] {
            try catalog.add(file: "\(name).yaml", text: collector(name, scope, step), kinds: kinds)
        }
        try catalog.add(file: "profiles/quick.yaml", text: good, kinds: kinds)
        return catalog
    }

    @Test
    func everyMemberIsRead() throws {
        let profile = try ProfileDecoder(file: "quick.yaml").decode(Self.good)
        #expect(profile.name == "quick")
        #expect(profile.title == "Only what is quick")
        #expect(profile.collectors == ["*", "!host-*", "host-mounts"])
        #expect(profile.limits.deadline == .seconds(90))
        #expect(profile.limits.maxSize == 64 << 20)
        #expect(profile.limits.since == .seconds(7_200))
        #expect(profile.limits.tail == 100)
        #expect(profile.limits.stepTimeout == .seconds(5))
        #expect(profile.limits.stepBytes == 1 << 20)
        #expect(profile.limits.collector == CollectorLimits(timeout: .seconds(40), bytes: 8 << 20))
        #expect(profile.source == Self.good)
    }

    @Test(arguments: [
        ("kind: Profile", "kind: Collector", 2, "must be Profile"),
        ("name: quick", "name: Quick", 3, "metadata.name"),
        ("title: Only", "titel: Only", 3, "did you mean title?"),
        ("collectors: [\"*\", \"!host-*\", host-mounts]", "collectors: []", 4, "must be a list of names"),
        ("collectors: [\"*\", \"!host-*\", host-mounts]", "collectors: [\"!\"]", 4, "must be a list of names"),
        ("collectors: [\"*\", \"!host-*\", host-mounts]", "collectors: all", 4, "must be a list"),
        ("deadline: 90s", "deadline: 90", 5, "duration"),
        ("deadline: 90s", "deadlin: 90s", 5, "did you mean deadline?"),
        ("maxSize: 64MiB", "maxSize: 64MB", 5, "size"), ("tail: 100", "tail: 0", 5, "at least 1"),
        ("deadline: 90s", "deadline: 999ms", 5, "deadline must be a duration of at least a second"),
        ("since: 2h", "since: 1ms", 5, "since must be a duration of at least a second"),
        ("maxSize: 64MiB", "maxSize: 4095KiB", 5, "maxSize must be a size of at least 4 MiB"),
        ("tail: 100", "tail: -1", 5, "at least 1"),
        ("tail: 100", "tail: many", 5, "at least 1"), ("stepTimeout: 5s", "stepTimeout: 0s", 5, "duration"),
    ])
    func whatIsWrongIsNamedWithItsLine(_ from: String, _ to: String, _ line: Int, _ says: String) throws {
        let text = Self.good.split(separator: from, omittingEmptySubsequences: false).joined(separator: to)
        try #require(text != Self.good)
        let error = try #require(throws: DefinitionError.self) { try ProfileDecoder(file: "quick.yaml").decode(text) }
        #expect(error.line == line, "\(error)")
        #expect(error.message.contains(says), "\(error)")
    }

    /// What is asked for, and the collectors that come of it.
    @Test(arguments: [
        ([], [], ["host-mounts", "logs", "pods"]), (["host-more"], [], ["host-more", "host-mounts", "logs", "pods"]),
        (["host-*"], [], ["host-more", "host-mounts", "logs", "pods"]), ([], ["logs"], ["host-mounts", "pods"]),
        ([], ["*"], ["pods"]), (["host-mounts"], ["host-*"], ["host-mounts", "logs", "pods"]),
        (["host-*"], ["host-*"], ["logs", "pods"]), (["logs"], ["logs"], ["host-mounts", "pods"]),
        ([], ["pod*"], ["host-mounts", "logs", "pods"]),
    ])
    func theLastWordDecides(_ with: [String], _ without: [String], _ expected: [String]) throws {
        let selection = try Self.catalog().selection(profile: "quick", with: with, without: without)
        #expect(selection.catalog.collectors.map(\.name).sorted() == expected.sorted())
    }

    @Test
    func stepsAreHeldToTheLimitsOfTheProfile() throws {
        var catalog = try Self.catalog()
        try catalog.add(
            file: "logs.yaml",
            text: Self.collector("logs", "container", "logs", limits: "    limits: {timeout: 1s, bytes: 2KiB}"),
            kinds: Self.kinds)
        let steps = try catalog.selection(profile: "quick").catalog.collectors.reduce(into: [:]) {
            $0[$1.name] = $1.steps[0].limits
        }
        #expect(steps["logs"] == StepLimits(timeout: .seconds(1), bytes: 2_048))
        #expect(steps["pods"] == StepLimits(timeout: .seconds(5), bytes: 1 << 20))
    }

    @Test
    func collectorsAreHeldToTheLimitsOfTheProfile() throws {
        var catalog = try Self.catalog()
        try catalog.add(
            file: "logs.yaml",
            text: Self.collector("logs", "container", "logs", limits: "limits: {timeout: 2m, bytes: 2KiB}"),
            kinds: Self.kinds)
        let limits = try catalog.selection(profile: "quick").catalog.collectors.reduce(into: [:]) {
            $0[$1.name] = $1.limits
        }
        #expect(limits["logs"] == CollectorLimits(timeout: .seconds(40), bytes: 2_048))
        #expect(limits["pods"] == CollectorLimits(timeout: .seconds(40), bytes: 8 << 20))
    }

    @Test(arguments: [
        ("quik", [], [], "there is no profile quik; did you mean quick?"),
        ("none", [], [], "there is no profile none; there are: quick"),
        ("quick", ["lgs"], [], "there is no collector lgs; did you mean logs?"),
        ("quick", [], ["x*y"], "there is no collector x*y; there are:"),
    ])
    func aNameThatIsNowhereIsAnError(_ profile: String, _ with: [String], _ without: [String], _ says: String) throws {
        let catalog = try Self.catalog()
        let error = try #require(throws: SelectionError.self) {
            try catalog.selection(profile: profile, with: with, without: without)
        }
        #expect(error.description.hasPrefix(says), "\(error)")
    }

    /// The least that is allowed: as the flags of `collect` have it.
    @Test
    func theLeastIsAllowed() throws {
        let text = Self.good.split(separator: "limits").joined(
            separator: "limits: {deadline: 1s, since: 1s, maxSize: 4MiB, tail: 1}\n#")
        let limits = try ProfileDecoder(file: "quick.yaml").decode(text).limits
        #expect(limits.deadline == .seconds(1) && limits.since == .seconds(1))
        #expect(limits.maxSize == 4 << 20 && limits.tail == 1)
    }

    @Test
    func whatFindsThePodsCannotBeLeftOut() throws {
        let catalog = try Self.catalog()
        for with in [[], ["pods"]] {
            let error = try #require(throws: SelectionError.self) {
                try catalog.selection(profile: "quick", with: with, without: ["logs", "pods"])
            }
            #expect(error.code == .needed && error.description.contains("pods cannot be left out"), "\(error)")
        }
    }

    @Test
    func whatFindsThePodsIsReplacedByItsLikeOnly() throws {
        var catalog = try Self.catalog()
        let error = try #require(throws: DefinitionError.self) {
            try catalog.add(
                file: "a/pods.yaml", text: Self.collector("pods", "container", "logs"), kinds: Self.kinds)
        }
        #expect(error.file == "a/pods.yaml" && error.line == 3)
        #expect(error.message.contains("pods is what finds the pods"), "\(error)")
        #expect(catalog.collectors.contains { $0.name == "pods" && $0.scope == .namespace })
        #expect(
            try catalog.add(file: "a/pods.yaml", text: Self.collector("pods", "namespace", "pods"), kinds: Self.kinds)
                == "collector pods")
    }

    @Test
    func theSameNameTakesThePlace() throws {
        var catalog = try Self.catalog()
        let count = catalog.collectors.count
        #expect(
            try catalog.add(file: "a/logs.yaml", text: Self.collector("logs", "container", "logs"), kinds: Self.kinds)
                == "collector logs")
        #expect(try catalog.add(file: "a/profiles/quick.yaml", text: Self.good, kinds: Self.kinds) == "profile quick")
        #expect(
            try catalog.add(file: "a/new.yaml", text: Self.collector("new", "container", "logs"), kinds: Self.kinds)
                == nil)
        #expect(catalog.collectors.count == count + 1)
        #expect(throws: DefinitionError.self, "a second one that finds pods would never be asked") {
            try catalog.add(
                file: "a/mine.yaml", text: Self.collector("mine", "namespace", "pods"), kinds: Self.kinds)
        }
    }
}
