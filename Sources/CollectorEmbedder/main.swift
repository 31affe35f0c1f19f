import Foundation

// usage: CollectorEmbedder OUTPUT.swift FOLDER FILE…   Writes the files as Swift string literals, with their paths below FOLDER.
let arguments = CommandLine.arguments
let prefix = arguments[2] + "/"
var source = "let embeddedCollectors: [EmbeddedFile] = [\n"
for file in arguments.dropFirst(3) {
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let hashes = String(repeating: "#", count: 8)
    source += "    EmbeddedFile(path: \"\(file.dropFirst(prefix.count))\", text: \(hashes)\"\"\"\n"
    source += text.hasSuffix("\n") ? text : text + "\n"
    source += "\n\"\"\"\(hashes)),\n"
}
source += "]\n"
try source.write(toFile: arguments[1], atomically: true, encoding: .utf8)
