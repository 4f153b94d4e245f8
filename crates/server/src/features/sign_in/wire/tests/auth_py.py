"""Supabase's own client for Python, unmodified, against a running product.

Usage: python auth_py.py URL EMAIL PASSWORD
"""

import base64
import hashlib
import hmac
import struct
import sys
import time

from supabase_auth import SyncGoTrueClient
from supabase_auth.errors import AuthApiError, AuthSessionMissingError, AuthWeakPasswordError

URL, EMAIL, PASSWORD = sys.argv[1:]


def client():
    return SyncGoTrueClient(
        url=f"{URL}/auth/v1",
        headers={"apikey": "publishable"},
        auto_refresh_token=False,
        persist_session=False,
    )


def signed_in(password=PASSWORD):
    auth = client()
    auth.sign_in_with_password({"email": EMAIL, "password": password})
    return auth


def refused(ask, status, code):
    try:
        ask()
    except (AuthApiError, AuthWeakPasswordError) as error:
        assert (error.status, error.code) == (status, code), (error.status, error.code)
        return
    raise AssertionError(f"{code} was expected")


def is_over(ask):
    """The server says that the session is over; the client may have an error of its own for it."""
    try:
        ask()
    except AuthSessionMissingError:
        return
    except AuthApiError as error:
        assert (error.status, error.code) == (403, "session_not_found"), (error.status, error.code)
        return
    raise AssertionError("the session is not over")


def totp(secret, steps=0):
    """RFC 6238; `steps` from now."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counter = struct.pack(">Q", int(time.time() // 30) + steps)
    mac = hmac.new(key, counter, hashlib.sha1).digest()
    offset = mac[19] & 15
    number = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
    return str(number % 1_000_000).zfill(6)


def sign_in_look_refresh():
    auth = client()
    wrong = {"email": EMAIL, "password": "wrong"}
    refused(lambda: auth.sign_in_with_password(wrong), 400, "invalid_credentials")
    answer = auth.sign_in_with_password({"email": EMAIL, "password": PASSWORD})
    assert answer.user.email == EMAIL
    assert answer.user.app_metadata["role"] == "owner"
    assert auth.get_user().user.id == answer.user.id
    known = auth.get_claims()
    assert known["headers"]["alg"] == "ES256"
    assert known["claims"]["sub"] == answer.user.id
    assert known["claims"]["aal"] == "aal1"
    following = auth.refresh_session()
    assert following.session.refresh_token != answer.session.refresh_token
    assert auth.get_claims()["claims"]["session_id"] == known["claims"]["session_id"]


def say_something_of_oneself():
    auth = signed_in()
    user = auth.update_user({"data": {"nickname": "Ada"}}).user
    assert user.user_metadata["nickname"] == "Ada"
    refused(lambda: auth.update_user({"password": "short"}), 422, "weak_password")
    refused(lambda: auth.update_user({"password": PASSWORD}), 422, "same_password")


def sign_up():
    asked = {"email": "new@example.com", "password": "a new long password"}
    assert client().sign_up(asked).session.access_token
    refused(lambda: client().sign_up(asked), 422, "user_already_exists")
    weak = {"email": "other@example.com", "password": "short"}
    refused(lambda: client().sign_up(weak), 422, "weak_password")


def sign_out_in_three_scopes():
    here, there, third = signed_in(), signed_in(), signed_in()
    token = there.get_session().access_token
    here.sign_out({"scope": "others"})
    is_over(lambda: client().get_user(token))
    is_over(third.get_user)
    assert here.get_user().user.email == EMAIL
    kept = here.get_session().access_token
    again = signed_in()
    ended = again.get_session().access_token
    again.sign_out({"scope": "local"})
    is_over(lambda: client().get_user(ended))
    assert client().get_user(kept).user, "only one session has ended"
    fourth = signed_in()
    here.sign_out()
    is_over(lambda: client().get_user(kept))
    is_over(fourth.get_user)


def second_factor():
    auth, other = signed_in(), signed_in()
    level = auth.mfa.get_authenticator_assurance_level()
    assert (level.current_level, level.next_level) == ("aal1", "aal1")

    phone = {"factor_type": "totp", "friendly_name": "phone"}
    factor = auth.mfa.enroll(phone)
    assert factor.totp.qr_code.startswith("data:image/svg+xml;utf-8,<svg")
    assert factor.totp.uri.startswith("otpauth://totp/")
    refused(lambda: auth.mfa.enroll(phone), 422, "mfa_factor_name_conflict")

    challenge = auth.mfa.challenge({"factor_id": factor.id})
    answer = {"factor_id": factor.id, "challenge_id": challenge.id}
    bad = {**answer, "code": "000000"}
    refused(lambda: auth.mfa.verify(bad), 422, "mfa_verification_failed")
    code = totp(factor.totp.secret, -1)
    auth.mfa.verify({**answer, "code": code})
    level = auth.mfa.get_authenticator_assurance_level()
    assert level.current_level == "aal2"
    methods = [shown.method for shown in level.current_authentication_methods]
    assert methods == ["totp", "password"], methods
    is_over(other.get_user)

    asked = auth.mfa.challenge({"factor_id": factor.id})
    replayed = {"factor_id": factor.id, "challenge_id": asked.id, "code": code}
    refused(lambda: auth.mfa.verify(replayed), 422, "mfa_verification_failed")
    assert [one.friendly_name for one in auth.mfa.list_factors().totp] == ["phone"]

    low = signed_in()
    assert low.mfa.get_authenticator_assurance_level().next_level == "aal2"
    gone = {"factor_id": factor.id}
    refused(lambda: low.mfa.unenroll(gone), 422, "insufficient_aal")
    refused(lambda: low.mfa.enroll({"factor_type": "totp"}), 403, "insufficient_aal")
    low.mfa.challenge_and_verify({**gone, "code": totp(factor.totp.secret)})
    assert low.mfa.unenroll(gone).id == factor.id
    assert not low.refresh_session().user.factors
    assert low.mfa.get_authenticator_assurance_level().current_level == "aal1"


def a_new_password_ends_the_other_sessions():
    auth, other = signed_in(), signed_in()
    auth.update_user({"password": "another long password"})
    is_over(other.get_user)
    assert auth.get_user().user.email == EMAIL
    signed_in("another long password")


for story in (
    sign_in_look_refresh,
    say_something_of_oneself,
    sign_up,
    sign_out_in_three_scopes,
    second_factor,
    a_new_password_ends_the_other_sessions,
):
    story()
    print(f"ok: {story.__name__}")
