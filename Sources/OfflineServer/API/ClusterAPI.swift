/// The API of a cluster that is not there, answered from a capture of it.
public struct ClusterAPI: RequestHandler {
    private let capture: ServedCapture
    private let logs: LogEndpoint
    private let metrics: MetricsEndpoint
    private let printers: TablePrinters

    public init(_ capture: ServedCapture) {
        self.capture = capture
        logs = LogEndpoint(capture)
        metrics = MetricsEndpoint(capture)
        printers = TablePrinters(capture)
    }

    public func respond(to request: APIRequest) async throws -> APIResponse {
        throw APIFailure.noSuchPath
    }
}
