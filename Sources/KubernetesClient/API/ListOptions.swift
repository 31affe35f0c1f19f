/// How a list is read.
public struct ListOptions: Sendable {
    /// Objects in a page; nil asks for everything in one answer.
    public var limit: Int?
    /// The longest object that is handed out, in bytes; longer ones are reported in ``ListResult/oversized``.
    public var maxItemBytes: Int
    /// Stops after so many objects; ``ListResult/remaining`` then says how many are left, if the server tells.
    public var maxItems: Int?
    /// "0" allows any state that the server has in memory. Nil asks for the newest.
    public var resourceVersion: String?

    public init(
        limit: Int? = 500, maxItemBytes: Int = 16 << 20, maxItems: Int? = nil, resourceVersion: String? = nil
    ) {
        self.limit = limit.map { max(1, $0) }
        self.maxItemBytes = max(1, maxItemBytes)
        self.maxItems = maxItems
        self.resourceVersion = resourceVersion
    }
}

/// Why a list begins again from its first object.
public struct ListRestart: Hashable, Sendable {
    /// Objects handed out so far: all of them come again, in a newer state, or not at all.
    public var itemCount: Int
    public var pages: Int
    /// The server's words.
    public var reason: String
}

/// How a list ended.
public struct ListResult: Hashable, Sendable {
    /// An object that was not handed out since it is longer than ``ListOptions/maxItemBytes``.
    public struct OversizedItem: Hashable, Sendable {
        /// Its place in the list, from 0, oversized ones included.
        public var index: Int
        public var byteCount: Int
        /// What could be found in its first bytes.
        public var namespace: String?
        public var name: String?
    }

    /// Of the state that was listed, as the first page of the last pass said; empty when it did not.
    public var resourceVersion: String = ""
    /// Objects handed out in the last pass, oversized ones not included.
    public var itemCount = 0
    public var pages = 0
    /// The first hundred; ``oversizedCount`` counts all.
    public var oversized: [OversizedItem] = []
    public var oversizedCount = 0
    /// Objects that were left behind because of ``ListOptions/maxItems``; nil when none, or when the server does not say.
    public var remaining: Int?
    /// Whether ``ListOptions/maxItems`` ended the list.
    public var isCutOff = false
    /// Whether the list began again (see `onRestart`).
    public var restarted = false
    /// Whether a part of it comes from a later state than the rest: the first state had expired, and the server went on with
    /// the next name in a newer one. Nothing comes twice by that, but what changed in between may be missing.
    public var inconsistent = false
    /// Of the objects: lists leave it out of each. "Pod" for a "PodList".
    public var kind: String = ""
    public var apiVersion: String = ""

    public init() {}
}
