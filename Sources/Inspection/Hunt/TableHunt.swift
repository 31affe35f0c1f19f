internal import SQLite
internal import Synchronization

/// Looks for indicators in the rows of tables.
struct TableHunt {
    let database: EvidenceDatabase
    let matcher: IndicatorMatcher
    let tally: HuntTally
    let place: CapturePlace

    /// A value is looked at no further, in bytes.
    private static let mostBytes = 1 << 20

    /// - Returns: what could not be asked, each with why.
    /// - Throws: `CancellationError`.
    func run() async throws -> [String] {
        var failed: [String] = []
        for (number, table) in HuntTable.all.enumerated() {
            do throws(SQLError) {
                try await ask(table, number)
            } catch {
                guard error.code != .cancelled else { throw CancellationError() }
                failed.append("\(table.values.joined(separator: ", ")): \(error.reason)")
            }
        }
        return failed
    }

    private func ask(_ table: HuntTable, _ number: Int) async throws(SQLError) {
        let rows = Atomic<UInt64>(0)
        let (matcher, tally, place) = (matcher, tally, place)
        do {
            try await database.query(table.sql, limits: QueryLimits(time: nil)) { row in
                let position = HuntTally.Position(file: number, offset: rows.add(1, ordering: .relaxed).oldValue)
                Self.look(at: row, table, position, matcher, tally, place)
            }
        } catch {
            throw error as? SQLError ?? SQLError(.cancelled, "\(error)")
        }
    }

    private static func look(
        at row: [SQLValue], _ table: HuntTable, _ position: HuntTally.Position, _ matcher: IndicatorMatcher,
        _ tally: HuntTally, _ place: CapturePlace
    ) {
        let owner = HuntHit.Owner(
            namespace: row[1].text, pod: row[2].text, container: row[3].text, node: row[4].text)
        guard place.matches(owner.namespace, owner.pod, owner.container) else { return }
        var text: [UInt8] = []
        var ends: [Int] = []
        for value in row[HuntTable.head...] {
            text += (value.text ?? "").utf8.prefix(Self.mostBytes)
            ends.append(text.count)
            // It ends every word.
            text.append(0x0A)
        }
        var found: Set<Int> = []
        text.withUnsafeBytes { bytes in
            matcher.find(in: bytes, beginning: 0..<bytes.count, isBinary: false) { match in
                guard let column = ends.firstIndex(where: { match.place.lowerBound < $0 }) else { return }
                let kind = matcher.kinds[match.indicator]
                if table.endsOnly, kind == .name || kind == .path, match.place.upperBound != ends[column] { return }
                guard found.insert(match.indicator).inserted else { return }
                let start = column == 0 ? 0 : ends[column - 1] + 1
                let excerpt = bytes[
                    max(
                        start, match.place.lowerBound - HuntHit.excerptBytes)..<min(
                            ends[column], match.place.upperBound + HuntHit.excerptBytes)]
                let source = row[5].text
                let rank: HuntHit.Rank =
                    table.rank == .container && (source == "node" || source == "local") ? .node : table.rank
                tally.add(
                    match.indicator,
                    HuntHit(
                        rank, row[0].text ?? "", owner, entry: row[6].text,
                        line: row[7].integer.map { Int(clamping: $0) }, source: source, note: match.form.note,
                        excerpt: "\(table.values[column]): \(String(decoding: excerpt, as: UTF8.self))"), position)
            }
        }
    }
}
