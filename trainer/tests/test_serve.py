"""serve-rm as a process of its own, asked over HTTP."""

import base64
import json
import os
import signal
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from conftest import start

from blindfold_trainer.models.opening import open_saved
from blindfold_trainer.protocol.errors import TrainerError
from blindfold_trainer.serving.server import make_server

TOKEN = "token-of-the-test"
TEXTS = ["It is red.", "It is blue, indeed.", "No."]


def ask(port: int, path: str, body: object = None, token: str | None = TOKEN, host: str | None = None):
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data)
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    if host is not None:
        request.add_header("Host", host)
    try:
        with urllib.request.urlopen(request, timeout=120) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.fixture(scope="module")
def served(finished):
    """The MM-RM of a finished run, its folder of images, and a port."""
    folder = finished / "media"
    process = start("serve-rm", finished / "mm", "--port", "0", "--images", folder, env={"BLINDFOLD_RM_TOKEN": TOKEN})
    line = json.loads(process.stdout.readline())
    assert line["url"].startswith("http://127.0.0.1:") and TOKEN not in json.dumps(line)
    images = sorted(p for p in (finished / "media").rglob("*") if p.is_file())
    yield finished, images, int(line["url"].rpartition(":")[2])
    if os.name == "posix":
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    else:
        process.kill()
    process.communicate()


def wanted(finished, image, texts=TEXTS) -> list[float]:
    branches, role, _ = open_saved(finished / "mm")
    with torch.no_grad():
        return branches.rewards(role, [branches.encode_texts("a", "Which colour is it?", texts, (image,))]).tolist()


def test_rewards_are_those_of_the_model_by_name_and_by_content(served):
    finished, images, port = served
    item = {"prompt": "Which colour is it?", "responses": TEXTS}
    name = str(images[0].relative_to(finished / "media"))
    content = "data:image/png;base64," + base64.b64encode(images[0].read_bytes()).decode()
    other = "data:image/png;base64," + base64.b64encode(images[5].read_bytes()).decode()
    status, reply = ask(port, "/score", {"items": [{**item, "images": [i]} for i in (name, content, other)]})
    assert status == 200 and reply["errors"] == [None] * 3
    expected = wanted(finished, images[0])
    for got in reply["rewards"][:2]:
        assert got == pytest.approx(expected, abs=1e-5)
    assert (
        reply["rewards"][2] == pytest.approx(wanted(finished, images[5]), abs=1e-5) != pytest.approx(expected, abs=1e-5)
    )


def test_requests_at_once_get_their_own_answers_in_shared_passes(served):
    finished, images, port = served
    before = ask(port, "/health")[1]

    def one(n: int) -> list[float]:
        responses = [f"It is {n}.", "No."] + ["Yes."] * (n % 3)
        name = str(images[n].relative_to(finished / "media"))
        items = [{"prompt": "Which colour is it?", "responses": responses, "images": [name]}]
        rewards = ask(port, "/score", {"items": items})[1]["rewards"]
        assert rewards[0] == pytest.approx(wanted(finished, images[n], responses), abs=1e-5)
        return rewards[0]

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(one, range(12)))
    assert [len(f) for f in found] == [2 + n % 3 for n in range(12)]
    after = ask(port, "/health")[1]
    assert after["items"] - before["items"] == 12 and after["role"] == "mm"
    many = [{"prompt": "Which?", "responses": ["a", "b"]} for _ in range(40)]
    assert len(ask(port, "/score", {"items": many})[1]["rewards"]) == 40
    assert ask(port, "/health")[1]["forward_passes"] == after["forward_passes"] + 1


def test_only_who_has_the_token_is_answered(served):
    _, _, port = served
    for token in (None, "", "wrong", TOKEN + "x"):
        assert ask(port, "/health", token=token)[0] == 401
        assert ask(port, "/score", {"items": []}, token=token)[0] == 401
    assert ask(port, "/health", host="evil.example:80")[0] == 403
    assert ask(port, "/health")[0] == 200 and ask(port, "/other")[0] == 404


def test_a_bad_item_is_told_and_harms_no_other(served):
    _, images, port = served
    good = {"prompt": "Which?", "responses": ["a"]}
    bad = [
        {"responses": ["a"]},
        {"prompt": "a", "responses": []},
        {**good, "images": ["../config.json"]},
        {**good, "images": ["/etc/hostname"]},
        {**good, "images": ["none.png"]},
        {**good, "images": ["data:image/png;base64,%%%"]},
        {**good, "images": ["data:image/png;base64,AAAA"]},
    ]
    status, reply = ask(port, "/score", {"items": [good, *bad, good]})
    assert status == 200 and all(e and e["code"] and e["message"] for e in reply["errors"][1:-1])
    assert reply["rewards"][0] == pytest.approx(reply["rewards"][-1], abs=1e-6) and reply["rewards"][1:-1] == [None] * len(bad)
    assert ["outside" in reply["errors"][n]["message"] for n in (3, 4)] == [True, True]
    assert ask(port, "/score", b"no json")[0] == 400 and ask(port, "/score", {"items": 3})[0] == 400


def test_a_port_that_is_taken_is_told(served):
    finished, _, port = served
    branches, role, card = open_saved(finished / "mm")
    with pytest.raises(TrainerError, match="port"):
        make_server(branches, role, card, TOKEN, port, None, 1000)


def test_without_a_token_one_is_made_and_shown_once(finished):
    process = start("serve-rm", finished / "proxy", "--port", "0", env={"BLINDFOLD_RM_TOKEN": ""})
    try:
        line = json.loads(process.stdout.readline())
        port = int(line["url"].rpartition(":")[2])
        assert len(line["token"]) >= 32 and ask(port, "/health", token=line["token"])[1]["role"] == "proxy"
    finally:
        process.kill()
        process.communicate()
