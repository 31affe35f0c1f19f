/// A request of a client, once its head is judged and its body is read.
public struct APIRequest: Sendable {
    /// As in `GET`.
    public var method: String
    /// Between slashes, each with its percent signs decoded; none is empty, `.` or `..`.
    public var path: [String]
    /// In the order in which they came, decoded.
    public var query: [(name: String, value: String)]
    /// In the order in which they came; names in lower case.
    public var headers: [(name: String, value: String)]
    /// At most ``ServerLimits/bodyBytes``.
    public var body: [UInt8]

    public init(
        method: String = "GET", path: [String], query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The first of a parameter; as the API server has it, one that stands there without a value is "".
    public func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// A parameter that is true or false, as Kubernetes reads it: whatever is not `0` or `false` is true, without a value too. Nil where it
    /// does not stand there.
    func flag(_ name: String) -> Bool? {
        guard let text = parameter(name) else { return nil }
        return text != "0" && text.lowercased() != "false"
    }

    /// The values of a header, in one text; nil when there is none.
    public func header(_ name: String) -> String? {
        let values = headers.filter { $0.name == name }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}
