from services.generator.models.sentences import ends, last_end


class Part:
    """Turns the tokens of one part of a story into text that stops at the end of a sentence.

    Text passes at once for the first `free` tokens, then by whole sentences; the part is over with the first
    sentence that ends after `enough` tokens. What stands after the last whole sentence is dropped.
    """

    def __init__(self, free: int, enough: int) -> None:
        self._free, self._enough = free, enough
        self._tokens = 0
        self._held = ""
        self._passed = False
        self.over = False

    def take(self, token: str) -> str:
        """Text to show now that this token has come; `over` tells when to stop."""
        self._tokens += 1
        self._held += token
        if self._tokens <= self._free:
            return self._pass(len(self._held.rstrip()))
        end = self._first_end()
        if end is None:
            return ""
        self.over = self._tokens >= self._enough
        return self._pass(end)

    def rest(self, *, whole: bool) -> str:
        """What is left to show: all of it when the model ended of itself (`whole`), or up to its last sentence."""
        if whole:
            return self._pass(len(self._held.rstrip()))
        end = last_end(self._held)
        if end == 0 and not self._passed:
            return self._pass(len(self._held.rstrip()))
        return self._pass(end)

    def _first_end(self) -> int | None:
        # The stop must have something behind it: "3." may become "3.5", and quotes may still close.
        return next((end for end in ends(self._held) if end < len(self._held)), None)

    def _pass(self, upto: int) -> str:
        text, self._held = self._held[:upto], self._held[upto:]
        self._passed = self._passed or bool(text)
        return text
