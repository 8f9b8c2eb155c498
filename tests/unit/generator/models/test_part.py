from services.generator.models.part import Part


def told(part: Part, tokens: list[str]) -> list[str]:
    shown = []
    for token in tokens:
        shown.append(part.take(token))
        if part.over:
            break
    return shown


def test_tokens_pass_at_once_while_they_are_free() -> None:
    assert told(Part(free=3, enough=9), ["Once", " upon", " a"]) == ["Once", " upon", " a"]


def test_white_space_waits_for_what_follows_it() -> None:
    assert told(Part(free=3, enough=9), ["Once", "\n\n", "more"]) == ["Once", "", "\n\nmore"]


def test_later_tokens_pass_by_whole_sentences() -> None:
    assert told(Part(free=1, enough=9), ["A", " cat", " sat", ".", " It"]) == ["A", "", "", "", " cat sat."]


def test_a_part_is_over_with_the_first_sentence_after_enough() -> None:
    part = Part(free=1, enough=5)
    assert told(part, ["A", " cat", ".", " A", " dog", ".", " An", " owl"]) == ["A", "", "", " cat.", "", "", " A dog."]
    assert part.over


def test_a_limit_in_the_middle_of_a_sentence_drops_it() -> None:
    part = Part(free=1, enough=99)
    assert "".join([*told(part, ["A", " cat", ".", " A", " dog"]), part.rest(whole=False)]) == "A cat."


def test_a_story_that_ended_of_itself_is_shown_to_its_end() -> None:
    part = Part(free=1, enough=99)
    assert "".join([*told(part, ["A", " cat", ".", " The", " end", "\n"]), part.rest(whole=True)]) == "A cat. The end"


def test_a_stop_inside_a_number_ends_nothing() -> None:
    part = Part(free=1, enough=2)
    told(part, ["It", " was", " 3", ".", "5", " miles"])
    assert not part.over
