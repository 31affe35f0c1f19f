internal import CSQLite

extension SQLDatabase {
    /// The tables that a statement reads, through views, too; none when it cannot be understood, or may not be run. It is not run.
    ///
    /// It is judged as in a database that is confined: some statements have an effect when they are only made ready.
    public func tables(readBy sql: String) -> Set<String> {
        limit(to: QueryLimits(time: nil))
        let names = NameBox()
        sqlite3_set_authorizer(
            handle,
            { context, action, first, second, _, view in
                if action == SQLITE_READ, let context, let first {
                    Unmanaged<NameBox>.fromOpaque(context).takeUnretainedValue().names.insert(String(cString: first))
                }
                return Authorizer.judge(action, first, second, view)
            }, Unmanaged.passUnretained(names).toOpaque())
        defer { authorize() }
        return withExtendedLifetime(names) {
            guard (try? prepare(sql)) != nil else { return [] }
            return names.names
        }
    }

    /// Lets the program itself write again, in a database that is confined.
    public func unconfined<Result>(_ body: () throws -> Result) rethrows -> Result {
        let wasConfined = isConfined
        isConfined = false
        authorize()
        limitTime(to: nil)
        defer {
            isConfined = wasConfined
            authorize()
        }
        return try body()
    }
}

private final class NameBox {
    var names: Set<String> = []
}
