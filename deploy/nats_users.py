"""The users of NATS and their permissions, in the words of nats-server's configuration."""

import json
from collections.abc import Mapping

from contracts.permissions import USERS, Permissions

_USER = """\
    {{
      user: {user}, password: {password}
      permissions: {{
        publish: {{ allow: {publish}, deny: {never} }}
        subscribe: {{ allow: {subscribe} }}
      }}
    }}
"""


def authorization(passwords: Mapping[str, str], users: Mapping[str, Permissions] = USERS) -> str:
    """The block `authorization` of nats.conf."""
    blocks = (
        _USER.format(
            user=json.dumps(user),
            password=json.dumps(passwords[user]),
            publish=json.dumps(allowed.publish),
            never=json.dumps(allowed.publish_never),
            subscribe=json.dumps(allowed.subscribe),
        )
        for user, allowed in users.items()
    )
    return "authorization {\n  users: [\n" + "".join(blocks) + "  ]\n}\n"


def template() -> str:
    """The same with a variable in place of each password: nats-server takes it from its environment."""
    text = authorization({user: f"NATS_PASSWORD_{user.upper()}" for user in USERS})
    for user in USERS:
        text = text.replace(f'"NATS_PASSWORD_{user.upper()}"', f"$NATS_PASSWORD_{user.upper()}")
    return text
