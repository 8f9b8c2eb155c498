from services.gateway.identity import PUBLIC, owner_of


def test_until_there_are_accounts_everybody_is_the_public() -> None:
    assert owner_of({"type": "http", "headers": [(b"authorization", b"Bearer x")]}) == PUBLIC
