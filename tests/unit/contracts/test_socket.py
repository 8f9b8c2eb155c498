import json

import pytest
from pydantic import ValidationError

from contracts import socket
from contracts.socket import Done, Fault, JoinAck, JoinRequest, LeaveRequest, Refusal
from contracts.story import fold
from tests import controls


def test_the_commands_have_the_names_that_clients_know() -> None:
    assert (socket.JOIN, socket.LEAVE) == ("story:join", "story:leave")


def test_a_join_without_after_has_seen_nothing() -> None:
    assert JoinRequest.model_validate({"storyId": controls.STORY}).after == 0
    assert JoinRequest.model_validate({"storyId": controls.STORY, "after": 6}).after == 6


@pytest.mark.parametrize("after", [True, False, -1, 2**53, 1.0, 1.5, "1", None, [], {}])
def test_after_is_a_whole_number_and_nothing_that_looks_like_one(after: object) -> None:
    with pytest.raises(ValidationError, match="after"):
        JoinRequest.model_validate({"storyId": controls.STORY, "after": after})


@pytest.mark.parametrize("request_", [JoinRequest, LeaveRequest])
@pytest.mark.parametrize(
    "said", [None, [], "", controls.STORY, 7, {}, {"storyId": None}, {"storyId": {"$gt": ""}}, {"storyId": "story.>"}]
)
def test_what_is_no_request_is_refused(request_: type[socket.Request], said: object) -> None:
    with pytest.raises(ValidationError):
        request_.model_validate(said)


@pytest.mark.parametrize("request_", [JoinRequest, LeaveRequest])
def test_a_request_holds_nothing_unknown(request_: type[socket.Request]) -> None:
    with pytest.raises(ValidationError, match="token"):
        request_.model_validate({"storyId": controls.STORY, "token": "secret"})


def test_acks_have_the_shape_that_clients_know() -> None:
    state = fold(controls.finished_story())
    assert state is not None
    ack = json.loads(JoinAck(story=state, sequence=6, live=None, epoch="one", epoch_changed=False).body())
    assert ack == {
        "ok": True,
        "story": json.loads(state.body()),
        "sequence": 6,
        "live": None,
        "epoch": "one",
        "epochChanged": False,
    }
    assert json.loads(Done().body()) == {"ok": True}


def test_a_refusal_leaves_out_what_does_not_apply() -> None:
    plain = Refusal(error=Fault(code="unknown_story", message="There is no such story."))
    assert json.loads(plain.body()) == {
        "ok": False,
        "error": {"code": "unknown_story", "message": "There is no such story."},
    }
    full = Refusal(error=Fault(code="too_long", message="The title is too long.", field="title", limit=200))
    assert json.loads(full.body())["error"] == {
        "code": "too_long",
        "message": "The title is too long.",
        "field": "title",
        "limit": 200,
    }
