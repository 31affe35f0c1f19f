internal import SQLite

/// Looks for indicators of compromise in everything that was captured: what its tables say, and the content of its files.
public struct Hunt: Sendable {
    let database: EvidenceDatabase
    private let list: IndicatorList
    let options: HuntOptions

    /// - Parameter database: of the capture.
    public init(_ database: EvidenceDatabase, _ list: IndicatorList, _ options: HuntOptions = HuntOptions()) {
        self.database = database
        self.list = list
        self.options = options
    }

    /// Looks at everything: tables first, then each file in one pass on all cores.
    ///
    /// - Throws: what the capture throws when it cannot be read, `CancellationError`. What is wrong with one file is in the report.
    public func run() async throws -> HuntReport {
        let matcher = IndicatorMatcher(list.indicators)
        let tally = HuntTally(most: options.most)
        var report = HuntReport()
        report.failed = try await TableHunt(
            database: database, matcher: matcher, tally: tally, place: options.place
        ).run()
        try await content(matcher, tally)
        let state = tally.result
        (report.files, report.bytes, report.compressed) = (state.files, state.bytes, state.compressed)
        report.left = state.left
        report.found = try await found(state)
        return report
    }

    private func content(_ matcher: IndicatorMatcher, _ tally: HuntTally) async throws {
        let capture = database.capture
        let isExhibit = capture.kind == .exhibit
        let context = HuntVisitor.Context(
            matcher: matcher, digests: DigestTable(list.indicators), tally: tally, damage: database.damage,
            most: options.most)
        let place = options.place
        try await capture.read { file in
            // The rest of a bundle is the capture's own records.
            guard !isExhibit || file.path.hasPrefix("data/"), place.matches(file, of: capture) else { return nil }
            var owner = HuntHit.Owner()
            var rank = HuntHit.Rank.content
            if case .log(let log) = capture.role(of: file) {
                rank = .log
                owner = HuntHit.Owner(namespace: log.namespace, pod: log.pod, container: log.container)
            }
            let visitor = HuntVisitor(file, rank, owner, hasHash: isExhibit, context)
            guard file.isGzip else {
                if file.isCompressed { tally.addCompressed() }
                return visitor
            }
            return UnpackingHunt(
                visitor,
                try file.reading(HuntVisitor(file, rank, owner, hasHash: false, isInside: true, context)))
        }
    }

    private func found(_ state: HuntTally.State) async throws -> [HuntReport.Found] {
        var owners: [String: (owner: HuntHit.Owner, source: String?)] = [:]
        var found: [(first: HuntTally.Kept?, number: Int, found: HuntReport.Found)] = []
        for (number, count) in state.counts {
            var kept = state.kept[number] ?? []
            for index in kept.indices { try await complete(&kept[index].hit, &owners) }
            found.append(
                (
                    kept.first, number,
                    HuntReport.Found(
                        indicator: list.indicators[number], place: list.places[number], count: count,
                        hits: kept.map(\.hit))
                ))
        }
        found.sort { left, right in
            let ranks = (left.first?.hit.rank ?? .log, right.first?.hit.rank ?? .log)
            return ranks.0 == ranks.1 ? left.number < right.number : ranks.0 < ranks.1
        }
        return found.map(\.found)
    }

    /// Whose word the content of a file is, by the ledger.
    private func complete(
        _ hit: inout HuntHit, _ owners: inout [String: (owner: HuntHit.Owner, source: String?)]
    ) async throws {
        guard hit.source == nil, let entry = hit.entry, database.capture.kind == .exhibit else { return }
        if owners[entry] == nil {
            let row = try await database.rows(
                """
                SELECT l.namespace, iif(l.kind = 'Pod', l.name, NULL), l.container, l.node, l.source
                FROM entries e JOIN ledger l ON l.attempt = e.attempt WHERE e.path = ?1 LIMIT 1
                """, [.text(entry)]
            ).first
            owners[entry] = (
                HuntHit.Owner(
                    namespace: row?[0].text, pod: row?[1].text, container: row?[2].text, node: row?[3].text),
                row?[4].text
            )
        }
        guard let known = owners[entry] else { return }
        hit.source = known.source
        if hit.owner == HuntHit.Owner() { hit.owner = known.owner }
    }
}
