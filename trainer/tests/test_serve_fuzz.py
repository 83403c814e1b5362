"""serve-rm against what no client should send: one bad item, request or connection never harms another."""

import json
import os
import random
import socket
import threading
import time

import pytest
from test_serve import TOKEN, ask, served  # noqa: F401 - the fixture

from blindfold_trainer.protocol.errors import TrainerError

GOOD = {"prompt": "Which colour is it?", "responses": ["It is red.", "It is blue."]}
SEED = 20_261_201
DEEP = "[" * 100_000 + "]" * 100_000


def leaf(rng: random.Random) -> object:
    return rng.choice(
        [
            None, True, False, 0, -1, 2**63, -(2**70), 10**300, 1.5, 1e308, -0.0, "", "\0", "a\0b", "\ud800", "é" * 50, "a" * 5000, "../x", "/dev/zero", "/etc/passwd",
            "data:image/png;base64,AAAA", "data:,", "file:///etc/passwd", "http://127.0.0.1:9/x.png", "<image>", "\u202e", "𝕏", [], {}, [None], {"": None},
        ]
    )


def value(rng: random.Random, depth: int = 0) -> object:
    kind = rng.random()
    if depth > 4 or kind < 0.6:
        return leaf(rng)
    if kind < 0.8:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    names = ["role", "content", "type", "text", "image", "image_url", "url", "bytes", "path", "id", "prompt", "\0"]
    return {rng.choice(names): value(rng, depth + 1) for _ in range(rng.randrange(4))}


def item(rng: random.Random) -> dict:
    """A good item in which some fields are anything."""
    made: dict = dict(GOOD)
    for _ in range(rng.randrange(1, 4)):
        field = rng.choice(["id", "prompt", "responses", "images", "image", "img_path", "messages", "group", "question", "\0"])
        made[field] = value(rng)
        if rng.random() < 0.2:
            made["responses"] = [value(rng), "No."]
    return made


def test_items_of_anything_are_answered_and_harm_no_other(served):  # noqa: F811
    port = served[2]
    expected = ask(port, "/score", {"items": [GOOD]})[1]["rewards"][0]
    rng = random.Random(SEED)
    for _ in range(60):
        items = [item(rng) for _ in range(8)]
        at = rng.randrange(9)
        items.insert(at, GOOD)
        status, reply = ask(port, "/score", {"items": items})
        assert status == 200, reply
        assert reply["errors"][at] is None and reply["rewards"][at] == pytest.approx(expected, abs=1e-4)
        for error, rewards in zip(reply["errors"], reply["rewards"], strict=True):
            assert (error is None) != (rewards is None)
            assert error is None or (error["code"] != "INTERNAL" and error["message"] and error["remedy"]), error


BODIES = {
    "too deep": b'{"items": ' + DEEP.encode() + b"}",
    "an item that is too deep": b'{"items": [{"prompt": ' + DEEP.encode() + b', "responses": ["a"]}]}',
    "a number of digits": b'{"items": [{"prompt": ' + b"9" * 10_000 + b', "responses": ["a"]}]}',
    "no number": b'{"items": [{"prompt": NaN, "responses": ["a"]}]}',
    "half of it": b'{"items": [',
    "bytes": bytes(range(256)),
    "UTF-16": '{"items": []}'.encode("utf-16"),
    "nothing": b"",
    "a list": b"[]",
    "items that are none": b'{"items": [1, "a", null]}',
    "no items": b'{"items": {}}',
    "half a character": b'{"items": [{"prompt": "\\ud800", "responses": ["a"]}]}',
}


@pytest.mark.parametrize("case", BODIES)
def test_a_body_of_anything_is_answered(case, served):  # noqa: F811
    port = served[2]
    status, reply = ask(port, "/score", BODIES[case])
    assert status == 400 and reply["error"]["message"] or (status == 200 and reply["errors"][0]), (status, reply)
    assert ask(port, "/score", {"items": [GOOD]})[0] == 200


def test_too_many_items_are_refused(served):  # noqa: F811
    status, reply = ask(served[2], "/score", {"items": [{}] * 100_001})
    assert status == 413 and "items" in reply["error"]["message"]


def raw(port: int, *parts: bytes, wait: float = 0) -> bytes:
    """What a server answers to bytes on a connection of their own."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(wait)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


def head(*lines: str) -> bytes:
    every = ["POST /score HTTP/1.1", "Host: 127.0.0.1:1", f"Authorization: Bearer {TOKEN}", "Connection: close", *lines]
    return "".join(f"{line}\r\n" for line in every).encode("latin-1") + b"\r\n"


@pytest.mark.parametrize(
    "line, status",
    [
        ("Content-Length: 999999999999", 413),
        ("Content-Length: -1", 413),
        ("Content-Length: 1e3", 413),
        ("Content-Length: \xb2", 413),
        ("Content-Length: " + "9" * 5000, 413),
        ("Transfer-Encoding: chunked", 413),
        ("X: y", 413),
    ],
)
def test_a_length_that_is_none_is_refused(line, status, served):  # noqa: F811
    assert raw(served[2], head(line)).startswith(f"HTTP/1.1 {status}".encode())


def test_a_slow_body_is_not_waited_for_and_holds_nobody_up(served):  # noqa: F811
    """In this process: how long a body may take is set to half a second."""
    import blindfold_trainer.serving.server as serving
    from blindfold_trainer.models.opening import open_saved

    finished = served[0]
    branches, role, card = open_saved(finished / "mm")
    before, serving.BODY_SECONDS = serving.BODY_SECONDS, 0.5
    server, scorer = serving.make_server(branches, role, card, TOKEN, 0, None, 16_384)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    try:
        slow = threading.Thread(target=raw, args=(port, head("Content-Length: 1000"), *[b" "] * 4), kwargs={"wait": 0.1})
        slow.start()
        assert ask(port, "/score", {"items": [GOOD]})[0] == 200
        answer = raw(port, head("Content-Length: 1000"), b'{"items"', wait=0.1)
        assert answer.startswith(b"HTTP/1.1 408"), answer
        slow.join(30)
        assert not slow.is_alive()
    finally:
        serving.BODY_SECONDS = before
        server.shutdown()
        server.server_close()
        scorer.close()


class Failing:
    """A model that does not get through a batch with certain items, as one without enough memory."""

    role = "mm"

    def __init__(self, real):
        self.real = real

    def __getattr__(self, name: str):
        return getattr(self.real, name)

    def encode_texts(self, id, prompt, *args):
        if prompt == "no text":
            raise RuntimeError("the tokenizer gave up")
        if prompt == "panic":
            raise type("PanicException", (BaseException,), {})("a library gave up")
        item = self.real.encode_texts(id, prompt, *args)
        self.broken = getattr(self, "broken", set()) | ({builtin_id(item)} if prompt == "no pass" else set())
        self.infinite = getattr(self, "infinite", set()) | ({builtin_id(item)} if prompt == "no number" else set())
        return item

    def rewards(self, role, items):
        if any(builtin_id(item) in self.broken for item in items):
            raise RuntimeError("out of memory")
        rewards = self.real.rewards(role, items)
        at = 0
        for item in items:
            if builtin_id(item) in self.infinite:
                rewards[at] = float("inf")
            at += item.responses
        return rewards


builtin_id = id


def test_what_goes_wrong_with_an_item_is_its_own(served):  # noqa: F811
    from blindfold_trainer.models.opening import open_saved
    from blindfold_trainer.serving.server import Scorer

    branches, role, _ = open_saved(served[0] / "mm")
    branches.train(False)
    scorer = Scorer(Failing(branches), role, None, 16_384)
    try:
        bad = [{**GOOD, "prompt": prompt} for prompt in ("no text", "panic", "no pass", "no number")]
        jobs = [[GOOD, bad[0]], [bad[1], GOOD], [bad[2]], [GOOD, bad[3], GOOD]]
        answers: dict[int, dict] = {}
        threads = [threading.Thread(target=lambda n=n: answers.update({n: scorer.score(jobs[n])})) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(answers) == 4
        wanted = scorer.score([GOOD])["rewards"][0]
        for n, job in enumerate(jobs):
            for one, rewards, error in zip(job, answers[n]["rewards"], answers[n]["errors"], strict=True):
                if one is GOOD:
                    assert error is None and rewards == pytest.approx(wanted, abs=1e-4)
                else:
                    assert rewards is None and error["message"] and error["remedy"]
    finally:
        scorer.close()


def test_an_image_that_is_no_file_is_not_waited_for(tmp_path):
    from blindfold_trainer.data.image_references import content_of

    names = ["/dev/zero", "/dev/stdin"] if os.path.exists("/dev/zero") else []
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        names.append(tmp_path / "pipe")
    for name in names:
        with pytest.raises(TrainerError) as caught:
            content_of(tmp_path / name)
        assert caught.value.code == "IMAGE_MISSING"
