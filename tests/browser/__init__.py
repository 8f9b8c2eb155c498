"""The page in a real browser, with everything behind it running."""
