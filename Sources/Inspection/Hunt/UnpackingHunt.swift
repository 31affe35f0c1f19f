/// Looks into a file that gzip compressed: at it as it is, for its hash and for what only calls itself compressed, and at what it was
/// before.
final class UnpackingHunt: FileVisitor {
    private let outside: any FileVisitor
    private let inside: any FileVisitor

    init(_ outside: any FileVisitor, _ inside: any FileVisitor) {
        self.outside = outside
        self.inside = inside
    }

    func take(_ piece: ArraySlice<UInt8>) throws {
        try outside.take(piece)
        try inside.take(piece)
    }

    func end(_ problem: String?) throws {
        try outside.end(problem)
        try inside.end(problem)
    }
}
