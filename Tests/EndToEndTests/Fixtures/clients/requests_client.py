"""requests through the proxy: python requests_client.py BASE_URL; prints ok."""

import sys

import requests

base = sys.argv[1]
with requests.Session() as session:
    session.headers["Authorization"] = "Bearer the-caller's-own"
    for number in range(3):
        echo = session.get(f"{base}/echo", params={"n": number}, timeout=20).json()
        assert echo["target"] == f"/echo?n={number}", echo
        assert echo["authorization"] != "Bearer the-caller's-own", echo

    posted = session.post(f"{base}/echo", json={"a": "ü"}, timeout=20).json()
    assert posted["body"] == '{"a": "\\u00fc"}', posted

    # An iterator makes a chunked body.
    counted = session.post(f"{base}/count", data=iter([b"x" * 70000] * 3), timeout=20).json()
    assert counted == {"bytes": 210000}, counted

    with session.get(f"{base}/big?bytes=3000000&chunked=1", stream=True, timeout=20) as answer:
        assert sum(len(part) for part in answer.iter_content(65536)) == 3000000

    head = session.head(f"{base}/status", timeout=20)
    assert head.content == b"", head.content
print("ok")
