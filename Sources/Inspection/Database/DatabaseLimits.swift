/// How much of a capture goes into an ``EvidenceDatabase``. What is beyond is left out, and said in its table `problems`.
public struct DatabaseLimits: Sendable, Hashable {
    /// Of one object, in bytes of its text. An API server stores 1.5 MiB by default, and 3 MiB at most as its clients send it.
    public var objectBytes = 8 << 20
    public var objects = 2_000_000
    /// Of all objects together.
    public var objectsBytes = 2 << 30
    /// Rows of tables that collectors declare, of each table.
    public var collectorRows = 2_000_000
    public var problems = 10_000
    /// Of each table that is made of the objects.
    public var tableRows = 2_000_000
    /// For making one table of the objects.
    public var tableTime = Duration.seconds(60)
    /// Of memory, for the database and for the statements that are run in it.
    public var memoryBytes = 6 << 30

    public init() {}
}
