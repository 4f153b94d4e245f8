// Supabase's own client, unmodified, against a running product.
// Usage: node auth_js.mjs MODULES URL EMAIL PASSWORD
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";

const [modules, url, email, password] = process.argv.slice(2);
const { GoTrueClient } = createRequire(`${modules}/`)("@supabase/auth-js");

const client = () =>
  new GoTrueClient({
    url: `${url}/auth/v1`,
    headers: { apikey: "publishable" },
    autoRefreshToken: false,
    persistSession: false,
    detectSessionInUrl: false,
  });

/** The answer, when nothing is wrong. */
const right = async (asked) => {
  const { data, error } = await asked;
  assert.equal(error, null, error && `${error.code}: ${error.message}`);
  return data;
};
/** The error's code and status. */
const wrong = async (asked) => {
  const { error } = await asked;
  assert.ok(error, "an error was expected");
  return [error.status, error.code];
};

/** The server says that the session is over; the client has an error of its own for it. */
const isOver = async (asked) => {
  const { error } = await asked;
  assert.equal(error?.name, "AuthSessionMissingError", String(error));
};

const base32 = (text) => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  let bits = "";
  for (const letter of text.replace(/=+$/, "")) {
    bits += alphabet.indexOf(letter).toString(2).padStart(5, "0");
  }
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
};
/** RFC 6238; `steps` from now. */
const totp = (secret, steps = 0) => {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", base32(secret)).update(counter).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
};

const stories = {
  async "sign in, look, refresh"() {
    const auth = client();
    assert.deepEqual(await wrong(auth.signInWithPassword({ email, password: "wrong" })), [
      400,
      "invalid_credentials",
    ]);
    const { session, user } = await right(auth.signInWithPassword({ email, password }));
    assert.equal(user.email, email);
    assert.equal(user.app_metadata.role, "owner");
    assert.equal((await right(auth.getUser())).user.id, user.id);
    const { claims, header } = await right(auth.getClaims());
    assert.equal(header.alg, "ES256");
    assert.equal(claims.sub, user.id);
    assert.equal(claims.aal, "aal1");
    const next = await right(auth.refreshSession());
    assert.notEqual(next.session.refresh_token, session.refresh_token);
    assert.equal((await right(auth.getClaims())).claims.session_id, claims.session_id);
  },

  async "say something of oneself"() {
    const auth = client();
    await right(auth.signInWithPassword({ email, password }));
    const { user } = await right(auth.updateUser({ data: { nickname: "Ada" } }));
    assert.equal(user.user_metadata.nickname, "Ada");
    assert.deepEqual(await wrong(auth.updateUser({ password: "short" })), [422, "weak_password"]);
    assert.deepEqual(await wrong(auth.updateUser({ password })), [422, "same_password"]);
  },

  async "sign up"() {
    const auth = client();
    const asked = { email: "new@example.com", password: "a new long password" };
    const { session } = await right(auth.signUp(asked));
    assert.ok(session.access_token);
    assert.deepEqual(await wrong(client().signUp(asked)), [422, "user_already_exists"]);
    const weak = { email: "other@example.com", password: "short" };
    assert.deepEqual(await wrong(client().signUp(weak)), [422, "weak_password"]);
  },

  async "sign out in three scopes"() {
    const [here, there, third] = [client(), client(), client()];
    for (const auth of [here, there, third]) {
      await right(auth.signInWithPassword({ email, password }));
    }
    const token = (await right(there.getSession())).session.access_token;
    await right(here.signOut({ scope: "others" }).then(({ error }) => ({ data: {}, error })));
    await isOver(client().getUser(token));
    assert.ok((await right(here.getUser())).user);
    const kept = (await right(here.getSession())).session.access_token;
    const again = client();
    await right(again.signInWithPassword({ email, password }));
    await again.signOut({ scope: "local" });
    assert.ok((await right(client().getUser(kept))).user, "only one session has ended");
    await here.signOut();
    await isOver(client().getUser(kept));
    await isOver(third.getUser());
  },

  async "second factor"() {
    const auth = client();
    await right(auth.signInWithPassword({ email, password }));
    const other = client();
    await right(other.signInWithPassword({ email, password }));
    const level = async () => right(auth.mfa.getAuthenticatorAssuranceLevel());
    assert.deepEqual([(await level()).currentLevel, (await level()).nextLevel], ["aal1", "aal1"]);

    const factor = await right(auth.mfa.enroll({ factorType: "totp", friendlyName: "phone" }));
    assert.match(factor.totp.qr_code, /^data:image\/svg\+xml;utf-8,<svg/);
    assert.match(factor.totp.uri, /^otpauth:\/\/totp\//);
    const same = { factorType: "totp", friendlyName: "phone" };
    assert.deepEqual(await wrong(auth.mfa.enroll(same)), [422, "mfa_factor_name_conflict"]);

    const factorId = factor.id;
    const challenge = await right(auth.mfa.challenge({ factorId }));
    const bad = { factorId, challengeId: challenge.id, code: "000000" };
    assert.deepEqual(await wrong(auth.mfa.verify(bad)), [422, "mfa_verification_failed"]);
    const code = totp(factor.totp.secret, -1);
    await right(auth.mfa.verify({ factorId, challengeId: challenge.id, code }));
    assert.equal((await level()).currentLevel, "aal2");
    const claims = (await right(auth.getClaims())).claims;
    assert.deepEqual(claims.amr.map(({ method }) => method), ["totp", "password"]);
    await isOver(other.getUser());

    const replayed = await right(auth.mfa.challenge({ factorId }));
    const again = { factorId, challengeId: replayed.id, code };
    assert.deepEqual(await wrong(auth.mfa.verify(again)), [422, "mfa_verification_failed"]);

    const listed = await right(auth.mfa.listFactors());
    assert.deepEqual(listed.totp.map(({ friendly_name }) => friendly_name), ["phone"]);

    const low = client();
    await right(low.signInWithPassword({ email, password }));
    assert.equal((await right(low.mfa.getAuthenticatorAssuranceLevel())).nextLevel, "aal2");
    assert.deepEqual(await wrong(low.mfa.unenroll({ factorId })), [422, "insufficient_aal"]);
    assert.deepEqual(await wrong(low.mfa.enroll({ factorType: "totp" })), [403, "insufficient_aal"]);
    await right(low.mfa.challengeAndVerify({ factorId, code: totp(factor.totp.secret, 0) }));
    await right(low.mfa.unenroll({ factorId }));
    const refreshed = await right(low.refreshSession());
    assert.equal(refreshed.user.factors?.length ?? 0, 0);
    assert.equal((await right(low.mfa.getAuthenticatorAssuranceLevel())).currentLevel, "aal1");
  },

  async "a new password ends the other sessions"() {
    const [auth, other] = [client(), client()];
    await right(auth.signInWithPassword({ email, password }));
    await right(other.signInWithPassword({ email, password }));
    const changed = "another long password";
    await right(auth.updateUser({ password: changed }));
    await isOver(other.getUser());
    assert.ok((await right(auth.getUser())).user);
    await right(client().signInWithPassword({ email, password: changed }));
  },
};

for (const [name, story] of Object.entries(stories)) {
  await story().catch((error) => {
    error.message = `${name}: ${error.message}`;
    throw error;
  });
  console.log(`ok: ${name}`);
}
