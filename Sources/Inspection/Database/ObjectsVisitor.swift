internal import SQLite
internal import StructuredText
internal import Synchronization

/// Reads the objects of one file, and hands them to the store.
final class ObjectsVisitor: FileVisitor {
    typealias Store =
        @Sendable (_ json: [UInt8], _ status: PodStatusColumn?, _ changes: [ObjectChange]) throws -> Void

    private enum Splitter {
        case yamlList(YAMLItemSplitter)
        /// Lists, and single objects too, which are what is left of the envelope.
        case json(JSONListSplitter)
        /// One object, or what is not known yet: its beginning says it.
        case whole
    }

    private struct State {
        var splitter = Splitter.whole
        var form = FileRole.ObjectText.json
        var isDecided = false
        var held: [UInt8] = []
        var isTooLong = false
        var isBroken = false
        var isEmptyList = false
        /// What the items of a list are that do not say it: `Pod` of a `PodList`.
        var ofList: ObjectType?
        /// An array without an envelope, as some tools write it: it gets one.
        var isArray = false
        var found = 0
        var problems: [String] = []

        mutating func note(_ problem: String) {
            if problems.count < 1_000 { problems.append(problem) }
        }
    }

    /// What an object is that does not say it.
    private let assumed: ObjectType?
    private let limits: DatabaseLimits
    private let store: Store
    private let problem: @Sendable (_ reason: String, _ isDamage: Bool) throws -> Void
    private let state: Mutex<State>

    init(
        _ form: FileRole.ObjectText, assuming assumed: ObjectType?, _ limits: DatabaseLimits, store: @escaping Store,
        problem: @escaping @Sendable (_ reason: String, _ isDamage: Bool) throws -> Void
    ) {
        state = Mutex(State(form: form))
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
                if state.found == 0, splitter.oversized == 0, !state.isEmptyList {
                    state.problems.append("its items are not written one below the other, and not read")
                }
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
        // JSON is YAML, too: what begins with a brace or a bracket is read as such.
        if let first = held.first(where: { $0 > 0x20 }), first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
            state.form = .json
        }
        state.ofList = ListBeginning.type(held, state.form)
        switch state.form {
        case .yaml where ListBeginning.isYAMLList(held):
            state.isEmptyList = ListBeginning.isEmpty(held)
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
            var json = try ObjectJSON.make(of: text, in: state.form)
            // Whoever parses it learns whether it is well formed.
            let node = try ObjectNode(json: json)
            var kind = node["kind"]?.text
            if kind == nil, let assumed = assumed ?? state.ofList {
                kind = assumed.kind
                json = Self.adding(assumed, to: json)
            }
            if kind == nil {
                state.note("object \(state.found): it does not say what it is")
            } else if kind?.hasSuffix("List") == true, !(node["items"]?.elements.isEmpty ?? true) {
                state.note("object \(state.found): a list within a list, or of another form: its items are not read")
            }
            let changes = ObjectChange.all(of: node)
            if changes.left > 0 {
                state.note("object \(state.found): \(changes.left) of its managedFields are not read")
            }
            try store(
                json, kind == "Pod" && node["apiVersion"]?.text ?? "v1" == "v1" ? PodStatusColumn(node) : nil,
                changes.known)
        } catch let error as UnreadableObject {
            state.note("object \(state.found): \(error.reason)")
        } catch let error as SQLError where error.code == .badSQL {
            // SQLite's own reader of JSON has limits of its own.
            state.note("object \(state.found): \(error.reason)")
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
}
