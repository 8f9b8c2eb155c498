"""What fits. Said once, checked at the edge, quoted in every refusal."""

FILE_BYTES = 5 * 1024 * 1024
TITLE_CHARACTERS = 200
PROMPT_CHARACTERS = 4_000
CONTENT_BYTES = 4 * 1024 * 1024  # of a finished story; leaves room in a NATS message for JSON's escapes
MESSAGE_BYTES = 8 * 1024 * 1024  # the `max_payload` that NATS has to allow
IDEMPOTENCY_KEY_CHARACTERS = 255
TOKEN_CHARACTERS = 4_096
LONGEST_LIFE = 90 * 86_400  # seconds, of a token; revocations are remembered for as long
USER_CHARACTERS = 255
