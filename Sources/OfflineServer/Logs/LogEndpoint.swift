internal import Inspection
internal import Rows
internal import StructuredText

/// Answers `GET …/pods/POD/log`.
///
/// Source: k8s.io/kubernetes, pkg/registry/core/pod (strategy.go and rest/log.go), and for what the kubelet says of a log
/// ``ContainerLogStatus``.
package struct LogEndpoint: Sendable {
    private let capture: ServedCapture
    private let turns = ReadingTurns()

    package init(_ capture: ServedCapture) {
        self.capture = capture
    }

    /// - Throws: ``APIFailure``, in the words of the API server and the kubelet.
    package func respond(namespace: String, pod: String, to request: APIRequest) async throws -> APIResponse {
        let wanted = try PodLogQuery(request)
        if let refusal = wanted.invalidity(pod: pod) { return refusal }
        guard let logs = try await PodLogs(capture.database, namespace: namespace, pod: pod) else {
            throw unknown(pod, namespace)
        }
        let container = try Self.container(wanted.container, of: logs)
        var log = logs.log(of: container, previous: wanted.isPrevious)
        // Tools write an empty file where the kubelet refused.
        if log.map({ $0.size == 0 }) ?? true, let object = logs.object, let container {
            guard log != nil || !Self.isUnscheduled(object) else {
                return APIResponse(status: 204, mediaType: "text/plain", body: .bytes([]))
            }
            let status = ContainerLogStatus(pod: pod, container: container, object)
            if let refusal = status.refusal(previous: wanted.isPrevious) { throw Self.refused(refusal) }
            if log == nil, wanted.isPrevious, status.isPreviousCurrent {
                log = logs.log(of: container, previous: false)
            }
        }
        guard let log else { return try await missing(container, of: logs, wanted) }
        return try await answer(log, container, of: logs, wanted)
    }

    private func unknown(_ pod: String, _ namespace: String) -> APIFailure {
        guard let end = (capture.database.capture as? ForeignCapture)?.end else {
            return .notFound("pods", group: "", name: pod)
        }
        return Self.notCaptured("pods \"\(pod)\" may be in what could not be read of the capture: \(end)", pod)
    }

    /// What was not captured is not absent: nothing that clients take for that.
    private static func notCaptured(_ message: String, _ pod: String) -> APIFailure {
        APIFailure(403, "Forbidden", SafeText.line(message), details: ["name": pod, "kind": "pods"])
    }

    private static func refused(_ message: String) -> APIFailure { .badRequest(SafeText.line(message)) }

    // MARK: Which container

    /// - Returns: nil where nothing says which containers the pod has, and none was asked for.
    private static func container(_ wanted: String?, of logs: PodLogs) throws(APIFailure) -> String? {
        guard !logs.containers.isEmpty else {
            guard logs.object == nil else {
                throw refused(
                    wanted.map { "container \($0) is not valid for pod \(logs.pod)" }
                        ?? "a container name must be specified for pod \(logs.pod)")
            }
            return wanted
        }
        if let wanted {
            guard logs.containers.contains(where: { $0.name == wanted }) else {
                throw refused("container \(wanted) is not valid for pod \(logs.pod)")
            }
            return wanted
        }
        // Where only logs are known, nothing says which of them were of init containers.
        let names = logs.containers.filter { $0.type ?? "container" == "container" }.map(\.name)
        if names.count == 1 { return names[0] }
        var message = "a container name must be specified for pod \(logs.pod)"
        if !names.isEmpty { message += ", choose one of: [\(names.joined(separator: " "))]" }
        let before = logs.containers.filter { $0.type == "init" }.map(\.name)
        if !names.isEmpty, !before.isEmpty {
            message += " or one of the init containers: [\(before.joined(separator: " "))]"
        }
        throw refused(message)
    }

    private static func isUnscheduled(_ pod: JSONValue) -> Bool {
        pod["spec"] != nil && (pod["spec"]?["nodeName"]?.string ?? "").isEmpty
    }

    // MARK: Answers

    private static func name(_ container: String?, _ logs: PodLogs, previous: Bool) -> String {
        "the \(previous ? "previous log" : "log") of "
            + (container.map { "container \($0) in pod \(logs.pod)" } ?? "pod \(logs.pod)")
    }

    /// Of a log that is not in the capture, though there was one.
    private func missing(
        _ container: String?, of logs: PodLogs, _ wanted: PodLogQuery
    ) async throws -> APIResponse {
        let name = Self.name(container, logs, previous: wanted.isPrevious)
        guard let attempt = try await logs.attempt(without: container, previous: wanted.isPrevious) else {
            throw Self.notCaptured("\(name) was not captured: nothing says that it was asked for", logs.pod)
        }
        // There was nothing in it: no file was made of it.
        if attempt.isGood, !wanted.isPrevious {
            return APIResponse(mediaType: "text/plain", body: .bytes([]))
        }
        guard !attempt.isGood else {
            throw Self.notCaptured("\(name) was not captured: only the current one was asked for", logs.pod)
        }
        throw Self.notCaptured("\(name) was not captured: \(Self.words(attempt))", logs.pod)
    }

    /// As in `denied (Forbidden): pods/log is forbidden`.
    private static func words(_ attempt: PodLogs.Attempt) -> String {
        attempt.state + (attempt.reason.map { " (\($0))" } ?? "")
            + (attempt.message.map { $0.isEmpty ? "" : ": \($0)" } ?? "")
    }

    private func answer(
        _ log: PodLogs.Log, _ container: String?, of logs: PodLogs, _ wanted: PodLogQuery
    ) async throws -> APIResponse {
        var response = APIResponse(mediaType: "text/plain", body: .bytes([]))
        let name = Self.name(container, logs, previous: wanted.isPrevious)
        var turn: ReadingTurns.Turn?
        if (capture.database.capture as? ForeignCapture)?.isReadFromFront == true {
            turn = turns.take()
            guard turn != nil else { return Self.tooMany }
        }
        let attempt = try await logs.attempt(at: log)
        if let attempt, attempt.isTruncated {
            response.warn("\(name) was cut by a limit when it was captured: there may be more of it")
        } else if let attempt, !attempt.isGood {
            response.warn("\(name) was not captured wholly: \(Self.words(attempt))")
        }
        if log.track.hasHeadings, logs.containers.count != 1 {
            response.warn("the containers of pod \(logs.pod) share one file: which of them a line is of is their word")
        }
        var options = LogOptions()
        options.isStamped = try await logs.isStamped(log)
        options.tail = wanted.tailLines
        options.limitBytes = wanted.limitBytes
        if options.isStamped {
            options.hasTimestamps = wanted.hasTimestamps
            let read = attempt?.ended.flatMap(Self.time) ?? capture.captured
            options.since = try wanted.since(read)
        } else if log.size > 0, !wanted.needingTimes.isEmpty {
            response.warn(
                "\(name) was captured without times: \(wanted.needingTimes.joined(separator: " and ")) cannot be had, "
                    + "and all of its lines are shown")
        }
        let reader = LogReader(capture.database.capture, [log.track], options)
        response.body = .stream { [turn] writer in
            defer { withExtendedLifetime(turn) {} }
            let report = try await reader.deliver { try await writer.write($0) }
            if let problem = report.problems.first {
                throw APIFailure(
                    500, "InternalError", SafeText.line("\(problem.entry) is not what was captured: \(problem.reason)"))
            }
        }
        return response
    }

    private static func time(_ text: String) -> RowTime? { RowTime(rfc3339: Array(text.utf8).span) }

    private static var tooMany: APIResponse {
        var response = APIFailure(
            429, "TooManyRequests",
            "two logs of this archive are being read already, each from its front: try again when one is done"
        ).response
        response.headers.append(("Retry-After", "1"))
        return response
    }
}
