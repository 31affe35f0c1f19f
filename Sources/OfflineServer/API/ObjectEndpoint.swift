internal import Inspection
internal import StructuredText

/// Answers get, list and watch of captured objects.
struct ObjectEndpoint: Sendable {
    let source: ObjectSource
    let printers: TablePrinters

    // MARK: Get

    func get(_ place: ObjectPlace, _ name: String, to request: APIRequest) async throws -> APIResponse {
        let form = try ObjectForm(accepted: request.header("accept"), isList: false)
        let options = try ListOptions(request)
        let object = try await source.object(place, name, needsVersion: form.needsVersion)
        let writer = try await writer(place, form, options)
        var response = APIResponse(body: .bytes(writer.document(object) + "\n".utf8))
        if let words = writer.printer?.row(of: object).warning { response.warn(words) }
        if form == .whole, hidesValues(place) { response.warn(Self.hiddenValues) }
        return response
    }

    /// Whether what stands there as values is none.
    private func hidesValues(_ place: ObjectPlace) -> Bool {
        place.resource.fullName == "secrets" && source.database.capture.kind == .exhibit
    }

    private static let hiddenValues = "values of secrets were not captured: keyed hashes of them stand in their place"

    // MARK: List

    func list(_ place: ObjectPlace, _ options: ListOptions, to request: APIRequest) async throws -> APIResponse {
        let form = try ObjectForm(accepted: request.header("accept"), isList: true)
        let (selection, warning) = try await prepare(place, options, form)
        let writer = try await writer(place, form, options)
        let resourceVersion = try await source.resourceVersion(place, selection)
        var start: ObjectPage.Place?
        if let token = options.token {
            start = try await source.database.place(of: token.object, in: selection.query)
            guard start != nil else { throw ContinueToken.invalid }
        }
        var end: PageEnd?
        if let limit = options.limit { end = try await self.end(limit, place, options, selection, after: start) }
        let opening = writer.opening(
            resourceVersion: resourceVersion, continue: end.map { ContinueToken(object: $0.last.id).text },
            remaining: end?.remaining)
        let from = start, last = end?.last
        var response = APIResponse(
            body: .stream { output in
                try await output.write(opening)
                var isFirst = true
                try await self.forEachPage(place, options, selection, after: from, to: last, areRead: form != .whole) {
                    objects in
                    var bytes: [UInt8] = []
                    for object in objects {
                        if !isFirst { bytes.append(UInt8(ascii: ",")) }
                        isFirst = false
                        writer.append(object, to: &bytes)
                    }
                    try await output.write(bytes)
                }
                try await output.write(ObjectWriter.closing)
            })
        if let warning { response.warn(warning) }
        if form == .whole, hidesValues(place) { response.warn(Self.hiddenValues) }
        for words in try await rowWarnings(writer, place, options, selection, after: start) {
            response.warn(words)
        }
        return response
    }

    /// What the first rows of a table are not to be taken for: headers stand before all rows.
    private func rowWarnings(
        _ writer: ObjectWriter, _ place: ObjectPlace, _ options: ListOptions, _ selection: ObjectSource.Selection,
        after start: ObjectPage.Place?
    ) async throws -> [String] {
        guard let printer = writer.printer, printer.canWarn else { return [] }
        let page = try await source.database.page(of: selection.query, after: start)
        let warnings = page.rows.prefix(options.limit ?? .max).compactMap { row -> String? in
            let object = StoredObject(row, of: place.resource, apiVersion: selection.apiVersion)
            return isSelected(object, place, options) ? printer.row(of: object).warning : nil
        }
        guard warnings.count > 3 else { return warnings }
        return warnings.prefix(2) + ["\(warnings.count - 2) more rows are not what was printed when they were captured"]
    }

    /// Where a page ends that others follow.
    private struct PageEnd {
        let last: ObjectPage.Place
        /// Nil where the API does not say it.
        let remaining: Int?
    }

    /// Nil when all that is left is on the page.
    private func end(
        _ limit: Int, _ place: ObjectPlace, _ options: ListOptions, _ selection: ObjectSource.Selection,
        after start: ObjectPage.Place?
    ) async throws -> PageEnd? {
        var count = 0
        var last: ObjectPage.Place?
        var after = start
        while true {
            let page = try await source.database.page(
                of: selection.query, after: after, withContent: options.isSelective)
            for row in page.rows {
                if options.isSelective {
                    let object = StoredObject(row, of: place.resource, apiVersion: selection.apiVersion)
                    guard isSelected(object, place, options) else { continue }
                }
                if count == limit, let last {
                    let remaining = options.isSelective ? nil : try await source.count(selection, after: last)
                    return PageEnd(last: last, remaining: remaining)
                }
                count += 1
                last = row.place
            }
            guard !page.isLast, let end = page.rows.last else { return nil }
            after = end.place
        }
    }

    /// Hands out what is selected, in order; of each page of the database together.
    private func forEachPage(
        _ place: ObjectPlace, _ options: ListOptions, _ selection: ObjectSource.Selection,
        after start: ObjectPage.Place?, to last: ObjectPage.Place?, areRead: Bool,
        _ body: ([StoredObject]) async throws -> Void
    ) async throws {
        var after = start
        while true {
            // What a page is written with is written when the database is free again.
            let page = try await source.database.page(of: selection.query, after: after)
            var objects: [StoredObject] = []
            var isOver = page.isLast
            for row in page.rows {
                let object = StoredObject(
                    row, of: place.resource, apiVersion: selection.apiVersion, isRead: areRead || options.isSelective)
                if isSelected(object, place, options) { objects.append(object) }
                if row.place == last {
                    isOver = true
                    break
                }
            }
            if !objects.isEmpty { try await body(objects) }
            guard !isOver, let end = page.rows.last else { return }
            after = end.place
        }
    }

    private func isSelected(_ object: StoredObject, _ place: ObjectPlace, _ options: ListOptions) -> Bool {
        if let labels = options.labels {
            var there: [String: String] = [:]
            for (key, value) in object.value["metadata"]?["labels"]?.object ?? [:] { there[key] = value.string ?? "" }
            guard labels.matches(there) else { return false }
        }
        return options.fields.matches(object, of: place.resource)
    }

    private func prepare(
        _ place: ObjectPlace, _ options: ListOptions, _ form: ObjectForm
    ) async throws -> (selection: ObjectSource.Selection, warning: String?) {
        try options.fields.check(
            place.resource, custom: source.catalog.selectableFields[place.resource.fullName] ?? [])
        var selection = try source.selection(place, needsVersion: form.needsVersion)
        let warning = try await source.warning(place, selection)
        selection.query.name = options.fields.name
        return (selection, warning)
    }

    private func writer(
        _ place: ObjectPlace, _ form: ObjectForm, _ options: ListOptions
    ) async throws -> ObjectWriter {
        var printer: TablePrinter?
        if case .table = form { printer = try await printers.printer(for: place.resource) }
        return ObjectWriter(resource: place.resource, form: form, included: options.includedObject, printer: printer)
    }

    // MARK: Watch

    /// All that there is, as if it were made now, unless the client has it; then nothing more.
    func watch(_ place: ObjectPlace, _ options: ListOptions, to request: APIRequest) async throws -> APIResponse {
        let form = try ObjectForm(accepted: request.header("accept"), isList: false)
        let (selection, warning) = try await prepare(place, options, form)
        let writer = try await writer(place, form, options)
        let resourceVersion = try await source.resourceVersion(place, selection)
        let isFresh = options.resourceVersion.isEmpty || options.resourceVersion == "0"
        let sendsAll = options.sendsInitialEvents ?? isFresh
        // As the API server spreads the ends of its clients' watches.
        let time = options.timeout ?? .seconds(Int.random(in: 1_800...3_600))
        var response = APIResponse(
            body: .stream { output in
                let end = ContinuousClock.now + time
                try await output.write([])
                if sendsAll {
                    var isFirst = true
                    try await self.forEachPage(place, options, selection, after: nil, to: nil, areRead: form != .whole)
                    { objects in
                        for object in objects {
                            try await output.write(writer.added(object, isFirst: isFirst))
                            isFirst = false
                        }
                    }
                }
                if options.sendsInitialEvents == true, options.allowsBookmarks {
                    try await output.write(writer.bookmark(resourceVersion: resourceVersion, endsInitialEvents: true))
                }
                try await output.waitForEnd(atMost: max(end - .now, .zero))
                if options.allowsBookmarks {
                    try await output.write(writer.bookmark(resourceVersion: resourceVersion, endsInitialEvents: false))
                }
            })
        if let warning { response.warn(warning) }
        return response
    }
}

extension ObjectForm {
    /// Whether clients read the objects themselves, by their version.
    fileprivate var needsVersion: Bool { self == .whole }
}
