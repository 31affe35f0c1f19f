import Testing

/// A place that breaks a rule of the house.
struct Violation: CustomStringConvertible, Equatable {
    var path: String
    /// From 1; nil when the file as a whole is meant.
    var line: Int?
    var rule: String

    var description: String {
        line.map { "\(path):\($0): \(rule)" } ?? "\(path): \(rule)"
    }
}

extension [Violation] {
    /// Fails the running test once for each violation, so that one run shows all of them.
    func report() {
        for violation in self { Issue.record("\(violation)") }
    }
}
