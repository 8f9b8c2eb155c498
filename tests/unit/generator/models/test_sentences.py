from services.generator.models.sentences import last_end, sentences


def test_a_sentence_ends_with_its_closing_quotes() -> None:
    assert sentences('"Come in!" she said. He came…  Did he?') == ['"Come in!"', "she said.", "He came…", "Did he?"]


def test_an_abbreviation_or_a_number_ends_none() -> None:
    assert sentences("Mr. Lind met Dr. Ek at 3.5 miles. J. Berg came.") == [
        "Mr. Lind met Dr. Ek at 3.5 miles.",
        "J. Berg came.",
    ]


def test_a_language_without_spaces_has_sentences_too() -> None:
    assert sentences("灯台の光。「来た。」月。") == ["灯台の光。", "「来た。」", "月。"]


def test_what_follows_the_last_stop_counts_as_a_sentence() -> None:
    assert sentences("One. And a half") == ["One.", "And a half"]


def test_the_last_end_is_behind_the_last_whole_sentence() -> None:
    assert last_end("One. Two. Thr") == len("One. Two.")
    assert last_end("no stop at all") == 0


def test_a_text_of_nothing_but_stops_is_read_in_one_pass() -> None:
    assert len(sentences("." * 3_000_000 + "x")) == 1
