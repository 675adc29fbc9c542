"""openai with our route as its base URL: python openai_client.py BASE_URL; prints ok."""

import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="not-a-key", max_retries=0, timeout=20)
messages = [{"role": "user", "content": "What does a proxy do?"}]
expected = "Bytes in, bytes out"

whole = client.chat.completions.create(model="m", messages=messages)
assert whole.choices[0].message.content == expected, whole

words = []
for part in client.chat.completions.create(model="m", messages=messages, stream=True):
    words.append(part.choices[0].delta.content or "")
assert "".join(words) == expected and len(words) == 6, words
print("ok")
