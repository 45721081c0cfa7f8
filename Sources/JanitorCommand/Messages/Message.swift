/// One thing to say, in every language: the two stand side by side, so that neither is forgotten.
struct Message: Equatable {
    let english: String
    let chinese: String

    init(_ english: String, zh chinese: String) {
        self.english = english
        self.chinese = chinese
    }

    subscript(language: Language) -> String {
        switch language {
        case .english: english
        case .chinese: chinese
        }
    }
}
