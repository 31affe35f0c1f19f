import Testing

/// A room of the house: a target under `Sources` and what it may import. `Rooms.swift` is the plan.
struct Room: Sendable, CustomTestStringConvertible {
    /// What a room may import from the platform, each level with those below.
    enum Platform: Int, Sendable {
        /// Nothing: values only, no clock, no files.
        case none
        /// The C library and `Synchronization`.
        case system
        /// FoundationEssentials, too.
        case essentials
        /// All of Foundation, which brings 50 MB of ICU: only for what is not part of the product.
        case foundation
    }

    var name: String
    /// Other rooms of this package.
    var rooms: Set<String> = []
    /// Modules of other packages, and the C modules of this one.
    var modules: Set<String> = []
    var platform: Platform = .system
    /// May write to standard output.
    var prints = false
    /// Why the line is drawn here; printed with every violation.
    var rule: String

    var testDescription: String { name }

    var allowed: Set<String> { rooms.union(modules).union(platform.modules) }
}

extension Room.Platform {
    var modules: Set<String> {
        switch self {
        case .none: []
        case .system: ["Glibc", "Musl", "Synchronization"]
        case .essentials: Self.system.modules.union(["FoundationEssentials"])
        case .foundation: Self.essentials.modules.union(["Foundation"])
        }
    }
}

extension Room {
    /// Every room that can be reached from this one.
    var reach: Set<String> {
        var reached = rooms
        var open = Array(rooms)
        while let name = open.popLast() {
            for next in Room.named(name)?.rooms ?? [] where reached.insert(next).inserted { open.append(next) }
        }
        return reached
    }

    static func named(_ name: String) -> Room? {
        all.first { $0.name == name }
    }

    /// Imports of one source that this room does not allow.
    func violations(in text: SwiftText, path: String) -> [Violation] {
        Self.violations(in: text, path: path, allowed: allowed, of: name, rule: rule)
    }

    static func violations(
        in text: SwiftText, path: String, allowed: Set<String>, of owner: String, rule: String
    ) -> [Violation] {
        ImportStatement.all(in: text)
            .filter { !allowed.contains($0.module) && !isFallback($0, in: text) }
            .map { Violation(path: path, line: $0.line, rule: "\(owner) may not import \($0.module): \(rule)") }
    }

    /// Foundation in the `#else` of `#if canImport(FoundationEssentials)`: never compiled where the former is.
    private static func isFallback(_ found: ImportStatement, in text: SwiftText) -> Bool {
        guard found.module == "Foundation" else { return false }
        let before = text.code[..<(found.line - 1)].filter { !$0.allSatisfy { $0 == " " } }.suffix(3)
        guard before.count == 3, let opening = before.first, let last = before.last else { return false }
        return opening.contains("#if canImport(FoundationEssentials)") && last.contains("#else")
    }
}
