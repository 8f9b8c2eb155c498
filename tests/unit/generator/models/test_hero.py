from services.generator.models.hero import hero


def test_the_name_that_occurs_most_is_the_heros() -> None:
    assert hero("So Marit rose, and Marit sang, until Marit met Ola and then Ola left.") == "Marit"


def test_a_word_that_also_stands_in_small_letters_is_no_name() -> None:
    assert hero("see The one, and The two, and The three, of the many") is None


def test_a_name_that_is_rare_makes_no_hero() -> None:
    assert hero("And so Marit left.") is None
