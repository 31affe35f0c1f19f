import CollectorSteps
import Foundation
import KubernetesClient
import StructuredText
import Testing

struct ChangesTests {
    private static func container(_ startedAt: String?, mounts: [String] = []) throws -> PodSummary.Container {
        let running: JSONValue = startedAt.map { ["startedAt": .string($0)] } ?? [:]
        let pod = PodSummary([
            "spec": [
                "containers": [
                    ["name": "c", "volumeMounts": .array(mounts.map { ["name": "v", "mountPath": .string($0)] })]
                ],
                "volumes": [["name": "v", "emptyDir": [:]]],
            ],
            "status": ["containerStatuses": [["name": "c", "state": ["running": running]]]],
        ])
        return try #require(pod.containers.first)
    }

    private static let now = Date(timeIntervalSince1970: 1_800_000_000)  // 2027-01-15T08:00:00Z

    @Test(
        arguments: [
            ("2027-01-15T08:00:00Z", nil, 3), ("2027-01-15T07:00:00Z", nil, 62), ("2027-01-15T07:00:01Z", nil, 61),
            ("2027-01-15T08:00:59Z", nil, 3), ("2027-01-15T09:00:00Z", nil, 1_442),
            ("1970-01-01T00:00:00Z", nil, 5_256_002), ("yesterday", nil, 1_442),
            (nil, nil, 1_442),
            ("2027-01-15T07:00:00Z", Duration.seconds(600), 12), (nil, .seconds(0), 3),
            (nil, .seconds(1 << 50), 5_256_002),
        ] as [(String?, Duration?, Int)])
    func theWindowReachesBackToTheStart(_ startedAt: String?, _ since: Duration?, _ minutes: Int) throws {
        #expect(ContainerChangesStep.window(try Self.container(startedAt), since: since, now: Self.now) == minutes)
    }

    /// The cluster's clock says how long ago the container started, however wrong the one of this machine is: the server's date
    /// is an hour after the start, and what is here is that date, or ten years from it.
    @Test(arguments: [0, -10 * 365 * 86_400, 10 * 365 * 86_400] as [Int64])
    func theWindowIsByTheClustersClock(_ seconds: Int64) throws {
        let here = LocalMoment(
            milliseconds: Int64(Self.now.timeIntervalSince1970) * 1_000 + seconds * 1_000, instant: .now)
        let clock = try #require(
            ServerClock(date: "Fri, 15 Jan 2027 08:00:00 GMT", sent: here, received: here))
        #expect(abs(clock.offsetMilliseconds + seconds * 1_000) <= clock.errorMilliseconds)
        let container = try Self.container("2027-01-15T07:00:10Z")
        let now = ContainerChangesStep.now(clock)
        #expect(abs(now.timeIntervalSince(Self.now)) < 5)
        #expect(ContainerChangesStep.window(container, since: nil, now: now) == 61)
        let argv = ContainerChangesStep.recipes(container, since: nil, now: now)[0].argv
        #expect(argv.contains("-61"))
    }

    /// Without it, this machine's is all there is.
    @Test
    func withoutTheClustersClockItIsThisMachines() {
        #expect(abs(ContainerChangesStep.now(nil).timeIntervalSinceNow) < 5)
    }

    @Test
    func mountPathsAreArgumentsAndNeverOptions() throws {
        let mounts = ["/work", "-delete", "relative", "/a b", "/(", "/x\u{0}y"]
        let recipes = ContainerChangesStep.recipes(try Self.container(nil, mounts: mounts), since: nil, now: Self.now)
        #expect(recipes.count == 3)
        for recipe in recipes {
            #expect(Array(recipe.argv.prefix(6)) == ["find", "/", "/work", "/a b", "/(", "-xdev"])
            #expect(!recipe.argv.contains("-delete"))
        }
        let many = ContainerChangesStep.recipes(
            try Self.container(nil, mounts: (0..<500).map { "/m\($0)" }), since: nil, now: Self.now)
        #expect(many[0].argv.count < 100)
    }

    struct Find: Sendable, CustomTestStringConvertible {
        var argv: [String]
        /// Which recipes it knows.
        var recipes: Set<Int>
        var testDescription: String { argv.joined(separator: " ") }
    }

    @Test(arguments: [
        Find(argv: ["/usr/bin/find"], recipes: [0, 1, 2]), Find(argv: ["/usr/bin/busybox", "find"], recipes: [1, 2]),
    ])
    func theRecipesFindWhatChanged(_ find: Find) async throws {
        try #require(FileManager.default.isExecutableFile(atPath: find.argv[0]))
        try await withFolder { folder in
            let manager = FileManager.default
            for name in ["new.txt", "two\nlines", "-name", "ünï code"] {
                _ = manager.createFile(atPath: folder + "/" + name, contents: Data("x".utf8))
            }
            _ = manager.createFile(
                atPath: folder + "/old.txt", contents: nil,
                attributes: [.modificationDate: Date(timeIntervalSinceNow: -86_400 * 30)])
            try manager.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "/etc")
            let recipes = ContainerChangesStep.recipes(try Self.container(nil), since: .seconds(3_600), now: Date())
            for (number, recipe) in recipes.enumerated() {
                // The same arguments, below the folder alone.
                let arguments = recipe.argv.dropFirst(2)
                let result = try await Command.run(find.argv + [folder] + arguments)
                guard find.recipes.contains(number) else {
                    #expect(
                        result.status != 0 && result.output.isEmpty,
                        "\(recipe.name) must fail cleanly, so that the next is tried")
                    continue
                }
                #expect(result.status == 0, "\(recipe.name): \(result.errors)")
                for name in ["/new.txt", "/two\nlines", "/-name", "/ünï code", "/link"] {
                    #expect(result.output.contains(folder + name), "\(recipe.name) \(name)")
                }
                #expect(!result.output.contains("/etc/"), "no link is followed")
                if number == 0 {
                    // Old by its content, new by its change time: only this recipe sees both.
                    #expect(result.output.contains("old.txt"))
                    let line = try #require(
                        result.output.components(separatedBy: "\0\n").first { $0.hasSuffix("/new.txt") })
                    let fields = line.split(separator: "\t")
                    try #require(fields.count == 8)
                    #expect(abs((Double(fields[0]) ?? 0) - Date().timeIntervalSince1970) < 120)
                    #expect(fields[5] == "1" && fields[6] == "f")
                } else {
                    #expect(!result.output.contains("old.txt"))
                }
                if number == 1 {
                    let line = try #require(
                        result.output.components(separatedBy: "\n").first { $0.hasSuffix("/new.txt") })
                    #expect(line.split(separator: "\t").count == 8)
                }
                if number == 2 { #expect(result.output.hasSuffix("\0")) }
            }
        }
    }
}
