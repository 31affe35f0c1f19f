import Testing

/// `Fuzzing/` is a package of its own, which these tests cannot build; they see that its parts belong together.
struct FuzzingTests {
    /// The targets that its sources declare.
    private func targets() throws -> [String] {
        try Checkout.files(below: "Fuzzing/Sources/FuzzTargets", suffix: ".swift").flatMap { path in
            try Checkout.text(path).split(separator: "= FuzzTarget(\"").dropFirst().map {
                String($0.prefix { $0 != "\"" })
            }
        }
    }

    @Test
    func everyTargetIsDescribedAndHasSeeds() throws {
        let readme = try Checkout.text("Fuzzing/README.md")
        let targets = try targets()
        #expect(targets.count > 30)
        #expect(Set(targets).count == targets.count)
        for target in targets {
            #expect(readme.contains("`\(target)`"), "Fuzzing/README.md does not describe \(target)")
            #expect(try !Checkout.names(in: "Fuzzing/Seeds/\(target)").isEmpty, "\(target) has no seeds: Fuzzing/seeds")
        }
        let folders = try Checkout.names(in: "Fuzzing/Seeds")
        #expect(Set(folders) == Set(targets), "Fuzzing/Seeds has folders of targets that are not there")
        for name in try Checkout.names(in: "Fuzzing/Dictionaries") {
            #expect(targets.contains { "\($0).dict" == name }, "no target uses Fuzzing/Dictionaries/\(name)")
        }
    }

    @Test
    func linksLeadToRooms() throws {
        for path in try Checkout.names(in: "Fuzzing/Rooms") {
            #expect(try !Checkout.names(in: "Fuzzing/Rooms/\(path)").isEmpty, "Fuzzing/Rooms/\(path) leads nowhere")
        }
    }
}
