#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes signature_cases.txt: signatures that implementations are known to disagree about, and what the ledger's rule says.

Everything is computed here from the curves' definitions, with no library, so the cases are independent of the code they test. Private values
are chosen, not random: the output never changes. Run it in this directory; the test reads the file, not the script.
"""
import hashlib

# ---- Ed25519 (RFC 8032) ----
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def ed_add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P) % P
    return x, y


def ed_mul(k, a):
    result = (0, 1)
    while k:
        if k & 1:
            result = ed_add(result, a)
        a = ed_add(a, a)
        k >>= 1
    return result


def ed_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if x * x % P != x2:
        x = x * SQRT_M1 % P
    if x * x % P != x2:
        return None
    return P - x if x & 1 != sign and x else x


def ed_bytes(a):
    return (a[1] | (a[0] & 1) << 255).to_bytes(32, "little")


ED_B = (ed_x(4 * pow(5, P - 2, P) % P, 0), 4 * pow(5, P - 2, P) % P)


def challenge(r, a, m):
    return int.from_bytes(hashlib.sha512(r + a + m).digest(), "little") % L


def torsion_generator():
    """A point of order 8: L times a point that is not in the subgroup of order L, where it still has order 8."""
    y = 2
    while True:
        x = ed_x(y, 0)
        if x is not None:
            t = ed_mul(L, (x, y))
            if ed_mul(4, t) != (0, 1):
                return t
        y += 1


T8 = torsion_generator()
SECRET = int.from_bytes(hashlib.sha512(b"causeway: a signer of test cases").digest(), "little") % L
cases = []


def emit(name, algorithm, key, message, signature, valid):
    cases.append((name, algorithm, key.hex(), message.hex() or "-", signature.hex() or "-", "valid" if valid else "invalid"))


def ed_emit(name, key, message, r, s, valid):
    emit(name, "ed25519", key, message, r + s.to_bytes(32, "little"), valid)


def ed_sign(name, a_point, a_bytes, secret, want_j, r_torsion, valid, r_bytes=None, r_scalar=None):
    """R = r·B + r_torsion·T8, S = r + k·secret. Tries messages until (r_torsion + k·a_torsion) mod 8 is want_j, where a_torsion is A's part of small
    order: 0 makes the equation without cofactor hold, anything else only the one with cofactor."""
    a_torsion = next(i for i in range(8) if ed_mul(i, T8) == ed_mul(pow(L, -1, 8) * L, a_point))
    for n in range(4096):
        m = b"case %d" % n
        r = r_scalar if r_scalar is not None else (n + 1) * 7919**20 % L
        r_point = ed_add(ed_mul(r, ED_B), ed_mul(r_torsion, T8))
        rb = r_bytes or ed_bytes(r_point)
        k = challenge(rb, a_bytes, m)
        if (r_torsion + k * a_torsion) % 8 == want_j:
            ed_emit(name, a_bytes, m, rb, (r + k * secret) % L, valid)
            return m, rb, (r + k * secret) % L
    raise AssertionError(name)


def ed25519_cases():
    a = ed_mul(SECRET, ED_B)
    ab = ed_bytes(a)
    m, rb, s = ed_sign("an ordinary signature", a, ab, SECRET, 0, 0, True)
    ed_emit("another message", ab, m + b"!", rb, s, False)
    ed_emit("S + L", ab, m, rb, s + L, False)
    ed_emit("S + 8 L", ab, m, rb, s + 8 * L, False)
    ed_emit("S + 15 L", ab, m, rb, s + 15 * L, False)
    ed_emit("L - S", ab, m, rb, L - s, False)
    ed_emit("S of zero", ab, m, rb, 0, False)
    ed_emit("S of L", ab, m, rb, L, False)
    ed_emit("S of L - 1", ab, m, rb, L - 1, False)
    ed_emit("S of all ones", ab, m, rb, 2**256 - 1, False)
    ed_emit("S with its top bit set", ab, m, rb, s | 1 << 255, False)
    signature = rb + s.to_bytes(32, "little")
    emit("empty signature", "ed25519", ab, m, b"", False)
    emit("signature a byte short", "ed25519", ab, m, signature[:63], False)
    emit("signature a byte long", "ed25519", ab, m, signature + b"\0", False)
    emit("key a byte short", "ed25519", ab[:31], m, signature, False)
    emit("key a byte long", "ed25519", ab + b"\0", m, signature, False)
    emit("empty key", "ed25519", b"", m, signature, False)
    emit("key with its sign bit turned", "ed25519", ed_bytes((P - a[0], a[1])), m, signature, False)
    ed_emit("R with its sign bit turned", ab, m, bytes([*rb[:31], rb[31] ^ 0x80]), s, False)
    off_curve = next(y for y in range(2, 100) if ed_x(y, 0) is None)
    emit("key off the curve", "ed25519", off_curve.to_bytes(32, "little"), m, signature, False)
    ed_emit("R off the curve", ab, m, off_curve.to_bytes(32, "little"), s, False)

    # Messages for which S = r + k·a satisfies the equation with R = r·B of a known r. S of zero: r = -k·a cannot be had, since k depends on R.
    for j in range(8):
        # Keys of small order: with [k]A = 0 the equation holds for any S and R = [S]B.
        t = ed_mul(j, T8)
        ed_sign(f"key of small order, {j} times the generator", t, ed_bytes(t), 0, 0, 0, False)
    for j in range(8):
        # R of small order: S = k·a. With a mixed key the torsions cancel for the right message.
        mixed = ed_add(a, T8)
        ed_sign(f"R of small order, {j} times the generator", mixed, ed_bytes(mixed), SECRET, 0, j, False, r_scalar=0)
    ed_sign("R is the identity", a, ab, SECRET, 0, 0, False, r_scalar=0)

    # Encodings that are not canonical, of points for which a signature can be made: y = 1 and y = 0, as y + p, or with a sign bit where x = 0.
    identity_forms = {
        "y of p + 1": (P + 1).to_bytes(32, "little"),
        "y of 1 with a sign bit": (1 | 1 << 255).to_bytes(32, "little"),
        "y of p + 1 with a sign bit": (P + 1 | 1 << 255).to_bytes(32, "little"),
    }
    for name, form in identity_forms.items():
        ed_sign(f"key is the identity, {name}", (0, 1), form, 0, 0, 0, False)
        ed_sign(f"R is the identity, {name}", a, ab, SECRET, 0, 0, False, r_bytes=form, r_scalar=0)
    minus_one = (0, P - 1)
    ed_sign("key of order 2, sign bit where x is 0", minus_one, (P - 1 | 1 << 255).to_bytes(32, "little"), 0, 0, 0, False)
    for sign in (0, 1):
        x = ed_x(0, sign)
        form = (P | sign << 255).to_bytes(32, "little")
        ed_sign(f"key of order 4, y of p, sign bit {sign}", (x, 0), form, 0, 0, 0, False)
    for y in range(P, 2**255):
        for sign in (0, 1):
            form = (y | sign << 255).to_bytes(32, "little")
            emit(f"key with y of p + {y - P}, sign bit {sign}", "ed25519", form, m, signature, False)
            ed_emit(f"R with y of p + {y - P}, sign bit {sign}", ab, m, form, s, False)

    # Mixed order: the equation without cofactor decides, byte for byte.
    for j in range(1, 8):
        mixed = ed_add(a, ed_mul(j, T8))
        mb = ed_bytes(mixed)
        ed_sign(f"key of mixed order {j}, R of prime order, equation without cofactor holds", mixed, mb, SECRET, 0, 0, True)
        ed_sign(f"key of mixed order {j}, R of mixed order, equation without cofactor holds", mixed, mb, SECRET, 0, (8 - j) % 8 or 1, True)
        want = 4 if j % 4 == 0 else 2 if j % 2 == 0 else 1
        ed_sign(f"key of mixed order {j}, only the equation with cofactor holds", mixed, mb, SECRET, want, 0, False)
    ed_sign("R of mixed order, only the equation with cofactor holds", a, ab, SECRET, 3, 3, False)


# ---- P-256 (FIPS 186-5, SEC 1) ----
Q = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def ec_add(a, b):
    if a is None:
        return b
    if b is None:
        return a
    if a[0] == b[0]:
        if (a[1] + b[1]) % Q == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], Q - 2, Q)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], Q - 2, Q)
    x = (slope * slope - a[0] - b[0]) % Q
    return x, (slope * (a[0] - x) - a[1]) % Q


def ec_mul(k, a):
    result = None
    while k:
        if k & 1:
            result = ec_add(result, a)
        a = ec_add(a, a)
        k >>= 1
    return result


def ec_y(x):
    y2 = (x**3 - 3 * x + B) % Q
    y = pow(y2, (Q + 1) // 4, Q)
    return y if y * y % Q == y2 else None


def ec_bytes(a):
    return bytes([2 + (a[1] & 1)]) + a[0].to_bytes(32, "big")


def digest(m):
    return int.from_bytes(hashlib.sha256(m).digest(), "big")


def ec_emit(name, key, message, r, s, valid):
    emit(name, "p256", key, message, r.to_bytes(32, "big") + s.to_bytes(32, "big"), valid)


def key_for(r_point, r, s, m):
    """The public key under which (r, s) over m verifies with R = r_point: (s·R − z·G) / r."""
    inverse = pow(r, -1, N)
    return ec_add(ec_mul(s * inverse % N, r_point), ec_mul(-digest(m) * inverse % N, G))


def p256_cases():
    d = SECRET % N
    key = ec_bytes(ec_mul(d, G))
    m = b"an order to redeem"
    k = digest(b"causeway: a nonce of a test case") % N
    r = ec_mul(k, G)[0] % N
    s = pow(k, -1, N) * (digest(m) + r * d) % N
    s = min(s, N - s)
    ec_emit("an ordinary signature", key, m, r, s, True)
    ec_emit("another message", key, m + b"!", r, s, False)
    ec_emit("high s", key, m, r, N - s, False)
    ec_emit("s + n", key, m, r, min(s + N, 2**256 - 1), False)
    ec_emit("n - r", key, m, N - r, s, False)
    for name, value in (("0", 0), ("1", 1), ("n", N), ("n - 1", N - 1), ("n + 1", N + 1), ("p", Q), ("2^256 - 1", 2**256 - 1)):
        ec_emit(f"r of {name}", key, m, value, s, False)
        ec_emit(f"s of {name}", key, m, r, value, False)
    ec_emit("r and s of 0", key, m, 0, 0, False)
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    emit("empty signature", "p256", key, m, b"", False)
    emit("signature a byte short", "p256", key, m, signature[:63], False)
    emit("signature a byte long", "p256", key, m, signature + b"\0", False)
    der = b"\x30\x44\x02\x20" + (r % 2**255).to_bytes(32, "big") + b"\x02\x20" + s.to_bytes(32, "big")
    emit("signature in DER", "p256", key, m, der, False)
    emit("key with its other y", "p256", bytes([key[0] ^ 1]) + key[1:], m, signature, False)
    for prefix in (0, 1, 4, 5, 6, 7, 0x82, 255):
        emit(f"key with the prefix {prefix}", "p256", bytes([prefix]) + key[1:], m, signature, False)
    point = ec_mul(d, G)
    emit("key uncompressed", "p256", b"\4" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big"), m, signature, False)
    emit("key hybrid", "p256", bytes([6 + (point[1] & 1)]) + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big"), m,
         signature, False)
    emit("key a byte short", "p256", key[:32], m, signature, False)
    emit("empty key", "p256", b"", m, signature, False)
    emit("key of infinity", "p256", b"\0", m, signature, False)
    off_curve = next(x for x in range(1, 100) if ec_y(x) is None)
    emit("key off the curve", "p256", b"\2" + off_curve.to_bytes(32, "big"), m, signature, False)
    for x in (Q, Q + 5, 2**256 - 1):
        emit(f"key with x of p + {x - Q}", "p256", b"\2" + x.to_bytes(32, "big"), m, signature, False)

    # Made from the end: choose R and s, and find the key.
    half = (N - 1) // 2
    for name, s_chosen, valid in (("s of (n - 1) / 2", half, True), ("s of (n + 1) / 2", half + 1, False), ("s of 1, a key to match", 1, True)):
        ec_emit(name, ec_bytes(key_for(ec_mul(k, G), r, s_chosen, m)), m, r, s_chosen, valid)
    x = next(v for v in range(N, Q) if ec_y(v) is not None)
    wrapped = (x, ec_y(x))
    wrapped_key = ec_bytes(key_for(wrapped, x - N, s, m))
    ec_emit("x of R is above n, r is x - n", wrapped_key, m, x - N, s, True)
    ec_emit("x of R is above n, r is x", wrapped_key, m, x, s, False)
    small = next(v for v in range(1, 100) if ec_y(v) is not None)
    ec_emit("r as small as can be", ec_bytes(key_for((small, ec_y(small)), small, s, m)), m, small, s, True)
    ec_emit("R would be the point at infinity", ec_bytes(ec_mul(-digest(m) * pow(r, -1, N) % N, G)), m, r, s, False)


ed25519_cases()
p256_cases()
with open("signature_cases.txt", "w", encoding="ascii") as out:
    out.write("# Written by make_signature_cases.py. algorithm | public key | message | signature | verdict | name; \"-\" is the empty string.\n")
    for name, algorithm, key, message, signature, verdict in cases:
        out.write(" | ".join((algorithm, key or "-", message, signature, verdict, name)) + "\n")
