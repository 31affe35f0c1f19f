import Testing

/// Every source imports what its room may import, and nothing else.
struct ImportTests {
    @Test(arguments: Room.all)
    func importsStayWithinTheRoom(room: Room) throws {
        for path in try Checkout.files(below: "Sources/\(room.name)", suffix: ".swift") {
            room.violations(in: SwiftText(try Checkout.text(path)), path: path).report()
        }
    }

    @Test
    func testsImportOnlyWhatTheirRoomReaches() throws {
        for target in try Checkout.names(in: "Tests") where Checkout.isFolder("Tests/" + target) {
            guard let allowed = Self.allowed(inTests: target) else {
                Issue.record("Tests/\(target): neither named after a room nor in Room.testTargets")
                continue
            }
            for path in try Checkout.files(below: "Tests/" + target, suffix: ".swift") {
                Room.violations(
                    in: SwiftText(try Checkout.text(path)), path: path, allowed: allowed, of: target,
                    rule: "tests use their room, the rooms it reaches, and Room.testModules"
                ).report()
            }
        }
    }

    @Test
    func noRoomHasAForbiddenWayToAnother() {
        for (room, unreachable, promise) in Room.promises {
            let reached = Room.named(room)?.reach.intersection(unreachable) ?? []
            #expect(reached.isEmpty, "\(room) reaches \(reached.sorted()), but \(promise)")
        }
    }

    /// Nil for a target that is not planned.
    static func allowed(inTests target: String) -> Set<String>? {
        let own: Set<String>
        if target.hasSuffix("Tests"), let room = Room.named(String(target.dropLast("Tests".count))) {
            own = room.reach.union([room.name])
        } else if let rooms = Room.testTargets[target] {
            own = rooms
        } else {
            return nil
        }
        let modules = own.compactMap { Room.named($0)?.modules }.reduce(into: Set()) { $0.formUnion($1) }
        return own.union(modules).union(Room.testModules)
    }
}
