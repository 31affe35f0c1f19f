import Testing

/// `Package.swift`, the folders and the plan say the same.
struct ManifestTests {
    @Test
    func everyTargetIsPlannedAndEveryRoomIsATarget() throws {
        let manifest = try PackageManifest.read()
        let planned = Set(Room.all.map(\.name)).union(Room.systemLibraries.keys)
        let targets = Set(manifest.targets.filter { $0.type != .test }.map(\.name)).subtracting([Room.testSupport])
        let folders = Set(try Checkout.names(in: "Sources"))
        #expect(targets.subtracting(planned).sorted() == [], "targets of Package.swift that Rooms.swift does not plan")
        #expect(planned.subtracting(targets).sorted() == [], "rooms of Rooms.swift that are no target of Package.swift")
        #expect(
            folders.symmetricDifference(planned).sorted() == [], "folders of Sources without a room, or the reverse")

        let tests = Set(manifest.targets.filter { $0.type == .test }.map(\.name))
        let testFolders = Set(try Checkout.names(in: "Tests").filter { Checkout.isFolder("Tests/" + $0) })
            .subtracting([Room.testSupport])
        #expect(
            tests.symmetricDifference(testFolders).sorted() == [],
            "folders of Tests that are no test target, or the reverse")
    }

    @Test
    func targetsDependOnlyOnWhatTheirRoomAllows() throws {
        for target in try PackageManifest.read().targets {
            let dependencies = Set(target.dependencies.map(\.name))
            let allowed: Set<String>
            switch target.type {
            case .test: allowed = ImportTests.allowed(inTests: target.name) ?? []
            // A plugin names the tool it runs as a dependency.
            case .plugin: allowed = Set(Room.all.filter { $0.platform == .foundation }.map(\.name))
            default: allowed = Room.named(target.name)?.allowed ?? []
            }
            // Test helpers may run and look at the built program.
            let forbidden = dependencies.subtracting(allowed).subtracting(target.type == .test ? ["exhibit"] : [])
            #expect(
                forbidden.sorted() == [], "Package.swift: dependencies that the room of \(target.name) does not allow")
        }
    }

    @Test(arguments: Room.systemLibraries.keys.sorted())
    func systemLibrariesAreAModuleMapAndHeaders(name: String) throws {
        let files = try Checkout.files(below: "Sources/\(name)")
        #expect(files.contains("Sources/\(name)/module.modulemap"))
        let others = files.filter { !$0.hasSuffix("/module.modulemap") && !$0.hasSuffix(".h") }
        #expect(others == [], "code does not belong in a system library target")
    }
}
