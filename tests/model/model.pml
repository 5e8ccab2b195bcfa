// SPDX-License-Identifier: Apache-2.0
// Everything that n = 4 validators, one of them Byzantine, can do in three views; with WIPED, one of the honest loses its log.
#include "voting.pml"

// What must hold: no view has a nullification and a finalization, and of two finalized blocks one descends from the other.
hidden byte one, other, ancestor;
inline check_agreement() {
  one = 1;
  do
  :: one < BLOCKS && !IS_FINALIZED(one) -> one++
  :: one < BLOCKS && IS_FINALIZED(one) ->
    assert(!IS_NULLIFIED(VIEW_OF(one)));
    other = 1;
    do
    :: other < BLOCKS && (VIEW_OF(other) < VIEW_OF(one) || !IS_FINALIZED(other)) -> other++
    :: other < BLOCKS && VIEW_OF(other) >= VIEW_OF(one) && IS_FINALIZED(other) ->
      ancestor = other;
      do
      :: VIEW_OF(ancestor) > VIEW_OF(one) -> ancestor = parent[ancestor]
      :: else -> break
      od;
      assert(ancestor == one);
      other++
    :: else -> break
    od;
    one++
  :: else -> break
  od;
  one = 0
}

// The honest ones are alike: of states that differ in their order alone, one is looked at.
#define KEY(i, v) (signed_by[i].notarized[v] + 4 * signed_by[i].finalized[v] + 16 * signed_by[i].nullified[v])
#if VIEWS > 2
#define THIRD_KEY(i) KEY(i, 3)
#else
#define THIRD_KEY(i) 0
#endif
#define KEYS(i) (KEY(i, 1) + 32 * KEY(i, 2) + 1024 * THIRD_KEY(i))
hidden byte row, held;
#define SWAP(x, y) held = x; x = y; y = held
inline sort(i, j) {
  if
  :: KEYS(i) > KEYS(j) ->
    SWAP(last_view[i], last_view[j]);
    row = 1;
    do
    :: row <= VIEWS ->
      SWAP(signed_by[i].notarized[row], signed_by[j].notarized[row]);
      SWAP(signed_by[i].finalized[row], signed_by[j].finalized[row]);
      SWAP(signed_by[i].nullified[row], signed_by[j].nullified[row]);
      row++
    :: else -> break
    od
  :: else
  fi
}
inline sort_all() {
#ifdef WIPED
  sort(1, 2);
#else
  sort(0, 1);
  sort(1, 2);
  sort(0, 1);
#endif
  held = 0
}

#ifdef WIPED
// The others' answers: each is in the last view that it voted in, or behind the last whose block it finalized; the Byzantine one says nothing.
#ifdef BARRED_TO_M
#define BARRED(m) (m)
#else
#define BARRED(m) ((m) + 1)
#endif
#define IN_VIEW(i, v) (last_view[i] >= (v) || signed_by[i].finalized[(v) - 1] != 0)
inline lose_log() {
  held = VIEWS;
  do
  :: held > 1 && !IN_VIEW(1, held) && !IN_VIEW(2, held) -> held--
  :: else -> break
  od;
  barred = BARRED(held);
  held = 0;
  row = 1;
  do
  :: row <= VIEWS ->
    before.notarized[row] = signed_by[0].notarized[row];
    before.finalized[row] = signed_by[0].finalized[row];
    before.nullified[row] = signed_by[0].nullified[row];
    signed_by[0].notarized[row] = 0;
    signed_by[0].finalized[row] = 0;
    signed_by[0].nullified[row] = 0;
    row++
  :: else -> break
  od;
  row = 0;
  last_view[0] = 0
}
#define LOSE_LOG :: d_step { barred == 0 -> lose_log() }
#else
#define LOSE_LOG
#endif

// Two blocks of a view are alike too: the second is there only after the first.
#define MAY_BE_NAMED(b) (NAME_OF(b) == 1 || parent[(b) - 1] != NONE)

#define NULLIFY(i, v) :: d_step { MAY_NULLIFY(i, v) -> sign_nullify(i, v); check_agreement(); sort_all() }
#define FINALIZE(i, b) :: d_step { MAY_FINALIZE(i, b) -> sign_finalize(i, b); check_agreement(); sort_all() }
#define NOTARIZE(i, b, p) :: d_step { MAY_BE_NAMED(b) && MAY_NOTARIZE(i, b, p) -> sign_notarize(i, b, p); sort_all() }
#define TWO_VIEWS(i) \
  NULLIFY(i, 1) NULLIFY(i, 2) FINALIZE(i, 1) FINALIZE(i, 2) FINALIZE(i, 3) FINALIZE(i, 4) \
  NOTARIZE(i, 1, 0) NOTARIZE(i, 2, 0) \
  NOTARIZE(i, 3, 0) NOTARIZE(i, 3, 1) NOTARIZE(i, 3, 2) NOTARIZE(i, 4, 0) NOTARIZE(i, 4, 1) NOTARIZE(i, 4, 2)
#if VIEWS > 2
#define VALIDATOR(i) \
  TWO_VIEWS(i) NULLIFY(i, 3) FINALIZE(i, 5) FINALIZE(i, 6) \
  NOTARIZE(i, 5, 0) NOTARIZE(i, 5, 1) NOTARIZE(i, 5, 2) NOTARIZE(i, 5, 3) NOTARIZE(i, 5, 4) \
  NOTARIZE(i, 6, 0) NOTARIZE(i, 6, 1) NOTARIZE(i, 6, 2) NOTARIZE(i, 6, 3) NOTARIZE(i, 6, 4)
#else
#define VALIDATOR(i) TWO_VIEWS(i)
#endif

active proctype Network() {
  d_step { find_lowest_parents() }
end:
  do
  VALIDATOR(0)
  VALIDATOR(1)
  VALIDATOR(2)
  LOSE_LOG
  od
}
