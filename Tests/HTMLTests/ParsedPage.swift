import Foundation
import Testing

/// What Python's html.parser, which knows nothing of how a page was made, sees in it.
struct ParsedPage: Decodable {
    struct Element: Decodable, Equatable {
        let name: String
        let attributes: [[String]]

        func value(_ name: String) -> String? { attributes.first { $0[0] == name }?[1] }
    }

    let elements: [Element]
    /// All text but that of the style, decoded.
    let text: String
    let style: String
    /// Elements that were not closed, or closed without having been opened.
    let unbalanced: [String]

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

    init(_ page: [UInt8]) throws {
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
        let answer = try #require(try output.fileHandleForReading.readToEnd())
        process.waitUntilExit()
        self = try JSONDecoder().decode(ParsedPage.self, from: answer)
    }
}
