"""What is wrong with somebody's JSON, in a sentence that does not repeat it: it may be private."""

from pydantic import ValidationError


def complaint(error: ValidationError) -> str:
    """`limit: Input should be less than or equal to 100; owner: Field required`."""
    return "; ".join(
        f"{'.'.join(map(str, found['loc'])) or 'JSON'}: {found['msg']}"
        for found in error.errors(include_url=False, include_context=False, include_input=False)
    )
