// Supabase's own client, unmodified, against a running product.
// Usage: node auth_js.mjs MODULES URL EMAIL PASSWORD
import assert from "node:assert/strict";
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign } from "node:crypto";
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

const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
/** CBOR of whole numbers below 65536, bytes, texts and maps: what a device writes. */
const cbor = (value) => {
  const head = (kind, number) => {
    if (number < 24) return Buffer.from([(kind << 5) | number]);
    if (number < 256) return Buffer.from([(kind << 5) | 24, number]);
    return Buffer.from([(kind << 5) | 25, number >> 8, number & 255]);
  };
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([head(3, text.length), text]);
  }
  const pairs = [...value].flatMap(([key, one]) => [cbor(key), cbor(one)]);
  return Buffer.concat([head(5, value.size), ...pairs]);
};

/** A device in software with keys of one algorithm, which finds them by the account. */
class Device {
  #keys = new Map();
  #count = 0;
  constructor(algorithm) {
    this.algorithm = algorithm;
  }

  #newKey() {
    if (this.algorithm === -8) {
      const pair = generateKeyPairSync("ed25519");
      const { x } = pair.publicKey.export({ format: "jwk" });
      const cose = new Map([[1, 1], [3, -8], [-1, 6], [-2, Buffer.from(x, "base64url")]]);
      return { pair, cose };
    }
    if (this.algorithm === -257) {
      const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const { n, e } = pair.publicKey.export({ format: "jwk" });
      const [modulus, exponent] = [Buffer.from(n, "base64url"), Buffer.from(e, "base64url")];
      return { pair, cose: new Map([[1, 3], [3, -257], [-1, modulus], [-2, exponent]]) };
    }
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { x, y } = pair.publicKey.export({ format: "jwk" });
    const [left, right] = [Buffer.from(x, "base64url"), Buffer.from(y, "base64url")];
    return { pair, cose: new Map([[1, 2], [3, -7], [-1, 1], [-2, left], [-3, right]]) };
  }

  #statement(rpId, flags, more = Buffer.alloc(0)) {
    const count = Buffer.alloc(4);
    count.writeUInt32BE((this.#count += 1));
    return Buffer.concat([sha256(Buffer.from(rpId)), Buffer.from([flags]), count, more]);
  }

  #clientData(type, challenge) {
    return Buffer.from(JSON.stringify({ type, challenge, origin: new URL(url).origin, crossOrigin: false }));
  }

  #credential(id, response) {
    const name = id.toString("base64url");
    return { id: name, rawId: name, type: "public-key", clientExtensionResults: {}, response };
  }

  create(options) {
    assert.ok(options.pubKeyCredParams.some(({ alg }) => alg === this.algorithm));
    const { pair, cose } = this.#newKey();
    const id = randomBytes(16);
    this.#keys.set(options.rp.id, { pair, id, user: options.user.id });
    const length = Buffer.from([0, id.length]);
    const attested = Buffer.concat([Buffer.alloc(16), length, id, cbor(cose)]);
    // There, verified, and with a new key.
    const authData = this.#statement(options.rp.id, 0x45, attested);
    const object = cbor(new Map([["fmt", "none"], ["attStmt", new Map()], ["authData", authData]]));
    return this.#credential(id, {
      clientDataJSON: this.#clientData("webauthn.create", options.challenge).toString("base64url"),
      attestationObject: object.toString("base64url"),
      transports: ["internal"],
    });
  }

  get(options) {
    assert.deepEqual(options.allowCredentials, []);
    const { pair, id, user } = this.#keys.get(options.rpId);
    const clientData = this.#clientData("webauthn.get", options.challenge);
    const authData = this.#statement(options.rpId, 0x05);
    const signed = Buffer.concat([authData, sha256(clientData)]);
    const signature = sign(this.algorithm === -8 ? null : "sha256", signed, pair.privateKey);
    return this.#credential(id, {
      clientDataJSON: clientData.toString("base64url"),
      authenticatorData: authData.toString("base64url"),
      signature: signature.toString("base64url"),
      userHandle: user,
    });
  }
}

const stories = {
  async "passkeys"() {
    const auth = client();
    const { user } = await right(auth.signInWithPassword({ email, password }));
    assert.deepEqual(await right(auth.passkey.list()), []);
    for (const algorithm of [-7, -8, -257]) {
      const device = new Device(algorithm);
      const offer = await right(auth.passkey.startRegistration());
      assert.ok(offer.expires_at > Date.now() / 1000);
      const answer = { challengeId: offer.challenge_id, credential: device.create(offer.options) };
      const made = await right(auth.passkey.verifyRegistration(answer));
      assert.ok(made.id && made.created_at && made.friendly_name);
      assert.deepEqual(await wrong(auth.passkey.verifyRegistration(answer)), [
        400,
        "webauthn_challenge_not_found",
      ]);

      const other = client();
      const asked = await right(other.passkey.startAuthentication());
      const credential = device.get(asked.options);
      const shown = { challengeId: asked.challenge_id, credential };
      const { session } = await right(other.passkey.verifyAuthentication(shown));
      assert.equal(session.user.id, user.id);
      assert.equal((await right(other.getUser())).user.email, email);
      const { claims } = await right(other.getClaims());
      assert.equal(claims.aal, "aal1");
      assert.deepEqual(claims.amr.map(({ method }) => method), ["passkey"]);
      assert.ok((await right(other.refreshSession())).session.access_token);
      assert.deepEqual(await wrong(client().passkey.verifyAuthentication(shown)), [
        400,
        "webauthn_challenge_not_found",
      ]);

      const [listed, ...more] = await right(auth.passkey.list());
      assert.deepEqual(more, []);
      assert.equal(listed.id, made.id);
      assert.ok(listed.last_used_at);
      const renamed = { passkeyId: made.id, friendlyName: "Work laptop" };
      assert.equal((await right(auth.passkey.update(renamed))).friendly_name, "Work laptop");
      await right(auth.passkey.delete({ passkeyId: made.id }));
      assert.deepEqual(await right(auth.passkey.list()), []);
      assert.deepEqual(await wrong(auth.passkey.update(renamed)), [
        404,
        "webauthn_credential_not_found",
      ]);
    }
  },

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
