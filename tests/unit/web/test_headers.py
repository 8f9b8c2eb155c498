import pytest

from services.web.headers import policy


@pytest.mark.parametrize(
    ("gateway", "allowed"),
    [
        ("http://localhost:3001", "connect-src 'self' http://localhost:3001 ws://localhost:3001"),
        ("https://gateway.example", "connect-src 'self' https://gateway.example wss://gateway.example"),
    ],
)
def test_the_page_may_connect_to_itself_and_to_the_gateway_and_to_nobody_else(gateway: str, allowed: str) -> None:
    assert allowed in policy(gateway).split("; ")


def test_nothing_inline_runs_and_nothing_else_loads() -> None:
    told = policy("http://localhost:3001")
    assert "default-src 'none'" in told
    assert "unsafe" not in told
    assert "*" not in told
