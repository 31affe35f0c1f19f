internal import Bundle
internal import BundleFormat
internal import HTML
internal import Inspection
internal import Terminal

/// A report as a page: first what there are two minutes for, then what there is an hour for.
struct ReportPage {
    /// What the capture is, and who vouches for it.
    enum Origin {
        /// The opening record, unless it cannot be read, and what the verifier says; what the capture itself cost, as JSON.
        case bundle(OpeningRecord?, RenderingVerification, cost: [UInt8]?)
        /// What another tool made: the warning that goes before it.
        case foreign(String)
    }

    /// The bundle, as the caller named it.
    let file: String
    let title: String?
    let origin: Origin
    /// Nil where nothing but the verdict could be had.
    let content: ReportContent?
    /// Why nothing but the verdict could be had.
    var problem: String?
    /// They are shown apart from the others.
    var dismissals = Dismissals([])

    init(file: String, title: String?, origin: Origin, content: ReportContent?) {
        self.file = file
        self.title = title
        self.origin = origin
        self.content = content
    }

    /// The name of the file alone: where it lay says nothing to a reader, and the same bundle gives the same page.
    var name: String {
        let parts = file.split(separator: "/")
        return parts.last.map(String.init) ?? file
    }

    /// Part of the page.
    struct Section {
        let anchor: Anchor
        let title: String
        /// What stands in the contents behind the title.
        let summary: String
        let tone: Tone?
        let content: HTML
    }

    var page: Page {
        let sections = content.map(self.sections(of:)) ?? []
        let head = ReportHead(page: self)
        let heading = head.heading
        var body: HTML = [HTML(.header, [HTML(.h1, "\(heading)"), head.subtitle]), head.verdict]
        if let problem {
            body += HTML(.p, [.class("box bad")], "Nothing but the verdict could be read: \(problem)")
        }
        if !sections.isEmpty { body += contents(sections) }
        body += HTML(
            sections.map { section in
                HTML(.section, [.id(section.anchor)], [HTML(.h2, HTML(section.title)), section.content])
            })
        body += head.details
        body += HTML(
            .footer,
            HTML(
                .p,
                """
                Made by exhibit \(ToolIdentity.versionText) of \(name). This page is a summary, and no evidence: the bundle is. \
                Names, messages and command lines are as they were captured; controls in them are spelt out as \\x1b or \\u{202e}.
                """))
        return Page(
            title: heading, style: Stylesheet(Stylesheet.charts, ReportStyle.text), body: HTML(.main, body))
    }

    private func contents(_ sections: [Section]) -> HTML {
        HTML(
            .nav, [.label("What is in this report")],
            HTML(
                .ul,
                HTML(
                    sections.map { section in
                        let tone: Attribute =
                            switch section.tone {
                            case .error: .class("tile bad")
                            case .warning: .class("tile warn")
                            case .good: .class("tile good")
                            default: .class("tile")
                            }
                        return HTML(
                            .li,
                            HTML(
                                .a, [.link(to: section.anchor), tone],
                                [HTML(.strong, HTML(section.title)), HTML(.span, HTML(section.summary))]))
                    })))
    }

    private func sections(of content: ReportContent) -> [Section] {
        let tables = ReportTables(bundle: name)
        var sections = [
            ReportFindings(findings: content.findings, dismissals: dismissals, bundle: name).section,
            ReportGaps(content: content, isBundle: isBundle, tables: tables).section,
            ReportTimes(content: content, tables: tables).section,
        ]
        sections += ReportStates(content: content, tables: tables).sections
        sections.append(ReportMessages(errors: content.logErrors, logs: content.logCount, bundle: name).section)
        sections.append(ReportConnections(graph: content.connections, bundle: name).section)
        sections += ReportHost(content: content, tables: tables).sections
        if isBundle { sections.append(ReportCustody(content: content, cost: cost, tables: tables).section) }
        return sections
    }

    private var isBundle: Bool {
        if case .bundle = origin { true } else { false }
    }

    private var cost: [UInt8]? {
        if case .bundle(_, _, let cost) = origin { cost } else { nil }
    }
}
