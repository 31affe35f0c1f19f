/// Lets through who may ask: clients with the run's token, which mean this server, and are no web page.
public struct AccessGuard: RequestHandler {
    private let hosts: Set<String>
    private let token: RunToken
    private let handler: any RequestHandler

    /// - Parameters:
    ///   - names: by which the server is reached, without the port.
    ///   - handler: answers what is let through.
    public init(names: [String], port: Int, token: RunToken, handler: any RequestHandler) {
        hosts = Set(names.map { ListenAddress.text($0.lowercased(), port) })
        self.token = token
        self.handler = handler
    }

    public func respond(to request: APIRequest) async throws -> APIResponse {
        do {
            try judge(request)
        } catch {
            // Who is refused holds no connection that others need.
            var response = error.response
            response.endsConnection = true
            return response
        }
        return try await handler.respond(to: request)
    }

    private func judge(_ request: APIRequest) throws(APIFailure) {
        // A name of somebody else's that leads here (DNS rebinding).
        guard let host = request.header("host")?.lowercased(), hosts.contains(host) else {
            throw APIFailure(421, "MisdirectedRequest", "this server does not go by the name in the header Host")
        }
        // Browsers send these, clients of the API do not.
        guard request.header("origin") == nil, request.header("sec-fetch-site") == nil else {
            throw APIFailure(403, "Forbidden", "web pages are not answered")
        }
        guard token.isShown(by: request.header("authorization")) else {
            throw APIFailure(401, "Unauthorized", "Unauthorized: use the kubeconfig that this server was started with")
        }
    }
}
