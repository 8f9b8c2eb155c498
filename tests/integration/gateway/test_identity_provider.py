"""`AUTH_MODE=jwt`: only tokens of an identity provider are taken, by the keys that it publishes."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from deploy.local.ports import free_port
from services.gateway import jwks
from services.gateway.jwks import Jwks
from services.gateway.refusal import Refused
from tests import tokens
from tests.integration.gateway.town import Door, opened

RSA_KEY = rsa.generate_private_key(65_537, 2_048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()
SIGNERS: dict[str, Any] = {"RS256": RSA_KEY, "ES256": EC_KEY, "EdDSA": ED_KEY}
SECRET = {"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "alg": "HS256", "kid": "HS256"}
PUBLISHED = {
    "keys": [
        json.loads(RSAAlgorithm.to_jwk(RSA_KEY.public_key())) | {"kid": "RS256"},
        json.loads(ECAlgorithm.to_jwk(EC_KEY.public_key())) | {"kid": "ES256"},
        json.loads(OKPAlgorithm.to_jwk(ED_KEY.public_key())) | {"kid": "EdDSA"},
        SECRET,
    ]
}


class Provider:
    """Publishes keys, or misbehaves."""

    def __init__(self) -> None:
        self.body = json.dumps(PUBLISHED).encode()
        self.status = 200
        self.headers: dict[str, str] = {}
        self.drip = False
        self.asked = 0
        self.ended = Event()

    @contextmanager
    def running(self) -> Iterator["Provider"]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked += 1
                self.send_response(provider.status)
                for name, value in provider.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if not provider.drip:
                    self.wfile.write(provider.body)
                while provider.drip and not provider.ended.wait(0.2):
                    self.wfile.write(b" ")

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            self.url = f"http://127.0.0.1:{server.server_port}/keys"
            thread = Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            try:
                yield self
            finally:
                self.ended.set()
                server.shutdown()
                thread.join()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider().running() as provider:
        yield provider


def signed(algorithm: str, key: Any = None, kid: str | None = None, **changes: Any) -> str:
    now = int(time.time())
    claims = {"sub": "ann", "iss": "https://id.example", "aud": "storywire", "iat": now, "exp": now + 600} | changes
    return jwt.encode(claims, key or SIGNERS[algorithm], algorithm, headers={"kid": kid or algorithm})


def by_the_public_key() -> str:
    """Signed with what everybody knows, as if it were a secret. PyJWT does not do such a thing: it is done by hand."""
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    public = RSA_KEY.public_key().public_bytes(serialization.Encoding.PEM, kind)
    said = signed("HS256", b"x" * 32, kid="RS256").rpartition(".")[0]
    signature = urlsafe_b64encode(hmac.digest(public, said.encode(), "sha256")).rstrip(b"=").decode()
    return f"{said}.{signature}"


def door_of(provider: Provider) -> Any:
    return opened(
        nats_url=f"nats://127.0.0.1:{free_port()}",
        auth_mode="jwt",
        jwt_issuer="https://id.example",
        jwt_audience="storywire",
        jwt_jwks_url=provider.url,
    )


async def status(door: Door, token: str) -> int:
    """503 stands for having come in: there is no NATS behind the door."""
    async with door.of_nobody() as stranger:
        return (await stranger.get("/api/stories", headers=tokens.bearer(token))).status


@pytest.mark.parametrize("algorithm", SIGNERS)
async def test_a_token_that_is_signed_with_a_published_key_is_taken(algorithm: str, provider: Provider) -> None:
    async with door_of(provider) as door:
        assert await status(door, signed(algorithm)) == 503
        async with door.socket(auth={"token": signed(algorithm)}) as socket:
            assert (await socket.leave("0" * 26))["ok"] is True
        assert provider.asked == 1


async def test_any_other_is_refused(provider: Provider) -> None:
    refused = {
        "a guest's": tokens.token(),
        "another key under a published name": signed("RS256", rsa.generate_private_key(65_537, 2_048), kid="RS256"),
        "a key that is not published": signed("RS256", kid="another"),
        "the public key for a secret": by_the_public_key(),
        "a secret that was published": signed("HS256", b"secret" * 6, kid="HS256"),
        "none at all": jwt.encode({"sub": "ann"}, "", "none", headers={"kid": "RS256"}),
        "another algorithm than the key's": signed("RS512", RSA_KEY, kid="RS256"),
        "another audience": signed("RS256", aud="them"),
        "another issuer": signed("RS256", iss="https://evil.example"),
        "expired": signed("RS256", exp=int(time.time()) - 1),
    }
    async with door_of(provider) as door:
        found = {name: await status(door, token) for name, token in refused.items()}
    assert found == dict.fromkeys(refused, 401)


async def test_guests_are_not_taken(provider: Provider) -> None:
    async with door_of(provider) as door:
        for headers in ({}, tokens.bearer(signed("RS256"))):
            async with door.of_nobody() as stranger:
                answer = await stranger.ask("POST", "/api/session", headers=headers)
            assert (answer.status, answer.error["code"]) == (403, "no_guests")


@pytest.mark.parametrize("how", ["an error", "a redirect", "too long", "too slow", "no keys", "no JSON"])
async def test_while_the_keys_cannot_be_had_nobody_comes_in(how: str, provider: Provider) -> None:
    match how:
        case "an error":
            provider.status = 500
        case "a redirect":
            provider.status, provider.headers = 302, {"Location": provider.url + "?again"}
        case "too long":
            provider.body = b" " * (jwks.MOST_BYTES + 1) + provider.body
        case "too slow":
            provider.drip = True
        case "no keys":
            provider.body = b'{"keys": []}'
        case "no JSON":
            provider.body = b"<html>"
    keys = Jwks(provider.url)
    for _ in range(3):
        with pytest.raises(Refused) as refused:
            await keys.key(signed("RS256"))
        assert (refused.value.status, refused.value.fault.code) == (503, "unavailable")
        assert refused.value.fault.retry_after is not None
    assert provider.asked == 1


async def test_keys_are_kept_for_a_while_and_fetched_again_for_a_new_name(provider: Provider) -> None:
    time_ = 0.0
    keys = Jwks(provider.url, lambda: time_)
    await keys.key(signed("RS256"))
    provider.body = json.dumps(PUBLISHED).replace('"ES256"', '"new"').encode()
    for _ in range(20):  # names that nobody knows do not make us ask again and again
        with pytest.raises(Refused):
            await keys.key(signed("ES256", kid="new"))
    assert provider.asked == 1
    time_ = jwks.PAUSE + 1
    await keys.key(signed("ES256", kid="new"))
    assert provider.asked == 2
    time_ += jwks.KEPT + 1
    provider.status = 500
    with pytest.raises(Refused):
        await keys.key(signed("RS256"))
