internal import StructuredText

/// Finds the rows of a JSON text and the values of their columns, in walks over its bytes: no tree is built.
struct JSONRows {
    /// What whoever takes the rows threw, told apart from what is wrong with the text.
    struct TakerError: Error {
        let error: any Error
    }

    /// Ends the walk: enough rows, or an error of whoever takes them.
    private enum Stop: Error {
        case enough
        case failed(any Error)
    }

    private let path: JSONRowPath
    private let columns: [TableColumn]
    private var trees: [JSONPathTree]
    private let parts: [(column: Int, part: ColumnSource.Part)]
    private let rowBytes: Int
    private var visits = 0
    /// Why the row under way cannot be read, by anchor.
    private var objections: [String?]
    private var key = ""
    private var index = 0

    init(_ columns: [TableColumn], rows: [String], rowBytes: Int) {
        path = JSONRowPath(rows)
        self.columns = columns
        self.rowBytes = rowBytes
        parts = ColumnPlan(columns).parts
        trees = Array(repeating: JSONPathTree(), count: path.anchors)
        objections = Array(repeating: nil, count: path.anchors)
        for (column, definition) in columns.enumerated() {
            guard case .path(let segments, let up) = definition.source else { continue }
            let anchor = path.anchors - 1 - up
            if trees.indices.contains(anchor) { trees[anchor].add(segments, column) }
        }
    }

    /// Reads a whole text.
    ///
    /// - Parameter body: gets the offset of each row. Gives false when no more are wanted.
    /// - Returns: false when no more were wanted.
    /// - Throws: ``TakerError``, and `JSONError` when it is not JSON; the rows before that place have been handed out.
    mutating func read(
        _ bytes: Span<UInt8>, _ sink: inout RowSink, _ body: Body
    ) throws -> Bool {
        var position = 0
        var stop: Stop?
        do {
            try anchor(0, bytes, &position, 0, &sink, &stop, body)
            if let error = Self.trailing(bytes, position) { throw error }
        } catch  where stop != nil {}
        switch stop {
        case .failed(let error): throw TakerError(error: error)
        case .enough: return false
        case nil: return true
        }
    }

    /// What is wrong behind the value of a whole text; nil when nothing but white space is there.
    private static func trailing(_ bytes: Span<UInt8>, _ position: Int) -> JSONError? {
        var end = position
        guard JSONTokens.next(bytes, &end) != nil else { return nil }
        return JSONError(code: .trailingData, offset: end, message: "something follows the value")
    }

    typealias Body = (Int, LineOutcome, inout RowSink) throws -> Bool

    /// What ends a walk early is thrown as an error of JSON, which is what the walk can throw; `stop` says that it is none.
    private static let ended = JSONError(code: .syntax, offset: 0, message: "the walk was ended")

    /// A value that is an anchor: takes what its columns want, then goes on to the rows in it.
    private mutating func anchor(
        _ anchor: Int, _ bytes: Span<UInt8>, _ position: inout Int, _ segment: Int, _ sink: inout RowSink,
        _ stop: inout Stop?, _ body: Body
    ) throws(JSONError) {
        let start = position
        objections[anchor] = nil
        for node in trees[anchor].nodes {
            for column in node.columns { sink.row.clear(column) }
        }
        let isRow = segment == path.segments.count
        if !trees[anchor].isEmpty {
            try extract(anchor, 0, bytes, &position, &sink.row)
            if !isRow { position = start }
        }
        guard isRow else { return try descend(anchor, bytes, &position, segment, &sink, &stop, body) }
        if trees[anchor].isEmpty { try JSONTokens.skipValue(bytes, &position) }
        if anchor == 0, let error = Self.trailing(bytes, position) { throw error }
        try emit(bytes, start..<position, &sink, &stop, body)
    }

    private mutating func emit(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ sink: inout RowSink, _ stop: inout Stop?, _ body: Body
    ) throws(JSONError) {
        var outcome = LineOutcome.row
        if let objection = objections.compactMap(\.self).first {
            outcome = .unread(objection)
        } else if range.count > rowBytes {
            outcome = .unread("it is longer than \(rowBytes) bytes")
        } else {
            for (column, part) in parts {
                switch part {
                case .key: sink.row.set(column, text: key)
                case .index: sink.row.set(column, text: String(index))
                case .text: sink.row.set(column, bytes.extracting(range))
                default: break
                }
            }
        }
        do {
            guard try body(range.lowerBound, outcome, &sink) else {
                stop = .enough
                throw Self.ended
            }
        } catch let error as JSONError where stop != nil {
            throw error
        } catch {
            stop = .failed(error)
            throw Self.ended
        }
    }

    /// Goes on from a value along the path; leaves `position` behind the value.
    private mutating func descend(
        _ anchor: Int, _ bytes: Span<UInt8>, _ position: inout Int, _ segment: Int, _ sink: inout RowSink,
        _ stop: inout Stop?, _ body: Body
    ) throws(JSONError) {
        guard segment < path.segments.count else {
            return try self.anchor(anchor + 1, bytes, &position, segment, &sink, &stop, body)
        }
        let name = path.segments[segment]
        let isStar = name == "*"
        let next = JSONTokens.next(bytes, &position)
        if next == UInt8(ascii: "["), isStar || Int(name) != nil {
            try JSONTokens.elements(bytes, &position) { (number, position) throws(JSONError) in
                if isStar {
                    index = number
                    key = ""
                    try self.anchor(anchor + 1, bytes, &position, segment + 1, &sink, &stop, body)
                } else if String(number) == name {
                    try descend(anchor, bytes, &position, segment + 1, &sink, &stop, body)
                } else {
                    try JSONTokens.skipValue(bytes, &position)
                }
            }
        } else if next == UInt8(ascii: "{") {
            let wanted = Array(name.utf8)
            var count = 0
            var isFound = false
            try JSONTokens.members(bytes, &position) { (token, position) throws(JSONError) in
                if isStar {
                    key = JSONTokens.text(bytes, token)
                    index = count
                    count += 1
                    try self.anchor(anchor + 1, bytes, &position, segment + 1, &sink, &stop, body)
                } else if Self.isName(wanted, bytes, token) {
                    guard !isFound else {
                        return try refuse(anchor, bytes, &position, token, &sink, &stop, body)
                    }
                    isFound = true
                    try descend(anchor, bytes, &position, segment + 1, &sink, &stop, body)
                } else {
                    try JSONTokens.skipValue(bytes, &position)
                }
            }
        } else {
            try JSONTokens.skipValue(bytes, &position)
        }
    }

    /// A member on the way to the rows that stands for the second time: which one is meant nobody can say. The rows of the first have
    /// been handed out; this one counts as one that cannot be read.
    private mutating func refuse(
        _ anchor: Int, _ bytes: Span<UInt8>, _ position: inout Int, _ token: JSONTokens.Token, _ sink: inout RowSink,
        _ stop: inout Stop?, _ body: Body
    ) throws(JSONError) {
        let value = try JSONTokens.skipValue(bytes, &position)
        let before = objections[anchor]
        objections[anchor] = Self.twice(bytes, token)
        try emit(bytes, value.range, &sink, &stop, body)
        objections[anchor] = before
    }

    private static func twice(_ bytes: Span<UInt8>, _ token: JSONTokens.Token) -> String {
        "a member stands twice: \(JSONTokens.text(bytes, token).debugDescription)"
    }

    // MARK: Values

    private mutating func extract(
        _ anchor: Int, _ node: Int, _ bytes: Span<UInt8>, _ position: inout Int, _ row: inout RowBuilder
    ) throws(JSONError) {
        let first = JSONTokens.next(bytes, &position)
        let start = position
        let children = trees[anchor].nodes[node].children
        if children.isEmpty || (first != UInt8(ascii: "{") && first != UInt8(ascii: "[")) {
            let token = try JSONTokens.skipValue(bytes, &position)
            take(anchor, node, bytes, token, &row)
            return
        }
        let isObject = first == UInt8(ascii: "{")
        if isObject {
            visits += 1
            let visit = visits
            try JSONTokens.members(bytes, &position) { (token, position) throws(JSONError) in
                guard let child = children.first(where: { Self.isName($0.name, bytes, token) }) else {
                    try JSONTokens.skipValue(bytes, &position)
                    return
                }
                if trees[anchor].nodes[child.node].visit == visit {
                    objections[anchor] = Self.twice(bytes, token)
                }
                trees[anchor].nodes[child.node].visit = visit
                try extract(anchor, child.node, bytes, &position, &row)
            }
        } else {
            try JSONTokens.elements(bytes, &position) { (number, position) throws(JSONError) in
                guard let child = children.first(where: { $0.index == number }) else {
                    try JSONTokens.skipValue(bytes, &position)
                    return
                }
                try extract(anchor, child.node, bytes, &position, &row)
            }
        }
        let token = JSONTokens.Token(kind: isObject ? .object : .array, range: start..<position)
        take(anchor, node, bytes, token, &row)
    }

    private func take(
        _ anchor: Int, _ node: Int, _ bytes: Span<UInt8>, _ token: JSONTokens.Token, _ row: inout RowBuilder
    ) {
        for column in trees[anchor].nodes[node].columns {
            switch (token.kind, columns[column].type) {
            case (.null, _): row.set(column, value: .null)
            case (.string, .json):
                let quoted = token.range.lowerBound - 1..<token.range.upperBound + 1
                row.set(column, value: .json(bytes.extracting(quoted).text))
            case (_, .json): row.set(column, value: .json(bytes.extracting(token.range).text))
            case (.string(true), _):
                let text = Array(JSONTokens.text(bytes, token).utf8)
                row.set(column, text.span)
            case (.string, _), (.number, _), (.bool, _): row.set(column, bytes.extracting(token.range))
            case (.object, .text), (.array, .text): row.set(column, bytes.extracting(token.range))
            case (.object, _), (.array, _): row.refuse(column)
            }
        }
    }

    private static func isName(_ name: [UInt8], _ bytes: Span<UInt8>, _ token: JSONTokens.Token) -> Bool {
        if case .string(true) = token.kind { return JSONTokens.text(bytes, token).utf8.elementsEqual(name) }
        return bytes.extracting(token.range).equals(name)
    }
}
