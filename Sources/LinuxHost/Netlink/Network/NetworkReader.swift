/// Reads tables of the kernel's network state by netlink, in the network namespace of the calling thread.
package enum NetworkReader {
    /// Names of the interfaces that there are now.
    package static func interfaceNames() -> InterfaceNames {
        var names = InterfaceNames()
        _ = read(LinkRecord.self, InterfaceNames()) { link in
            names.add(link.name, link.index)
            return true
        }
        return names
    }

    /// Hands each record of one table to `body`; false ends it. A dump that changed while it was made is not repeated here: whoever
    /// has put the records somewhere asks once more.
    package static func read<Record: NetlinkRecord>(
        _: Record.Type, _ interfaces: InterfaceNames, family: Netlink.Family = .route, _ body: (Record) -> Bool
    ) -> Netlink.Answer {
        var limits = Netlink.Limits()
        limits.attempts = 1
        var answer = Netlink.Answer()
        for request in Record.requests where answer.failure == nil && !answer.isTruncated {
            var unread = 0
            let result = Netlink.ask(family, request, what: Record.subject, limits: limits) { type, message in
                guard type == Record.messageType else { return true }
                guard let record = Record(message, interfaces) else {
                    unread += 1
                    return true
                }
                return body(record)
            }
            answer.add(result)
            answer.malformed += unread
        }
        return answer
    }
}
