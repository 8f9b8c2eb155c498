"""What went wrong, in a sentence that does not repeat what somebody wrote: it may be private."""

from pydantic import ValidationError

_OURS = ("contracts", "services", "deploy", "nats")  # packages whose errors say nothing that a user wrote


def complaint(error: ValidationError) -> str:
    """`limit: Input should be less than or equal to 100; owner: Field required`."""
    return "; ".join(
        f"{'.'.join(map(str, found['loc'])) or 'JSON'}: {found['msg']}"
        for found in error.errors(include_url=False, include_context=False, include_input=False)
    )


def sentence(error: BaseException) -> str:
    """What an error says, named by its kind. One that may quote what it met (`int('...')`) says its kind alone."""
    if isinstance(error, ValidationError):
        said = complaint(error)
    elif isinstance(error, OSError):  # without its file names
        said = error.strerror or ""
    else:
        said = str(error) if type(error).__module__.partition(".")[0] in _OURS else ""
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def last_words(service: str, error: Exception) -> str:
    """What a service says that cannot go on. A setting is called what the environment calls it."""
    if isinstance(error, ValidationError):
        wrong = error.errors(include_url=False, include_context=False, include_input=False)
        return f"{service}: " + "; ".join(
            ": ".join((*_setting(found["loc"]), found["msg"].removeprefix("Value error, "))) for found in wrong
        )
    return f"{service}: {error}"


def _setting(place: tuple[int | str, ...]) -> tuple[str, ...]:
    """Its name; nothing where it is several of them that do not go together, which the message names."""
    return tuple(str(part).upper() for part in place[:1])
