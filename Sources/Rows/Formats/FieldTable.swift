/// Which columns the fields of a line are for, with what its headings say.
struct FieldTable {
    /// A column, and the fields that are its text.
    typealias Place = (column: Int, first: Int, last: Int)

    private let plan: ColumnPlan
    private let leastFields: Int
    private let headings: Int
    /// Whether every line has as many fields as the heading; else the last heading has all that is left of a line.
    private let isStrict: Bool
    private var headingsLeft: Int
    private var byHeading: [(column: Int, field: Int)] = []
    private var headingFields: [String] = []
    /// Fields of the heading; nil when there is none, and so lines may have any number.
    private(set) var width: Int?
    private(set) var absentHeadings: [String] = []
    private var places: [Place] = []
    private var placedCount = -1

    init(_ columns: [TableColumn], headings: Int, leastFields: Int, isStrict: Bool) {
        plan = ColumnPlan(columns)
        self.headings = headings
        self.leastFields = leastFields
        self.isStrict = isStrict
        headingsLeft = headings
    }

    mutating func beginSection() {
        headingsLeft = headings
        width = nil
    }

    /// Whether what comes is a heading.
    var isAtHeading: Bool { headingsLeft > 0 }

    /// Takes the fields of a heading. The first that there is names the columns.
    mutating func takeHeading(_ names: [String]) {
        defer { headingsLeft -= 1 }
        guard headingsLeft == headings else { return }
        headingFields = names
        width = names.count
        placedCount = -1
        byHeading = []
        absentHeadings = []
        for (column, name) in plan.headings {
            if let field = names.firstIndex(of: name) {
                byHeading.append((column, field))
            } else if !absentHeadings.contains(name) {
                absentHeadings.append(name)
            }
        }
    }

    /// Why a line of so many fields is no row; nil when it is one.
    func objection(to count: Int) -> String? {
        if count < leastFields { return "it has \(count) fields, and a row has \(leastFields) or more" }
        if isStrict, let width, count != width { return "it has \(count) fields, and the heading has \(width)" }
        return nil
    }

    /// The first name of the heading: a line that begins with it may be the heading once more, as where several outputs stand one
    /// behind the other.
    var firstHeading: String? { width == nil ? nil : headingFields.first }

    func isHeadingAgain(_ names: [String]) -> Bool { width != nil && headingFields == names }

    /// The columns that a line of so many fields has something for.
    mutating func places(of count: Int) -> [Place] {
        guard count != placedCount else { return places }
        places.removeAll(keepingCapacity: true)
        for (column, field) in byHeading where field < count {
            let isOpen = !isStrict && field + 1 == width
            places.append((column, field, isOpen ? count - 1 : field))
        }
        for (column, number, toEnd) in plan.fields {
            let field = number > 0 ? number - 1 : count + number
            if field >= 0, field < count { places.append((column, field, toEnd ? count - 1 : field)) }
        }
        placedCount = count
        return places
    }
}
