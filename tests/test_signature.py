"""The door: what Twilio's own validator accepts it lets in, and each gap of that check is closed behind it."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from ivr.telephony.signature import LARGEST_BODY, MOST_FIELDS, Door, Refusal

PUBLIC = "https://line.example"
ACCOUNT = "AC" + "0" * 32
TOKEN = "a-token-that-is-no-secret"
PATH = "/voice/en/topic/5.1.3/2?pace=slow"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
CALL = {"AccountSid": ACCOUNT, "CallSid": "CA" + "1f" * 16, "From": "+447700900123", "Digits": "5"}

door = Door(PUBLIC, ACCOUNT, (TOKEN,))


def sign(fields, url=PUBLIC + PATH, token=TOKEN):
    return RequestValidator(token).compute_signature(url, fields)


def knock(body, signature, path=PATH, content_type=FORM, at=door):
    return at.read(path, body if isinstance(body, bytes) else body.encode(), content_type, signature)


def enter(fields, at=door, **signing):
    return knock(urlencode(fields), sign(fields, **signing), at=at)


# -- beside the validator ------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
forms = st.dictionaries(texts, texts, max_size=30).map(lambda fields: {**fields, **CALL})
forms = forms.map(lambda fields: {n: v for n, v in fields.items() if n != "MessageSid"})


@given(forms)
def test_what_the_validator_accepts_comes_in_field_by_field(fields):
    signature = sign(fields)
    assert RequestValidator(TOKEN).validate(PUBLIC + PATH, fields, signature)
    assert knock(urlencode(fields), signature) == fields


@given(forms, st.data())
def test_a_changed_bit_of_the_body_is_refused(fields, data):
    body = bytearray(urlencode(fields).encode())
    bit = data.draw(st.integers(0, len(body) * 8 - 1))
    body[bit // 8] ^= 1 << bit % 8
    entered = knock(bytes(body), sign(fields))
    # %2b and %2B are one bit apart and the same character: only then has nothing been changed.
    assert entered is Refusal.FORGED or entered == fields


@given(st.integers(0, len(PATH) * 8 - 1))
def test_a_changed_bit_of_the_path_is_refused(bit):
    path = bytearray(PATH.encode())
    path[bit // 8] ^= 1 << bit % 8
    assert knock(urlencode(CALL), sign(CALL), path=path.decode("latin-1")) is Refusal.FORGED


@given(st.integers(0, 28 * 8 - 1))
def test_a_changed_bit_of_the_signature_is_refused(bit):
    signature = bytearray(sign(CALL).encode())
    signature[bit // 8] ^= 1 << bit % 8
    assert knock(urlencode(CALL), signature.decode("latin-1")) is Refusal.FORGED


@given(
    st.lists(st.sampled_from(["a", "B", "=", "=", "&", "&", "+", "%", "2", "6", "C3", "A9", "%20", "%C3%A9"]))
)
def test_a_form_is_read_as_the_standard_library_reads_it(pieces):
    body = "&".join(["".join(pieces), urlencode(CALL)])
    try:
        pairs = parse_qsl(body, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        assert knock(body, sign(CALL)) is Refusal.FORGED
        return
    expected = dict(pairs) if len(dict(pairs)) == len(pairs) else Refusal.FORGED
    assert knock(body, sign(dict(pairs))) == expected


# -- the gaps --------------------------------------------------------------------------------------------


def fields_with(**changes):
    return {name: value for name, value in {**CALL, **changes}.items() if value is not None}


MESSAGE = {"CallSid": None, "Digits": None, "MessageSid": "SM" + "1f" * 16}

SHAPES = [
    # Everything here is signed by the carrier: only the fields differ.
    (fields_with(), True),
    (fields_with(AccountSid="AC" + "1" * 32), False),
    (fields_with(AccountSid=None), False),
    (fields_with(CallSid=None), False),
    (fields_with(CallSid="CA" + "f" * 31), False),
    (fields_with(CallSid="CA" + "f" * 33), False),
    (fields_with(CallSid="CA" + "g" * 32), False),
    (fields_with(CallSid="CA" + "f" * 32 + "\n"), False),
    (fields_with(CallSid="SM" + "f" * 32), False),
    (fields_with(**MESSAGE), True),
    (fields_with(**{**MESSAGE, "MessageSid": "MM" + "A" * 32}), True),
    (fields_with(**{**MESSAGE, "MessageSid": "CA" + "A" * 32}), False),
    (fields_with(**{**MESSAGE, "MessageSid": "SM" + "f" * 33}), False),
    (fields_with(MessageSid="SM1"), False),
    (fields_with(Digits=None), True),
    (fields_with(Digits=""), True),
    (fields_with(Digits="0123456789*#"), True),
    (fields_with(Digits="5" * 32), True),
    (fields_with(Digits="5" * 33), False),
    (fields_with(Digits="A"), False),
    (fields_with(Digits="5\n"), False),
    (fields_with(Digits="٥"), False),
    (fields_with(From="anonymous"), True),
    (fields_with(From=""), True),
    (fields_with(From=None), True),
]


@pytest.mark.parametrize(("fields", "comes_in"), SHAPES)
def test_signed_fields_must_have_their_shape_and_only_an_odd_caller_may_be_odd(fields, comes_in):
    assert enter(fields) == (fields if comes_in else Refusal.FORGED)


TEXTED = {"AccountSid": ACCOUNT, "MessageSid": "SM" + "1f" * 16}
CALLED = {"AccountSid": ACCOUNT, "CallSid": CALL["CallSid"]}

SIGNED_ALIKE = [
    # (the ids, what the carrier signed beside them, what came with that signature, whether it comes in)
    (TEXTED, {"Body": "xDigits9"}, "Body=xDigits9", True),
    # The signature cannot tell these two apart, and both have the shape of a text.
    (TEXTED, {"Body": "xDigits9"}, "Body=x&Digits=9", True),
    # In a call the id sorts between the two, so it can.
    (CALLED, {"Body": "xDigits9"}, "Body=x&Digits=9", False),
    # What is cut out of a text has hardly ever the shape of the field it claims to be.
    (TEXTED, {"Body": "xDigits9 please"}, "Body=x&Digits=9+please", False),
    (TEXTED, {"Body": "my CallSid"}, "Body=my+&CallSid=", False),
    # A name that comes twice is signed once, whatever its first value was.
    (CALLED, {"Digits": "9"}, "Digits=9", True),
    (CALLED, {"Digits": "9"}, "Digits=9&Digits=9", False),
    (CALLED, {"Digits": "9"}, "Digits=5&Digits=9", False),
    (CALLED, {"Digits": "9"}, "Digits=9&%44igits=9", False),
]


@pytest.mark.parametrize(("ids", "signed", "came", "comes_in"), SIGNED_ALIKE)
def test_what_is_signed_alike_must_still_have_its_shape(ids, signed, came, comes_in):
    body = f"{urlencode(ids)}&{came}"
    entered = knock(body, sign({**ids, **signed}))
    assert entered == (dict(parse_qsl(body)) if comes_in else Refusal.FORGED)


@pytest.mark.parametrize("signature", ["", "=", "x" * 28, "é", "\udcff", sign(CALL, token="another")])
def test_a_missing_or_a_foreign_signature_is_refused(signature):
    assert knock(urlencode(CALL), signature) is Refusal.FORGED


CONTENT_TYPES = [
    (FORM, True),
    ("application/x-www-form-urlencoded", True),
    ("Application/X-WWW-Form-Urlencoded ;charset=utf-8", True),
    ("", False),
    ("application/json", False),
    ("text/plain", False),
    ("multipart/form-data; boundary=x", False),
    ("application/x-www-form-urlencoded2", False),
]


@pytest.mark.parametrize(("content_type", "comes_in"), CONTENT_TYPES)
def test_only_a_form_is_read(content_type, comes_in):
    # A signature over the address alone must not open the door to a body that it does not cover.
    entered = knock(urlencode(CALL), sign(CALL), content_type=content_type)
    assert entered == (CALL if comes_in else Refusal.NOT_A_FORM)


@pytest.mark.parametrize(("size", "comes_in"), [(LARGEST_BODY, True), (LARGEST_BODY + 1, False)])
def test_a_body_has_at_most_64_kb(size, comes_in):
    empty = urlencode({**CALL, "Body": ""})
    fields = {**CALL, "Body": "x" * (size - len(empty))}
    assert len(urlencode(fields)) == size
    assert enter(fields) == (fields if comes_in else Refusal.TOO_LARGE)


@pytest.mark.parametrize(("count", "comes_in"), [(MOST_FIELDS, True), (MOST_FIELDS + 1, False)])
def test_a_form_has_at_most_200_fields(count, comes_in):
    fields = {**CALL, **{f"f{n}": "" for n in range(count - len(CALL))}}
    assert enter(fields) == (fields if comes_in else Refusal.FORGED)


@pytest.mark.parametrize("value", ["%FF", "%C3", "%C3%28", "%ED%A0%80"])
def test_what_is_not_utf_8_is_refused(value):
    body = f"{urlencode(CALL)}&Body={value}"
    replaced = dict(parse_qsl(body, keep_blank_values=True))
    assert knock(body, sign(replaced)) is Refusal.FORGED


@pytest.mark.parametrize("body", [b"\xff", "Body=é".encode(), "Body=é".encode("latin-1"), b""])
def test_a_body_that_is_no_form_is_refused(body):
    assert knock(body, sign({})) is Refusal.FORGED


# -- whose key, which address ----------------------------------------------------------------------------

TOKENS = [
    (("old",), False),
    (("new",), True),
    (("old", "new"), True),
    (("new", "old"), True),
    (("", "old"), False),
]


@pytest.mark.parametrize(("tokens", "comes_in"), TOKENS)
def test_any_of_two_tokens_may_have_signed(tokens, comes_in):
    entered = enter(CALL, at=Door(PUBLIC, ACCOUNT, tokens), token="new")
    assert entered == (CALL if comes_in else Refusal.FORGED)


ADDRESSES = [
    # (the public address, the origin that the carrier signed, whether it comes in)
    ("https://line.example", "https://line.example", True),
    ("https://line.example", "https://line.example:443", True),
    ("https://line.example", "https://line.example:80", False),
    ("https://line.example", "http://line.example", False),
    ("https://line.example", "https://other.example", False),
    ("https://line.example:8443", "https://line.example:8443", True),
    ("https://line.example:8443", "https://line.example", True),
    ("https://line.example:8443", "https://line.example:443", False),
    ("http://localhost:5000", "http://localhost:5000", True),
    ("http://localhost", "http://localhost:80", True),
    ("http://localhost", "http://localhost:443", False),
]


@pytest.mark.parametrize(("public", "signed", "comes_in"), ADDRESSES)
def test_the_port_may_be_signed_or_not(public, signed, comes_in):
    entered = enter(CALL, at=Door(public, ACCOUNT, (TOKEN,)), url=signed + PATH)
    assert entered == (CALL if comes_in else Refusal.FORGED)
    assert RequestValidator(TOKEN).validate(public + PATH, CALL, sign(CALL, signed + PATH)) == comes_in
