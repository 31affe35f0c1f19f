internal import Bundle
internal import BundleFormat
internal import HTML
internal import Inspection
internal import Terminal

/// The head of a report: what it is of, who says so, and how a reader finds out by himself.
struct ReportHead {
    let page: ReportPage

    var heading: String {
        if let title = page.title { return title }
        if case .bundle(let opening?, _, _) = page.origin, let id = opening.caseRecord.id {
            return "Case \(Self.fitted(id))"
        }
        return page.name
    }

    var subtitle: HTML {
        switch page.origin {
        case .bundle(let opening, let verdict, _): facts(opening, verdict)
        case .foreign: list(foreignFacts)
        }
    }

    private func list(_ facts: [(String, HTML?)]) -> HTML {
        HTML(
            .dl, [.class("facts")],
            HTML(
                facts.compactMap { name, value in
                    guard let value, !value.isEmpty else { return nil }
                    return HTML(.div, [HTML(.dt, HTML(name)), HTML(.dd, value)])
                }))
    }

    // MARK: Facts

    private func facts(_ opening: OpeningRecord?, _ verdict: RenderingVerification) -> HTML {
        func text(_ value: String?) -> HTML? { value.map { HTML(ReportHead.fitted($0)) } }
        func code(_ value: String?) -> HTML? { value.map { HTML(.code, HTML(ReportHead.fitted($0))) } }
        let sealed = verdict.verification.claimedSealTime.map { Timestamp.text($0) }
        let began = opening.map { Timestamp.text($0.started.wall) }
        let record = opening?.caseRecord
        let cluster = opening?.cluster
        return list([
            ("Case", text(record?.id)), ("Evidence", text(record?.evidence)), ("Purpose", text(record?.purpose)),
            ("Authorised", text(record?.authorisation)), ("Operator", text(record?.operator)),
            ("Target", code(opening?.targets.joined(separator: " "))),
            (
                "Cluster",
                text([cluster?.context, cluster?.server, cluster?.version].compactMap { $0 }.joined(separator: ", "))
            ),
            (
                "Captured by",
                text([opening?.host.hostname, opening?.host.kernel].compactMap { $0 }.joined(separator: ", "))
            ),
            (
                "Captured (UTC)",
                began.map { HTML(ReportTables.moment($0) + (sealed.map { " to " + ReportTables.moment($0) } ?? "")) }
            ),
            ("Clocks", HTML(clocks(opening))), ("Touched", HTML(touched(opening))), ("Secrets", HTML(secrets(opening))),
            ("Tool", text(opening.map { "\($0.tool.name) \($0.tool.version)" })),
            ("SHA-256 of the tool", code(opening?.tool.sha256)), ("File", code(page.name)),
            ("Bundle", code(opening?.bundle.rawValue)), ("Seal ID", code(verdict.verification.sealID.map { "\($0)" })),
        ])
    }

    private var foreignFacts: [(String, HTML?)] {
        let facts = page.content?.facts ?? [:]
        return [("File", HTML(.code, HTML(page.name)))]
            + facts.filter { $0.key != "lacks" }.sorted { $0.key < $1.key }.map {
                ($0.key, HTML(Self.fitted($0.value)))
            }
    }

    private static func fitted(_ text: String) -> String {
        text.unicodeScalars.count > 500 ? String(text.unicodeScalars.prefix(500)) + "…" : text
    }

    private func clocks(_ opening: OpeningRecord?) -> String {
        var parts: [String] = []
        if let clock = opening?.clock {
            parts.append(
                clock.synchronized
                    ? "that of the capturing machine was synchronized"
                    : "that of the capturing machine was NOT synchronized")
        }
        if let cluster = opening?.cluster, let offset = cluster.clockOffsetMilliseconds {
            let error = cluster.clockOffsetErrorMilliseconds.map { " (± \($0) ms)" } ?? ""
            parts.append(
                "the cluster's was \(offset.magnitude) ms \(offset < 0 ? "behind" : "ahead")\(error)")
        }
        return parts.joined(separator: "; ")
    }

    private func touched(_ opening: OpeningRecord?) -> String {
        switch opening?.touch {
        case nil: ""
        case .none?: "nothing was run in the target"
        case .exec?: "commands may have run in containers"
        case .ephemeral?: "ephemeral containers may have been added"
        case .agent?: "an agent may have run on the nodes"
        }
    }

    private func secrets(_ opening: OpeningRecord?) -> String {
        guard let opening else { return "" }
        return opening.secrets == .hashed ? "values of Secrets are keyed hashes" : "VALUES OF SECRETS ARE IN THE BUNDLE"
    }

    // MARK: Verdict

    var verdict: HTML {
        let anchor = Anchor("verdict")
        switch page.origin {
        case .foreign(let warning):
            return HTML(
                .section, [.id(anchor), .class("box warn")],
                [
                    HTML(.h2, "Verdict: nothing vouches for it"),
                    HTML(.p, "It is \(warning)."),
                    HTML(
                        .p,
                        """
                        There is no seal, no hash and no ledger: that it is unchanged and complete cannot be checked, and what is not \
                        in it may not have been there, or not have been asked for.
                        """),
                ])
        case .bundle(_, let verdict, _):
            let box: Attribute =
                switch verdict.status {
                case .ok: .class("box good")
                case .consistentNotAuthenticated: .class("box warn")
                default: .class("box bad")
                }
            return HTML(
                .section, [.id(anchor), box],
                [
                    HTML(.h2, "Verdict: \(verdict.verdict(.plain))"), answers(verdict),
                    HTML(.h3, "To check it yourself"), check(verdict),
                ])
        }
    }

    private func answers(_ verdict: RenderingVerification) -> HTML {
        let rows = verdict.answers.map { answer in
            let mark: HTML =
                switch answer.state {
                case .passed: HTML(.span, [.class(verdict.status == .ok ? "badge good" : "badge")], "ok")
                case .failed: HTML(.span, [.class("badge bad")], "FAILED")
                case .notChecked: HTML(.span, [.class("badge warn")], "not checked")
                }
            return HTML(
                .tr,
                [HTML(.th, [.scope(.row)], HTML(answer.question)), HTML(.td, mark), HTML(.td, HTML(answer.words))])
        }
        return ReportTables.scrolling("The four questions", HTML(.table, HTML(.tbody, HTML(rows))))
    }

    private func check(_ verdict: RenderingVerification) -> HTML {
        let name = ShellText.quoted(page.name)
        let id = verdict.verification.sealID.map { "\($0)" }
        return [
            HTML(.p, HTML(.code, "exhibit verify \(name) --expect \(id ?? "SEALID")")),
            HTML(
                .p,
                """
                Take the Seal ID from the ticket, or from who captured, and compare it with this one: whoever can change the file can \
                change this page, too. Who signed is checked with --allowed-signers or --ca and --require-signer.
                """),
        ]
    }

    /// All that the verifier says, in its own words.
    var details: HTML {
        guard case .bundle(_, let verdict, _) = page.origin else { return .none }
        var lines = verdict.lines(.plain)
        let left = max(lines.count - 120, 0)
        lines = lines.prefix(120).map(Self.fitted)
        if left > 0 { lines.append("… and \(left) lines more: exhibit verify \(ShellText.quoted(page.name))") }
        return HTML(
            .section, [.id(Anchor("integrity"))],
            [HTML(.h2, "Integrity in full"), HTML(.pre, HTML(lines.joined(separator: "\n")))])
    }
}
