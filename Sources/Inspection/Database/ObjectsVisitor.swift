internal import SQLite
internal import StructuredText
internal import Synchronization

/// Reads the objects of one file, and hands them to the store.
final class ObjectsVisitor: FileVisitor {
    typealias Store = @Sendable (_ json: [UInt8], _ status: PodStatusColumn?) throws -> Void

    private enum Splitter {
        case yamlList(YAMLItemSplitter)
        /// Lists, and single objects too, which are what is left of the envelope.
        case json(JSONListSplitter)
        /// One object, or what is not known yet: its beginning says it.
        case whole
    }

    private struct State {
        var splitter = Splitter.whole
        var isDecided = false
        var held: [UInt8] = []
        var isTooLong = false
        var isBroken = false
        /// An array without an envelope, as some tools write it: it gets one.
        var isArray = false
        var found = 0
        var problems: [String] = []
    }

    private let form: FileRole.ObjectText
    /// What an object is that does not say it.
    private let assumed: ObjectType?
    private let limits: DatabaseLimits
    private let store: Store
    private let problem: @Sendable (_ reason: String, _ isDamage: Bool) throws -> Void
    private let state = Mutex(State())

    init(
        _ form: FileRole.ObjectText, assuming assumed: ObjectType?, _ limits: DatabaseLimits, store: @escaping Store,
        problem: @escaping @Sendable (_ reason: String, _ isDamage: Bool) throws -> Void
    ) {
        self.form = form
        self.assumed = assumed
        self.limits = limits
        self.store = store
        self.problem = problem
    }

    func take(_ piece: ArraySlice<UInt8>) throws {
        try state.withLock { state in
            if !state.isDecided {
                state.held += piece
                guard state.held.count >= Self.beginning else { return }
                try decide(&state)
            } else {
                try push(piece, &state)
            }
        }
    }

    func end(_ problem: String?) throws {
        try state.withLock { state in
            if !state.isDecided { try decide(&state) }
            switch state.splitter {
            case .yamlList(var splitter):
                try splitter.finish { try object($0[...], &state) }
                if splitter.oversized > 0 { state.problems.append(Self.tooLarge(splitter.oversized, limits)) }
            case .json(var splitter):
                if !state.isBroken { try finish(&splitter, &state) }
            case .whole:
                if state.isTooLong {
                    state.problems.append("it is larger than \(limits.objectBytes) bytes, and not read")
                } else if !state.held.isEmpty {
                    try object(state.held[...], &state)
                }
            }
            if let problem { state.problems.insert(problem, at: 0) }
            if let first = state.problems.first {
                let more = state.problems.count - 1
                try self.problem(more > 0 ? "\(first) (and \(more) more)" : first, problem != nil)
            }
        }
    }

    /// By what a file begins with, it is known whether it is a list.
    private static let beginning = 4_096

    private func decide(_ state: inout State) throws {
        state.isDecided = true
        let held = state.held
        switch form {
        case .yaml where Self.isYAMLList(held):
            state.splitter = .yamlList(YAMLItemSplitter(maxItemBytes: limits.objectBytes))
        case .json:
            var splitter = JSONListSplitter(maxItemBytes: limits.objectBytes)
            if held.first(where: { $0 > 0x20 }) == UInt8(ascii: "[") {
                state.isArray = true
                try? splitter.push("{\"items\":".utf8) { _ in }
            }
            state.splitter = .json(splitter)
        default:
            return
        }
        state.held = []
        try push(held[...], &state)
    }

    private func push(_ piece: ArraySlice<UInt8>, _ state: inout State) throws {
        switch state.splitter {
        case .yamlList(var splitter):
            state.splitter = .whole
            defer { state.splitter = .yamlList(splitter) }
            try splitter.push(piece) { try object($0[...], &state) }
        case .json(var splitter):
            state.splitter = .whole
            defer { state.splitter = .json(splitter) }
            guard !state.isBroken else { return }
            var oversized = 0
            do {
                try splitter.push(piece) {
                    try object($0, &state)
                } oversized: { _ in
                    oversized += 1
                }
            } catch let error as JSONError {
                state.isBroken = true
                state.problems.append("\(error)")
            }
            if oversized > 0 { state.problems.append(Self.tooLarge(oversized, limits)) }
        case .whole:
            if state.held.count + piece.count > limits.objectBytes {
                state.isTooLong = true
                state.held = []
            } else if !state.isTooLong {
                state.held += piece
            }
        }
    }

    private func finish(_ splitter: inout JSONListSplitter, _ state: inout State) throws {
        do {
            if state.isArray { try splitter.push("}".utf8) { _ in } }
            let envelope = try splitter.finish()
            guard splitter.itemCount == 0, !state.isArray else { return }
            if envelope["kind"]?.string?.hasSuffix("List") != true { try object(envelope.serialized()[...], &state) }
        } catch let error as JSONError {
            state.problems.append("\(error)")
        }
    }

    private func object(_ text: ArraySlice<UInt8>, _ state: inout State) throws {
        state.found += 1
        do {
            var json = try ObjectJSON.make(of: text, in: form)
            // Whoever parses it learns whether it is well formed.
            let node = try ObjectNode(json: json)
            var kind = node["kind"]?.text
            if kind == nil, let assumed {
                kind = assumed.kind
                json = Self.adding(assumed, to: json)
            }
            try store(json, kind == "Pod" ? PodStatusColumn(node) : nil)
        } catch let error as UnreadableObject {
            if state.problems.count < 1_000 { state.problems.append("object \(state.found): \(error.reason)") }
        } catch let error as SQLError where error.code == .badSQL {
            // SQLite's own reader of JSON has limits of its own.
            if state.problems.count < 1_000 { state.problems.append("object \(state.found): \(error.reason)") }
        }
    }

    /// The object with its type, which it did not have.
    private static func adding(_ type: ObjectType, to json: [UInt8]) -> [UInt8] {
        guard let start = json.firstIndex(of: UInt8(ascii: "{")) else { return json }
        let members = "{\"apiVersion\":\"\(type.apiVersion)\",\"kind\":\"\(type.kind)\""
        let rest = json[(start + 1)...]
        let isEmpty = rest.first { $0 > 0x20 } == UInt8(ascii: "}")
        return Array(members.utf8) + (isEmpty ? [] : [UInt8(ascii: ",")]) + rest
    }

    private static func tooLarge(_ count: Int, _ limits: DatabaseLimits) -> String {
        "\(count) objects are larger than \(limits.objectBytes) bytes, and not read"
    }

    /// `items:` in the first column, with its first item, is seen soon: what comes before it is short.
    private static func isYAMLList(_ text: [UInt8]) -> Bool {
        text.starts(with: Array("items:".utf8)) || text.firstRange(of: Array("\nitems:".utf8)) != nil
    }
}
