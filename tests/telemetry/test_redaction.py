"""What is secret goes, what merely looks like it stays, and no text makes it slow."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2n_ext.stores.signing import Signer
from p2n_schemas.redaction import EMAIL, MARK, Redactor, compiled

JWT = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIiwiaXNzIjoic3VwYWJhc2UifQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)
KEY = "sk-proj-Qm9v4XyZ7aPqR2sT8uVw3xYz5bCd1eFg"
# Text, and what of it may not be seen.
SECRETS = [
    (f"key {KEY} refused", KEY),
    ("sk-abcdEFGH1234567890ijklMNOPqrstUVWX", "abcdEFGH1234567890"),
    ("Incorrect API key provided: sk-proj-****************aB3d.", "aB3d"),
    ("sb_secret_Xk29dLqPz81mNvB7QwErTy", "Xk29dLqPz81"),
    ("sb_publishable_Xk29dLqPz81mNvB7QwErTy", "Xk29dLqPz81"),
    ("sbp_0123456789abcdef0123456789abcdef01234567", "0123456789abcdef"),
    (f"apikey: {JWT}", JWT),
    (f"the token {JWT} is expired", JWT),
    (f"Authorization: Bearer {JWT}", JWT),
    ("Authorization: token 8d3f9a0c1b2e4d5f", "8d3f9a0c"),
    ("authorization=Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNz"),
    ("{'Authorization': 'token abcdef'}", "abcdef"),
    ('{"authorization":"Bearer abc.def"}', "abc.def"),
    ("[('cookie', 'a=b; session=xyzzy')]", "xyzzy"),
    ("(b'Authorization', b'Bearer short')", "short"),
    ('Cookie: username-localhost-8888="2|1:0|10:1700|secretmac"; _xsrf=2|77|xs', "secretmac"),
    ("Set-Cookie: session=deadbeefcafe; Path=/; HttpOnly", "deadbeef"),
    ("X-API-Key: 'abc'", "zzz"),
    ("https://x.supabase.co/storage/v1/object/sign/b/k?token=abc.def&x=1", "abc.def"),
    ("GET /api/contents?token=0123abcd HTTP/1.1", "0123abcd"),
    ("https://b.s3.example.org/k?X-Amz-Credential=AKIA%2F1&X-Amz-Signature=fe12ab", "fe12ab"),
    ("https://acct.blob.example.net/c/b?sv=2024&sig=aGVsbG8%3D", "aGVsbG8"),
    ("/upload?signature=abcdef&expires=9", "abcdef"),
    ("postgresql://p2n:hunter2@db.example.org:5432/p2n", "hunter2"),
    ("redis://:s3cret@cache:6379/0", "s3cret"),
    ("postgres://u:p@ss:w0rd@host/db", "ss:w0rd"),
    ("https://user:pa55@proxy.example.org:3128", "pa55"),
    ("host=db user=p2n password=hunter2 dbname=p2n", "hunter2"),
    ("PGPASSWORD=correct-horse", "correct-horse"),
    ("OPENAI_API_KEY=0a1b2c3d4e5f", "0a1b2c3d"),
    ("SUPABASE_SERVICE_ROLE_KEY: 'xYz12345abc'", "xYz12345abc"),
    ("client_secret=Zm9vYmFyMTIz", "Zm9vYmFy"),
    ("ghp_0123456789abcdefABCDEF0123456789abcd", "0123456789abcdefABCD"),
    ("github_pat_11ABCDEFG0123456789_abcdefghijklmnopqrstuv", "11ABCDEFG"),
    ("hf_AbCdEfGhIjKlMnOpQrStUvWxYz01234567", "AbCdEfGh"),
    ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7"),
    ("AIzaSyA-0123456789abcdefghijklmnopqrstuv", "SyA-0123"),
    ("xoxb-123456789012-abcdefGHIJKL", "123456789012"),
    ("glpat-abcdEFGH1234567890zz", "abcdEFGH"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----", "MIIEpAIB"),
    ("write to Ada.Lovelace+p2n@mail.example.org today", "Lovelace"),
    ("<bob@example.com>", "bob"),
    ("/home/alice/papers/x.pdf", "alice"),
    ("file:///home/alice/x", "alice"),
    ('File "/Users/Bob/p2n/app.py", line 3', "Bob"),
    (r"C:\Users\Carol\AppData", "Carol"),
    ("/root/.local/share/jupyter/p2n", "/root"),
    ("bearer abcdef0123456789abcdef", "abcdef0123456789"),
]
# What resembles a secret and is none.
READABLE = [
    "sk-learn",
    "scikit-learn and sk-learn are one",
    "sk-learn-compatible-estimators",
    "sk-learn-workshop-2024-notes",
    "sk-image 0.24",
    "sk-test-driven-development",
    "risk-based sampling",
    "task-1234",
    "task-0123456789abcdef",
    "desk-lamp-with-a-very-long-name",
    "e=mc^2",
    "foo@0.5",
    "precision@10 and recall@k",
    "mAP@.5:.95",
    "mAP@0.75",
    "hits@1.mean",
    "pip install git+https://github.com/x/y@v1.2",
    "git@github.com:acme/p2n.git",
    "@app.route('/x')",
    "@jupyterlab/application",
    "a@b",
    "user@localhost",
    "x = a @ b.T",
    "python:3.12@sha256:0123456789abcdef",
    "3ef833d0a9a1c0c3a1b2d3e4f5a6b7c8d9e0f1a2",
    "86a499541fd85505b28b6d5f4a0b6a3a8a0f0e0d0c0b0a090807060504030201",
    "env_hash=86a499541fd85505b28b",
    "sha256:1d77928bde1b2a3c4d5e6f708192a3b4",
    "r_60ac47809331438d",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "550e8400-e29b-41d4-a716-446655440000",
    "eyJ",
    "eyJhbGciOi is how a JWT begins",
    "eyJ.txt",
    "eyJump over eyJection.seat",
    "WyJ",
    "Basic authentication is off",
    "Bearer token is missing",
    "bearer of good tidings",
    "Log in, or send a token: Authorization: token …",
    "Authorization: required",
    "The Authorization header is missing.",
    "cookies are not used",
    "Cookie: none",
    "max_tokens=4096",
    "input_tokens: 12345, output_tokens: 678",
    "token: 5",
    "tokenizer=bert-base-uncased",
    "pad_token='<pad>'",
    "num_tokens_per_second=1234567890",
    "password is wrong",
    "password: required",
    "password=None",
    "the secret of success",
    "signature=(x, y)",
    "sig=0.05",
    "key=lambda row: row[0]",
    "?page=2&limit=100&key_column=id",
    "api_key must be set",
    "Set OPENAI_API_KEY where the server is started.",
    "https://example.org:8080/a/b?x=1#frag",
    "http://127.0.0.1:8265/#/jobs",
    "postgresql://db.example.org:5432/p2n",
    "postgresql://reader@db.example.org/p2n",
    "/work/home/.config",
    "/homework/alice",
    "/home",
    "/usr/share/home/x",
    "~/papers",
    "/rooted/x",
    "https://example.org/home/news",
    "~/home/alice",
    "/home/$USER/data",
    "/home/<you>/data",
    "C:\\Program Files",
    "AKIA",
    "ghp_short",
    "hf_model_name",
    "xoxo",
    "npm_config_cache",
    "-----BEGIN CERTIFICATE-----",
    "mean ± 0.5 (n=10), p<0.05",
    "10.48550/arXiv.1706.03762",
    "loss=0.6931471805599453",
    "aGVsbG8gd29ybGQ=",
    "E_MODEL_REJECTED: The model's provider does not accept the key.",
    "0x7f8b2c0d1e20",
    "torch.nn.Linear(in_features=768, out_features=2)",
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_secret_is_not_seen(text: str, secret: str) -> None:
    clean = Redactor().text(text)
    assert secret not in clean
    assert secret == "zzz" or clean != text


@pytest.mark.parametrize("text", READABLE)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert Redactor().text(text) == text


def test_there_are_enough_near_misses() -> None:
    assert len(set(READABLE)) == len(READABLE) >= 60


def test_what_stood_around_it_stays() -> None:
    clean = Redactor(home="/srv/people/dora")
    assert clean.text("postgres://u:pw12@h/db?sslmode=on") == f"postgres://u:{MARK}@h/db?sslmode=on"
    assert clean.text("mail a.b@example.org, now") == f"mail {EMAIL}, now"
    assert clean.text("in /srv/people/dora/x and /srv/people/dorado") == "in ~/x and /srv/people/dorado"
    assert clean.text("GET /a?token=abc&limit=3") == f"GET /a?token={MARK}&limit=3"


def test_a_signed_link_of_ours_is_none_any_more() -> None:
    token = Signer(b"k" * 32).sign("runs/r_1/metrics.json", "metrics.json", "application/json", 60)
    clean = Redactor().text(f"GET /p2n/api/v1/files/{token} 200")
    assert clean == f"GET /p2n/api/v1/files/{MARK} 200"


def test_known_secrets_and_patterns_go_wherever_they_stand() -> None:
    clean = Redactor(["open sesame", "short"], [r"P-[0-9]{6}"])
    assert clean.text("x=open sesame; patient P-123456 in short") == f"x={MARK}; patient {MARK} in short"


def test_the_environment_tells_its_secrets() -> None:
    variables = {
        "OPENAI_API_KEY": "plainlookingvalue",
        "OTEL_EXPORTER_OTLP_HEADERS": "x-team=blue-whale",
        "SSH_KEY": "/etc/ssh/host_key",
        "TOKEN_LIMIT_TOKEN": "123456789",
        "HOME": "/srv/p2n",
    }
    clean = Redactor.of_environment(variables)
    assert clean.text("plainlookingvalue x-team=blue-whale") == f"{MARK} {MARK}"
    assert clean.text("/etc/ssh/host_key 123456789 /srv/p2n/x") == "/etc/ssh/host_key 123456789 ~/x"


def test_data_is_gone_through() -> None:
    value = {
        "headers": {"Authorization": "anything", "Accept": "*/*"},
        "tokens": 12,
        "list": [KEY, {"password": "x"}, None, 1.5],
        "api_key": "",
    }
    assert Redactor().value(value) == {
        "headers": {"Authorization": MARK, "Accept": "*/*"},
        "tokens": 12,
        "list": [MARK, {"password": MARK}, None, 1.5],
        "api_key": "",
    }


@pytest.mark.parametrize("pattern", ["(", "a*", "x" * 501, ""])
def test_a_pattern_that_can_not_be_meant_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        compiled(pattern)


_PIECES = st.lists(
    st.one_of(
        st.sampled_from([text for text, _ in SECRETS] + READABLE + [MARK, EMAIL, "~", "redacted", "[", "]"]),
        st.sampled_from(list("@:/?&=;'\"\\ \n.-_~[]")),
        st.text(max_size=8),
    ),
    max_size=12,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(_PIECES)
def test_a_second_time_changes_nothing(text: str) -> None:
    clean = Redactor(["open sesame", "redacted"], [r"P-[0-9]{6}", "red"], home="/srv/x")
    once = clean.text(text)
    assert clean.text(once) == once


_HOSTILE = [
    "eyJ",
    "-eyJ-",
    "a.b@",
    "sk-",
    "A",
    "authorization: ",
    "://a:",
    "x://",
    "/home/",
    "a_",
    "_-",
    "password=",
    "\"'",
]
_HOSTILE += [
    "cookie: a=",
    "'cookie': '",
    "-----BEGIN PRIVATE KEY-----",
    "eyJaaaaaaaa.",
    "?token=",
    "bearer ",
    "@",
    "a@a.",
    "*",
]
_HOSTILE += ["C:\\Users\\", "sk-*", "WyJ" + "a" * 30 + ".", " ", "\\", "sb_secret_", "secret=", "&key="]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(_HOSTILE), min_size=1, max_size=3).map("".join))
def test_time_grows_with_the_length_alone(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        begin = time.thread_time()
        Redactor().text(text)
        return time.thread_time() - begin

    # Quadratic would be sixteen times the time for four times the text; what is too fast to measure is fast enough.
    short, long = seconds(4_000), seconds(16_000)
    assert long < max(10 * short, 0.05)
