import Foundation

/// What Python's html.parser, which knows nothing of how a page was made, sees in it.
public struct ParsedPage: Decodable {
    public struct Element: Decodable, Equatable {
        public let name: String
        public let attributes: [[String]]

        public func value(_ name: String) -> String? { attributes.first { $0[0] == name }?[1] }
    }

    public let elements: [Element]
    /// All text but that of the style, decoded.
    public let text: String
    public let style: String
    /// What can run or load something, and links to elsewhere.
    public var dangers: [String] {
        elements.flatMap { element in
            ([
                "script", "iframe", "frame", "object", "embed", "link", "base", "form", "img", "image", "use",
                "foreignobject",
            ]
            .contains(element.name) ? [element.name] : [])
                + element.attributes.filter { attribute in
                    attribute[0].hasPrefix("on")
                        || ["style", "src", "srcdoc", "action", "formaction", "xlink:href"].contains(attribute[0])
                        || attribute[0] == "href" && !attribute[1].hasPrefix("#")
                }.map { "\(element.name) \($0[0])=\($0[1])" }
        }
    }

    /// Elements that were not closed, or closed without having been opened.
    public let unbalanced: [String]

    private static let script = """
        import html.parser, json, sys
        class Parser(html.parser.HTMLParser):
            def __init__(self):
                super().__init__(convert_charrefs=True)
                self.elements, self.text, self.style, self.open, self.unbalanced = [], "", "", [], []
            def handle_starttag(self, tag, attributes):
                self.elements.append({"name": tag, "attributes": [[n, v or ""] for n, v in attributes]})
                if tag not in ("meta", "br", "hr"): self.open.append(tag)
            def handle_endtag(self, tag):
                if self.open and self.open[-1] == tag: self.open.pop()
                else: self.unbalanced.append(tag)
            def handle_data(self, data):
                if self.open and self.open[-1] == "style": self.style += data
                else: self.text += data
            def handle_comment(self, data): self.unbalanced.append("comment")
            def handle_pi(self, data): self.unbalanced.append("instruction")
            def unknown_decl(self, data): self.unbalanced.append("declaration")
        parser = Parser()
        parser.feed(sys.stdin.buffer.read().decode("utf-8"))
        parser.close()
        json.dump({"elements": parser.elements, "text": parser.text, "style": parser.style,
                   "unbalanced": parser.unbalanced + parser.open}, sys.stdout)
        """

    /// Needs `python3`.
    public init(_ page: [UInt8]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.script]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        // It reads all before it writes.
        try input.fileHandleForWriting.write(contentsOf: Data(page))
        try input.fileHandleForWriting.close()
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        self = try JSONDecoder().decode(ParsedPage.self, from: answer)
    }
}
