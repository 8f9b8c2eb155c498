"""What went wrong, in a sentence that does not repeat what somebody wrote: it may be private."""

from pydantic import ValidationError


def complaint(error: ValidationError) -> str:
    """`limit: Input should be less than or equal to 100; owner: Field required`."""
    return "; ".join(
        f"{'.'.join(map(str, found['loc'])) or 'JSON'}: {found['msg']}"
        for found in error.errors(include_url=False, include_context=False, include_input=False)
    )


def sentence(error: Exception) -> str:
    """What any error says, named by its kind."""
    return f"{type(error).__name__}: {complaint(error) if isinstance(error, ValidationError) else error}"
