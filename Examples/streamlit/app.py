"""A Streamlit page behind Gatehouse: who is signed in, and the API called as that person.

Gatehouse shows this page to signed-in people only. It tells who is asking in headers, which Streamlit keeps from the
opening of the page's WebSocket: `X-Forwarded-User` and, for calls to the API, `Authorization`.
"""

import json
import os
import urllib.error
import urllib.parse
import urllib.request

import streamlit as st

# The API is on this machine: a proxy from the environment has no business with the person's token.
api = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def identity(name: str) -> str | None:
    """The header `X-Forwarded-<name>`; Gatehouse percent-encodes what is not plain ASCII."""
    value = st.context.headers.get(f"X-Forwarded-{name}")
    return urllib.parse.unquote(value) if value else None


def call_api(path: str) -> dict:
    """GET `path` below the API's address as the person who has this page open.

    The token was handed over when the page was opened and lives as long as the person's session; each call is checked
    against the session, so that it ends with it.
    """
    request = urllib.request.Request(
        os.environ["GATEHOUSE_API_URL"].rstrip("/") + path,
        headers={"Authorization": st.context.headers["Authorization"], "Accept": "application/json"},
    )
    with api.open(request, timeout=10) as response:
        return json.load(response)


st.set_page_config(page_title="Behind Gatehouse", page_icon="🔐")
st.title("Behind Gatehouse")

user = identity("User")
if user is None:
    st.error("Nobody is signed in: this page was opened without Gatehouse. Start it with scripts/run, or with "
             "gatehouse dev --ui \"streamlit run Examples/streamlit/app.py\".")
    st.stop()
st.write(f"Signed in as **{user}** (roles: {identity('Groups') or 'none'}).")

if "GATEHOUSE_API_URL" not in os.environ or "Authorization" not in st.context.headers:
    st.warning("Gatehouse handed over no token, so the API cannot be called from here. It does so for a UI that it starts "
               "itself; for a UI given by its URL, set `ui_identity: bearer` and GATEHOUSE_API_URL.")
    st.stop()

# Streamlit runs this file from top to bottom again whenever a widget is used, and so calls the API again.
calls = st.session_state.calls = st.session_state.get("calls", 0) + 1
me = None
try:
    me = call_api("/v1/auth/me")
    st.success(f"API says: you are {me['username']}, call {calls}.")
except urllib.error.HTTPError as error:
    st.error(f"API says: no ({error.code}). If your session has ended, reload the page and sign in again.")
except (OSError, ValueError) as error:
    st.error(f"The API cannot be reached: {error}. See the log of Gatehouse.")

st.button("Ask the API again")
st.markdown("[Change password](/auth/password) · [Sign out](/auth/sign-out)")
if me:
    st.json(me)
