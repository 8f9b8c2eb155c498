import json

from services.gateway.raw_json import RawJson, SplicingJson

RAW = '{"b": 1.0,"a":"\\u00e4 ä \\ud83d\\udca1"}'


def test_raw_json_is_spliced_in_as_it_came() -> None:
    assert SplicingJson.dumps(["name", RawJson(RAW)], separators=(",", ":")) == f'["name",{RAW}]'


def test_everything_else_is_written_as_ever() -> None:
    value = [{"sid": "x"}, None, 'a"b']
    assert SplicingJson.dumps(value, separators=(",", ":")) == json.dumps(value, separators=(",", ":"))
