@testable import Probes

extension FuzzTarget {
    /// What a name server sends.
    static let dns = FuzzTarget("dns") {
        let question = DNSMessage.query(id: 7, name: "www.example.org", type: 1)
        // The header of an answer with one record, the question without its EDNS, and what comes behind it.
        func answer(_ record: [UInt8]) -> [UInt8] {
            [0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0] + question[12..<(question.count - 11)] + record
        }
        func record(_ type: UInt8, _ data: [UInt8]) -> [UInt8] {
            [0xC0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, UInt8(data.count)] + data
        }
        return [
            ("query", question), ("address", answer(record(1, [192, 0, 2, 1]))),
            ("address6", answer(record(28, [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]))),
            ("alias", answer(record(5, [3] + Array("cdn".utf8) + [0xC0, 16]))),
            ("mail", answer(record(15, [0, 10, 0xC0, 12]))), ("text", answer(record(16, [2, 0x22, 0x1B, 0]))),
            ("service", answer(record(33, [0, 1, 0, 2, 1, 187, 0]))),
            ("authority", answer(record(6, [0, 0] + [UInt8](repeating: 1, count: 20)))),
            ("unknown", answer(record(99, [1, 2, 3]))), ("circle", answer([0xC0, 33, 0, 1])),
        ]
    } run: { input in
        guard let message = accepted({ try DNSMessage(input) }) else { return }
        require(message.records.count <= DNSMessage.mostRecords, "no more records are kept than there is room for")
        var text = 0
        for record in message.records {
            for word in [record.name, record.type, record.data] {
                require(
                    word.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "what is kept is plain: \(word.debugDescription)")
            }
            text += record.name.utf8.count + record.data.utf8.count
        }
        require(text <= DNSMessage.mostText, "the text of a message is bounded")
        require(message.responseCode < 1 << 12, "a response code has twelve bits")
        require(accepted { try DNSMessage(input) } == message, "a message is read the same again")
    }
}
