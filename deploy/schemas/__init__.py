"""The contracts in the words of other languages: JSON Schema and AsyncAPI, generated from the classes."""
