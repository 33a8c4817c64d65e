"""Extensions against a real engine: started before the runtime, served, and never a false alarm."""

from __future__ import annotations

from pathlib import Path

from built_images.engine import Engine
from container_runs import FINE, answers, image_of, told, verdicts, verify

ADAPTER = """\
#!/var/lang/bin/python3
import http.client, json, os, time

def ask(method, path, body=None, headers={}):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer, answer.read()

answer, body = ask("POST", "/2020-01-01/extension/register", '{"events": []}', {"Lambda-Extension-Name": "adapter"})
assert json.loads(body)["functionVersion"] == "$LATEST", body
while True:
    event, body = ask("GET", "/2018-06-01/runtime/invocation/next")
    request = event.getheader("Lambda-Runtime-Aws-Request-Id")
    for _ in range(100):
        connection = http.client.HTTPConnection("127.0.0.1", 8080)
        try:
            connection.request("GET", json.loads(body).get("rawPath", "/"))
            break
        except OSError:
            time.sleep(0.05)
    page = connection.getresponse()
    result = {"statusCode": page.status, "body": page.read().decode()}
    ask("POST", f"/2018-06-01/runtime/invocation/{request}/response", json.dumps(result))
"""
"""What the Lambda Web Adapter does: it alone asks for events, and puts them to the web server that is the entrypoint."""

SERVER = """\
from http.server import BaseHTTPRequestHandler, HTTPServer

class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path != "/broken" else 503)
        self.end_headers()
        self.wfile.write(b"page " + self.path.encode())

HTTPServer(("127.0.0.1", 8080), Page).serve_forever()
"""

OBSERVER = """\
#!/var/lang/bin/python3
import http.client, json, os

def ask(method, path, body=None, headers={}):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer, answer.read()

answer, _ = ask("POST", "/2020-01-01/extension/register", '{"events": ["INVOKE", "SHUTDOWN"]}', {"Lambda-Extension-Name": "observer"})
me = {"Lambda-Extension-Identifier": answer.getheader("Lambda-Extension-Identifier")}
ask("PUT", "/2022-07-01/telemetry", "{}", me)
while True:
    _, body = ask("GET", "/2020-01-01/extension/event/next", headers=me)
    event = json.loads(body)
    print("observed", event["eventType"], len(event["requestId"]), flush=True)
"""


def extension(directory: Path, text: str, name: str) -> str:
    (directory / name).write_text(text)
    return f"COPY --chmod=755 {name} /opt/extensions/{name}"


def test_a_web_server_behind_an_adapter_starts_and_answers(clean: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, {"server": SERVER}, extension(tmp_path, ADAPTER, "adapter"))
    template = (tmp_path / "template.yaml").read_text()
    command = "EntryPoint: [/var/lang/bin/python3], Command: [server.py]"
    (tmp_path / "template.yaml").write_text(template.replace("Command: [server.handler]", command))
    (tmp_path / "phases.json").write_text(
        '[{"event": "api-gateway-v2", "path": "/ok", "expect": {"body-contains": "page /ok"}},'
        ' {"event": "api-gateway-v2", "path": "/broken"}]'
    )
    _, found, _ = verify(clean, tmp_path, "--phases=phases.json", "--timeout", "5")
    assert verdicts(found) == {"server": ("ok", None)}
    assert answers(found, "Server") == [
        ("api-gateway-v2 /ok", 200, None),
        ("api-gateway-v2 /broken", 503, "status 503"),
    ]


def test_an_extension_is_told_of_every_event(clean: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, {"app": FINE}, extension(tmp_path, OBSERVER, "observer"))
    code, found, _ = verify(clean, tmp_path, "--event=sqs", "--event=s3")
    assert code == 0
    assert told(found)["App"]["output"].count("observed INVOKE 36\n") >= 1


def test_an_extension_that_ends_without_a_network_is_a_gap(clean: Engine, tmp_path: Path) -> None:
    image_of(tmp_path, {"app": FINE}, extension(tmp_path, "#!/bin/sh\nexit 3\n", "agent"))
    code, found, _ = verify(clean, tmp_path, "--event=sqs")
    assert (code, verdicts(found)) == (0, {"app": ("ok", None)})
    assert [gap["reason"] for gap in found["gaps"]] == [
        "the extension agent ended with exit status 3, as it may without a network"
    ]


def test_a_file_that_cannot_be_started_fails_the_function_as_in_lambda(clean: Engine, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a program")
    image_of(tmp_path, {"app": FINE}, "COPY --chmod=644 notes.txt /opt/extensions/notes.txt")
    code, found, _ = verify(clean, tmp_path)
    assert code == 1
    message = "Extension.LaunchError: /opt/extensions/notes.txt: Permission denied"
    assert verdicts(found) == {"app": ("init error", message)}


def test_a_web_server_whose_adapter_has_ended_answers_nothing_and_that_is_a_gap(clean: Engine, tmp_path: Path) -> None:
    ending = ADAPTER.replace("    request = event", "    os._exit(5)\n    request = event")
    image_of(tmp_path, {"server": SERVER}, extension(tmp_path, ending, "adapter"))
    template = (tmp_path / "template.yaml").read_text()
    command = "EntryPoint: [/var/lang/bin/python3], Command: [server.py]"
    (tmp_path / "template.yaml").write_text(template.replace("Command: [server.handler]", command))
    code, found, _ = verify(clean, tmp_path, "--event=api-gateway-v2", "--timeout", "2")
    assert code == 0
    assert answers(found, "Server") == [("api-gateway-v2", None, "Sandbox.Timedout: Task timed out after 2.00 seconds")]
    assert "the extension adapter ended with exit status 5" in " ".join(gap["reason"] for gap in found["gaps"])
