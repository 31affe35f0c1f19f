internal import Inspection
internal import Synchronization

/// The tables of a capture, `cluster/api/tables` (docs/format.md): read in one pass when the first is asked for, and parsed each when it
/// is asked for.
actor CapturedTables {
    /// Beyond these, rows are printed anew.
    private static let mostBytes: UInt64 = 64 << 20
    private static let mostRows = 500_000

    private let capture: any Capture
    private var reading: Task<[String: [CapturedTable.Page]], any Error>?
    /// Those that nobody asked for yet.
    private var pages: [String: [CapturedTable.Page]]?
    private var tables: [String: CapturedTable] = [:]
    private var rowCount = 0

    init(_ capture: any Capture) {
        self.capture = capture
    }

    /// - Returns: nil when the capture has none.
    /// - Throws: what the capture throws when it cannot be read.
    func table(of resource: APIResource) async throws -> CapturedTable? {
        guard capture.kind == .exhibit else { return nil }
        try await read()
        let key = Self.key(resource.groupVersion, resource.name)
        if let table = tables[key] { return table }
        guard let own = pages?.removeValue(forKey: key),
            let table = CapturedTable(
                own, isNamespaced: resource.isNamespaced, mostRows: Self.mostRows - rowCount)
        else { return nil }
        rowCount += table.rowCount
        tables[key] = table
        return table
    }

    private func read() async throws {
        guard pages == nil else { return }
        let task = reading ?? Task { [capture] in try await Self.pages(of: capture) }
        reading = task
        do {
            let read = try await task.value
            if pages == nil { pages = read }
        } catch {
            reading = nil
            throw error
        }
    }

    private static func key(_ groupVersion: String, _ resource: String) -> String { "\(groupVersion)/\(resource)" }

    private static func pages(of capture: any Capture) async throws -> [String: [CapturedTable.Page]] {
        let collected = Mutex<[String: [CapturedTable.Page]]>([:])
        let left = Mutex(mostBytes)
        try await capture.read { file in
            guard let place = TablePlace(path: file.path) else { return nil }
            let fits = left.withLock { left in
                guard file.size <= left else { return false }
                left -= file.size
                return true
            }
            guard fits else { return nil }
            return WholeFile(limit: Int(file.size)) { json in
                let page = CapturedTable.Page(namespace: place.namespace, number: place.number, json: json)
                collected.withLock { $0[key(place.groupVersion, place.resource), default: []].append(page) }
            }
        }
        return collected.withLock { $0 }
    }
}

/// What a table is of, by where it lies.
struct TablePlace: Hashable {
    let groupVersion: String
    let resource: String
    let namespace: String?
    /// Of the page, from 1.
    let number: Int

    /// Nil for the path of anything else.
    init?(path: String) {
        let prefix = "data/cluster/api/tables/"
        guard path.hasPrefix(prefix) else { return nil }
        var parts = path.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        guard let file = parts.popLast() else { return nil }
        switch parts.first {
        case "api" where parts.count >= 2:
            groupVersion = String(parts[1])
            parts.removeFirst(2)
        case "apis" where parts.count >= 3:
            groupVersion = "\(parts[1])/\(parts[2])"
            parts.removeFirst(3)
        default: return nil
        }
        switch parts.count {
        case 0: namespace = nil
        case 2 where parts[0] == "namespaces": namespace = String(parts[1])
        default: return nil
        }
        let words = file.split(separator: ".", omittingEmptySubsequences: false)
        guard words.last == "json", !words[0].isEmpty else { return nil }
        switch words.count {
        case 2: number = 1
        case 3:
            guard let page = Int(words[1]), page > 1 else { return nil }
            number = page
        default: return nil
        }
        resource = String(words[0])
    }
}
