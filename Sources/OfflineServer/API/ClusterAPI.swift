internal import Inspection
internal import StructuredText

/// The API of a cluster that is not there, answered from a capture of it.
public struct ClusterAPI: RequestHandler {
    /// What is made when it is first asked for.
    private struct Parts: Sendable {
        let catalog: ResourceCatalog
        let discovery: DiscoveryEndpoint
        let objects: ObjectEndpoint
        let reviews: AccessReviews
        let hasMetrics: Bool
    }

    private let logs: LogEndpoint
    private let metrics: MetricsEndpoint
    private let openAPI: OpenAPIEndpoint
    private let parts: Lazily<Parts>

    public init(_ capture: ServedCapture) {
        let documents = CapturedDocuments(capture.database)
        let metrics = MetricsEndpoint(capture)
        logs = LogEndpoint(capture)
        self.metrics = metrics
        openAPI = OpenAPIEndpoint(documents: documents)
        parts = Lazily {
            let database = capture.database
            var builder = CatalogBuilder(database, documents)
            let catalog = try await builder.build()
            let hasMetrics = try await metrics.isServed()
            let source = ObjectSource(
                database: database, catalog: catalog, coverage: try await database.listCoverage())
            return Parts(
                catalog: catalog,
                discovery: DiscoveryEndpoint(
                    database: database, documents: documents, catalog: catalog, hasMetrics: hasMetrics),
                objects: ObjectEndpoint(source: source, printers: TablePrinters(capture)),
                reviews: AccessReviews(documents: documents, catalog: catalog), hasMetrics: hasMetrics)
        }
    }

    /// What of the capture is not served, in words; and makes ready what the first request would wait for.
    ///
    /// - Throws: what reading the capture throws.
    public func notes() async throws -> [String] {
        try await parts.value().catalog.notes
    }

    public func respond(to request: APIRequest) async throws -> APIResponse {
        guard !request.headers.contains(where: { $0.name.hasPrefix("impersonate-") }) else {
            throw APIFailure(
                403, "Forbidden", "what another account would see was not captured: ask without --as and --as-group")
        }
        switch request.method {
        case "GET": return try await read(request)
        case "HEAD":
            var response = try await read(request)
            response.body = .bytes([])
            return response
        case "OPTIONS":
            var response = APIResponse(body: .bytes([]))
            response.headers.append(("Allow", "GET, HEAD, OPTIONS"))
            return response
        case "POST":
            let path = request.path
            guard path.count == 4, path[0] == "apis",
                path[1] == "authorization.k8s.io" || path[1] == "authentication.k8s.io"
            else { throw Self.refusal(of: request) }
            return try await parts.value().reviews.respond(
                group: path[1], version: path[2], resource: path[3], to: request)
        default: throw Self.refusal(of: request)
        }
    }

    /// In words what cannot be done.
    private static func refusal(of request: APIRequest) -> APIFailure {
        if let word = request.path.dropFirst(4).compactMap({ acts[$0] }).last { return .readOnly(word) }
        let word =
            switch request.method {
            case "POST": "creating something"
            case "PUT", "PATCH": "changing something"
            case "DELETE": "deleting something"
            default: "\(SafeText.line(request.method))"
            }
        return .readOnly(word)
    }

    /// Subresources that do something.
    private static let acts = [
        "exec": "running a command in a container", "attach": "attaching to a container",
        "portforward": "forwarding a port", "proxy": "a request to a pod, service or node",
        "eviction": "evicting a pod",
        "binding": "binding a pod to a node", "token": "making a token", "ephemeralcontainers": "adding a container",
    ]

    // MARK: Reading

    private func read(_ request: APIRequest) async throws -> APIResponse {
        let path = request.path
        switch (path.first, path.count) {
        case (nil, _): return try await root()
        case ("healthz", 1), ("livez", 1), ("readyz", 1):
            // Of this server: whether the cluster was well nobody asked.
            return APIResponse(mediaType: "text/plain; charset=utf-8", body: .bytes(Array("ok".utf8)))
        case ("metrics", _), ("logs", _), ("openid", _), (".well-known", _):
            throw APIFailure.notCaptured("/\(SafeText.line(path.joined(separator: "/")))", "no collector asks for them")
        case ("version", 1): return try await parts.value().discovery.version()
        case ("openapi", _): return try await openAPI.respond(path.dropFirst(), to: request)
        case ("api", 1): return try await parts.value().discovery.core(request)
        case ("apis", 1): return try await parts.value().discovery.groups(request)
        case ("apis", 2): return try await parts.value().discovery.group(path[1])
        case ("api", 2): return try await parts.value().discovery.resources(path[1])
        case ("apis", 3): return try await parts.value().discovery.resources("\(path[1])/\(path[2])")
        case ("api", _): return try await resource(group: "", version: path[1], path.dropFirst(2), request)
        case ("apis", _): return try await resource(group: path[1], version: path[2], path.dropFirst(3), request)
        default: throw APIFailure.noSuchPath
        }
    }

    private func root() async throws -> APIResponse {
        let catalog = try await parts.value().catalog
        var paths = ["/api"] + catalog.coreVersions.map { "/api/\($0)" } + ["/apis"]
        for (group, versions) in catalog.groupVersions {
            paths += ["/apis/\(group)"] + versions.map { "/apis/\(group)/\($0)" }
        }
        paths += ["/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]
        return APIResponse(
            body: .bytes(JSONValue.object(["paths": .array(paths.map { .string($0) })]).serialized()))
    }

    private func resource(
        group: String, version: String, _ path: ArraySlice<String>, _ request: APIRequest
    ) async throws -> APIResponse {
        guard let target = ResourcePath(path) else { throw APIFailure.noSuchPath }
        let parts = try await parts.value()
        if group == "metrics.k8s.io", parts.hasMetrics, version == "v1beta1", target.subresource == nil {
            return try await usage(target, parts.catalog, parts.objects.source, request)
        }
        let groupVersion = group.isEmpty ? version : "\(group)/\(version)"
        guard !target.resource.contains("/"), let resource = parts.catalog.resource(groupVersion, target.resource),
            resource.isNamespaced ? target.namespace != nil || target.name == nil : target.namespace == nil
        else { throw APIFailure.noSuchPath }
        let place = ObjectPlace(resource: resource, namespace: target.namespace)
        guard let name = target.name, !target.isWatch else {
            var options = try ListOptions(request)
            if let name = target.name { options.fields = options.fields.adding(name: name) }
            let place =
                resource.isNamespaced && place.namespace == nil
                ? ObjectPlace(resource: resource, namespace: options.fields.namespace) : place
            guard target.isWatch || options.isWatch else {
                return try await parts.objects.list(place, options, to: request)
            }
            return try await parts.objects.watch(place, options, to: request)
        }
        switch target.subresource {
        case nil, "status": return try await parts.objects.get(place, name, to: request)
        case "scale":
            throw APIFailure.notCaptured(
                "the scales of \(resource.fullName)", "what they say stands in spec.replicas and status of the objects")
        case "log":
            guard resource.fullName == "pods", let namespace = target.namespace else { throw APIFailure.noSuchPath }
            return try await logs.respond(namespace: namespace, pod: name, to: request)
        case let other?:
            throw Self.acts[other] == nil ? APIFailure.noSuchPath : Self.refusal(of: request)
        }
    }
}

extension ClusterAPI {
    /// Usage of pods and nodes, as far as these themselves are here.
    private func usage(
        _ target: ResourcePath, _ catalog: ResourceCatalog, _ source: ObjectSource, _ request: APIRequest
    ) async throws -> APIResponse {
        var warning: String?
        if let resource = catalog.resource("v1", target.resource) {
            let place = ObjectPlace(resource: resource, namespace: target.namespace)
            if let name = target.name {
                _ = try await source.object(place, name, needsVersion: false)
            } else {
                warning = try await source.warning(place, try source.selection(place, needsVersion: false))
            }
        }
        var response = try await metrics.respond(
            target.resource, namespace: target.namespace, name: target.name, to: request)
        if let warning { response.warn(warning) }
        return response
    }
}

/// What a path below a group's version names.
private struct ResourcePath {
    var isWatch = false
    /// Nil where there is none in it.
    var namespace: String?
    let resource: String
    var name: String?
    var subresource: String?

    init?(_ path: ArraySlice<String>) {
        var rest = Array(path)
        // As clients asked before there was a parameter for it.
        if rest.first == "watch", rest.count > 1 {
            isWatch = true
            rest.removeFirst()
        }
        if rest.first == "namespaces", rest.count > 2, !(rest.count == 3 && ["status", "finalize"].contains(rest[2])) {
            namespace = rest[1]
            rest.removeFirst(2)
        }
        guard let resource = rest.first, rest.count <= 3 || !["status", "scale", "log"].contains(rest[2]) else {
            return nil
        }
        self.resource = resource
        if rest.count > 1 { name = rest[1] }
        if rest.count > 2 { subresource = rest[2] }
    }
}
