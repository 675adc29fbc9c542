extension YAMLReader {
    /// What happens to the line breaks at the end of a block scalar.
    private enum Chomping { case clip, strip, keep }

    /// What stands behind `|` or `>`.
    private struct Header {
        var isFolded: Bool
        var chomping = Chomping.clip
        var indentation: Int?
    }

    /// A block scalar, literal or folded (YAML 1.2 section 8.1).
    mutating func blockScalar(above parent: Int) throws(YAMLError) -> String {
        guard parent >= 0 else { throw failure("a block scalar cannot be the whole document") }
        let header = try header()
        try cursor.endLine()
        let indentation: Int
        if let written = header.indentation {
            indentation = parent + written
        } else {
            indentation = try detectIndentation(least: parent + 1)
        }
        return text(lines(indentation), header)
    }

    private mutating func header() throws(YAMLError) -> Header {
        var header = Header(isFolded: cursor.current == UInt8(ascii: ">"))
        cursor.step()
        var hasChomping = false
        while let byte = cursor.current, !cursor.isBlank() {
            switch byte {
            case UInt8(ascii: "-") where !hasChomping, UInt8(ascii: "+") where !hasChomping:
                header.chomping = byte == UInt8(ascii: "-") ? .strip : .keep
                hasChomping = true
            case 0x31...0x39 where header.indentation == nil:
                header.indentation = Int(byte) - 0x30
            default:
                throw failure("a block scalar wants '|' or '>', then any of '+', '-' and 1 to 9")
            }
            cursor.step()
        }
        return header
    }

    /// The indentation of the first line that is not empty; the cursor stays.
    ///
    /// - Throws: where an empty line before it is longer.
    private func detectIndentation(least: Int) throws(YAMLError) -> Int {
        var probe = cursor
        var longest: YAMLCursor?
        while probe.current != nil {
            while probe.current == 0x20 { probe.step() }
            guard probe.isAtLineEnd else {
                guard probe.column >= least else { break }
                if let longest, longest.column > probe.column {
                    throw YAMLError("this empty line is indented too far", at: longest.place)
                }
                return probe.column
            }
            if probe.column > longest?.column ?? 0 { longest = probe }
            probe.newline()
        }
        return max(least, longest?.column ?? 0)
    }

    /// A line of a block scalar, and whether the text ends with it rather than with a line break.
    private struct Line {
        let text: [UInt8]
        let isUnended: Bool

        /// Whether it begins with a blank, so that its line breaks stay in a folded scalar.
        var isIndented: Bool { text.first == 0x20 || text.first == 0x09 }
    }

    /// The lines that belong to the scalar, without their indentation.
    private mutating func lines(_ indentation: Int) -> [Line] {
        var lines: [Line] = []
        while cursor.current != nil {
            let start = cursor
            while cursor.current == 0x20, cursor.column < indentation { cursor.step() }
            guard cursor.column == indentation || cursor.isAtLineEnd else {
                cursor = start
                break
            }
            let first = cursor.index
            cursor.skipLine()
            let text = Array(cursor.bytes[first..<cursor.index])
            let isUnended = cursor.current == nil
            // Spaces without a line break at the very end are no line.
            if isUnended, text.isEmpty { break }
            lines.append(Line(text: text, isUnended: isUnended))
            cursor.newline()
        }
        return lines
    }

    private func text(_ lines: [Line], _ header: Header) -> String {
        let content = lines[..<(lines.lastIndex { !$0.text.isEmpty }.map { $0 + 1 } ?? 0)]
        var text: [UInt8] = []
        var previous: Line?
        var breaks = 0
        for line in content {
            if line.text.isEmpty {
                breaks += 1
                continue
            }
            if let last = previous {
                let folds = header.isFolded && !last.isIndented && !line.isIndented
                if !folds { breaks += 1 }
                text += folds && breaks == 0 ? [0x20] : Array(repeating: 0x0A, count: breaks)
            } else {
                text += Array(repeating: 0x0A, count: breaks)
            }
            text += line.text
            previous = line
            breaks = 0
        }
        let isEnded = previous.map { !$0.isUnended } ?? false
        switch header.chomping {
        case .strip: break
        case .clip: if isEnded { text.append(0x0A) }
        case .keep:
            if isEnded { text.append(0x0A) }
            text += Array(repeating: 0x0A, count: lines.count - content.count)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
