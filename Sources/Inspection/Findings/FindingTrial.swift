public import Collection
public import Rows
internal import SQLite
internal import Synchronization

/// Tries a rule on its own examples.
public enum FindingTrial {
    /// What is wrong with a rule, in words; none when each of its examples does what it must.
    ///
    /// - Parameter tables: of its collector, where that is none of this program's.
    public static func problems(of rule: FindingRule, tables: [TableDefinition] = []) async -> [String] {
        var problems: [String] = []
        for (number, example) in rule.fires.enumerated() {
            let answer = await ask(rule, example, tables)
            switch answer {
            case .failure(let error): problems.append("example \(number + 1) of fires: \(error.reason)")
            case .success(let (columns, rows)):
                if rows == 0 { problems.append("example \(number + 1) of fires: it stays silent") }
                for column in FindingsReader.missingColumns(rule, columns) where number == 0 {
                    problems.append("its words name {\(column)}, which its SQL does not have")
                }
            }
        }
        for (number, example) in rule.silent.enumerated() {
            switch await ask(rule, example, tables) {
            case .failure(let error): problems.append("example \(number + 1) of silent: \(error.reason)")
            case .success(let (_, rows)):
                if rows > 0 { problems.append("example \(number + 1) of silent: it fires") }
            }
        }
        return problems
    }

    private static func ask(
        _ rule: FindingRule, _ example: FindingExample, _ tables: [TableDefinition]
    ) async -> Result<(columns: [String], rows: Int), SQLError> {
        let answer = Mutex((columns: [String](), rows: 0))
        do {
            let database = try await EvidenceDatabase(example, tables: tables)
            try await database.ask(
                rule, limits: QueryLimits(time: .seconds(60)),
                columns: { names in answer.withLock { $0.columns = names } },
                row: { _ in answer.withLock { $0.rows += 1 } })
            return .success(answer.withLock { $0 })
        } catch let error as SQLError {
            return .failure(error)
        } catch {
            return .failure(SQLError(.other, "\(error)"))
        }
    }
}
