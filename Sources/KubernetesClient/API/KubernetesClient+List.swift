internal import StructuredText

extension KubernetesClient {
    /// Lists objects page by page and lends each one's JSON to `item` while the answer streams in.
    ///
    /// A list is read in one state of the cluster. When the server has forgotten that state midway (410 Gone), it goes on in a newer
    /// one if the server offers that (``ListResult/inconsistent``); else the list begins again, once, if `onRestart` is given: it is
    /// called before the first object comes again, so that what came so far can be dropped. Without `onRestart` the list fails with
    /// ``KubernetesError/Code/gone``.
    ///
    /// When it fails midway, what was handed out until then is valid as far as it goes. Errors of the closures go through.
    ///
    /// - Parameters:
    ///   - namespace: nil for all namespaces.
    ///   - labelSelector: as in "app=web,tier!=cache".
    ///   - fieldSelector: as in "spec.nodeName=node1".
    ///   - item: gets the bytes of one object, as the server sent them; the slice is only lent. Objects in lists have no `kind` and
    ///     `apiVersion`: see ``ListResult/kind``.
    public func list(
        _ resource: APIResource, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil,
        options: ListOptions = ListOptions(), onRestart: ((ListRestart) async throws -> Void)? = nil,
        item: (ArraySlice<UInt8>) async throws -> Void
    ) async throws -> ListResult {
        let place = namespace.map { " in namespace \($0)" } ?? ""
        let doing = "listing \(resource.qualifiedName)\(place)".printable(limit: 400)
        let path = try resource.path(namespace: namespace)
        var selectors: [(String, String)] = []
        if let labelSelector { selectors.append(("labelSelector", labelSelector)) }
        if let fieldSelector { selectors.append(("fieldSelector", fieldSelector)) }
        var result = ListResult()
        var position = ListPosition()
        while true {
            let query = position.query(options, soFar: result.itemCount + result.oversizedCount) + selectors
            do {
                let envelope = try await page(
                    .init(doing: doing, path: path, query: query), options: options, result: &result, item: item)
                result.pages += 1
                result.take(envelope)
                if result.isCutOff { return result }
                guard let next = envelope["metadata"]?["continue"]?.string, !next.isEmpty else { return result }
                if let max = options.maxItems, result.itemCount + result.oversizedCount >= max {
                    result.cutOff(remaining: envelope["metadata"]?["remainingItemCount"]?.int)
                    return result
                }
                try position.advance(to: next, doing: doing, path: path)
            } catch let expired as ExpiredList {
                if let token = expired.continueToken, !token.isEmpty {
                    result.inconsistent = true
                    try position.advance(to: token, doing: doing, path: path)
                } else if let onRestart, !result.restarted {
                    try await onRestart(
                        ListRestart(itemCount: result.itemCount, pages: result.pages, reason: expired.error.reason))
                    result = ListResult()
                    result.restarted = true
                    position = ListPosition()
                } else {
                    throw expired.error
                }
            }
        }
    }

    private func page(
        _ request: HTTPTransport.Request, options: ListOptions, result: inout ListResult,
        item: (ArraySlice<UInt8>) async throws -> Void
    ) async throws -> JSONValue {
        var request = request
        let isContinuation = request.query.contains { $0.0 == "continue" }
        request.reportsGone = isContinuation
        request.kind = .page
        let cap = options.maxItems ?? .max
        var state = result
        defer { result = state }
        return try await transport.stream(request) { next in
            var splitter = JSONListSplitter(maxItemBytes: options.maxItemBytes)
            func malformed(_ error: JSONError) -> KubernetesError {
                KubernetesError(
                    code: error.code == .tooLarge ? .tooLarge : .badResponse, doing: request.doing,
                    subject: request.path, reason: "the list is broken: \(error.message.printable(limit: 200))",
                    advice: error.code == .truncated ? "The server, or something before it, cut the answer off" : "")
            }
            while let chunk = try await next() {
                do {
                    try await splitter.push(chunk) { bytes in
                        // Less than asked for is all that a server may send; not every one keeps to that.
                        guard state.itemCount + state.oversizedCount < cap else {
                            state.isCutOff = true
                            return
                        }
                        state.itemCount += 1
                        do {
                            try await item(bytes)
                        } catch {
                            throw CallerError(error: error)
                        }
                    } oversized: { report in
                        guard state.itemCount + state.oversizedCount < cap else {
                            state.isCutOff = true
                            return
                        }
                        state.note(report)
                    }
                } catch let error as JSONError {
                    throw malformed(error)
                } catch let error as CallerError {
                    throw error.error
                }
            }
            do {
                let envelope = try splitter.finish()
                guard let kind = envelope["kind"]?.string, kind.hasSuffix("List") else {
                    throw JSONError(code: .syntax, offset: 0, message: "it is not a Kubernetes list")
                }
                return envelope
            } catch let error as JSONError {
                throw malformed(error)
            }
        }
    }
}

/// An error of a closure of the caller, kept apart from the parser's own (the caller may parse JSON, too).
private struct CallerError: Error {
    let error: any Error
}

/// Where in a list the next page begins.
private struct ListPosition {
    private var token: String?

    /// - Parameter soFar: objects seen, so that no more are asked for than are wanted.
    func query(_ options: ListOptions, soFar: Int) -> [(String, String)] {
        var query: [(String, String)] = []
        let wanted = options.maxItems.map { max(1, $0 - soFar) }
        if let limit = [options.limit, wanted].compactMap(\.self).min() { query.append(("limit", String(limit))) }
        if let token {
            query.append(("continue", token))
        } else if let version = options.resourceVersion {
            query.append(("resourceVersion", version))
        }
        return query
    }

    /// A server that names the same place again would be asked forever.
    mutating func advance(to next: String, doing: String, path: String) throws(KubernetesError) {
        guard next != token, next.utf8.count <= 64 << 10 else {
            throw KubernetesError(
                code: .badResponse, doing: doing, subject: path,
                reason: "the server's list does not go on: it repeats itself")
        }
        token = next
    }
}

extension ListResult {
    fileprivate mutating func take(_ envelope: JSONValue) {
        if resourceVersion.isEmpty {
            resourceVersion = (envelope["metadata"]?["resourceVersion"]?.string ?? "").printable(limit: 100)
        }
        if kind.isEmpty, let list = envelope["kind"]?.string { kind = String(list.dropLast(4)).printable(limit: 200) }
        if apiVersion.isEmpty { apiVersion = (envelope["apiVersion"]?.string ?? "").printable(limit: 200) }
    }

    fileprivate mutating func cutOff(remaining: Int?) {
        isCutOff = true
        self.remaining = remaining
    }

    fileprivate mutating func note(_ report: JSONListSplitter.OversizedItem) {
        oversizedCount += 1
        guard oversized.count < 100 else { return }
        let identity = ObjectIdentity(prefix: report.prefix)
        oversized.append(
            OversizedItem(
                index: report.index, byteCount: report.byteCount, namespace: identity.namespace, name: identity.name))
    }
}
