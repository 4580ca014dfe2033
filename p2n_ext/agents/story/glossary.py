"""Words of the stories, explained."""

from p2n_schemas.storyboards import GlossaryEntry

WORDS: tuple[GlossaryEntry, ...] = tuple(
    GlossaryEntry(word=word, meaning=meaning)
    for word, meaning in (
        ("paper", "A text in which people write down what they found out."),
        ("score", "A number that tells how well a thing works."),
        ("check", "To look if a thing is true."),
        ("data", "Facts that were written down, such as how long or how many."),
        ("row", "One line in a list. It tells of one thing."),
        ("clue", "A fact that helps you guess."),
        ("kind", "A group of things that are the same in some way."),
        ("guess", "What you think is right when you can not be sure."),
        ("vote", "To say which one you pick."),
        ("plan", "A list of the steps that you want to do."),
        ("test", "A try that shows if a thing works."),
        ("run", "When a computer does all the steps of a test."),
        ("out of 100", "Think of 100 tries. This many of them count."),
        ("scoreboard", "A list that shows how it went."),
        ("close", "Near, but not the same."),
        ("layer", "One of the floors that lie on top of each other, as in a cake."),
        ("computer", "A machine that follows steps and adds up fast."),
    )
)
