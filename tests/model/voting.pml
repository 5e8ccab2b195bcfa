// SPDX-License-Identifier: Apache-2.0
// The voting rules of node/consensus/README.md for spin: one epoch, views 1 to VIEWS, HONEST validators who keep to the rules.
//
// What a validator holds is not modelled: it may act on any certificate that the votes signed so far allow, and need not. So every loss,
// delay and order of messages, every crash and restart is in it. Leaders are not modelled either: in every view two blocks may be
// proposed, each on any parent. The Byzantine validators sign everything that is wanted of them: a certificate is there when ENOUGH of the
// others, q - f, have signed.
//
// Whoever includes this says what happens, after find_lowest_parents(): model.pml tries everything, a trace of the simulator does what its
// engines did.
#ifndef VIEWS
#define VIEWS 3
#endif
#ifndef HONEST
#define HONEST 3
#define ENOUGH 2
#endif
// Wide enough for the number of a block.
#ifndef NUMBER
#define NUMBER byte
#endif

// A block is its view and one of two names, and has a number: 0 is the epoch's first block, final by definition.
#define BLOCK(v, name) (2 * ((v) - 1) + (name))
#define VIEW_OF(b) (((b) + 1) / 2)
#define BLOCKS (2 * VIEWS + 1)
#define NONE BLOCKS
NUMBER parent[BLOCKS] = NONE;

// Votes: in each view the blocks (bit 1, bit 2) that a validator has notarized and finalized, and whether it has nullified the view.
#define NAME_OF(b) (2 - ((b) & 1))
typedef Validator {
  byte notarized[VIEWS + 1];
  byte finalized[VIEWS + 1];
  bit nullified[VIEWS + 1];
}
Validator signed_by[HONEST];

// What follows from the votes: how many there are for what, the last view in which a validator notarized or nullified something, and the
// lowest view that a block's parent may be of: those between are nullified.
byte notarizes[BLOCKS];
byte finalizes[BLOCKS];
byte nullifies[VIEWS + 1];
NUMBER last_view[HONEST];
NUMBER lowest_parent[VIEWS + 2];

// Rule 12: validator 0 may lose its log, once. It forgets what it has signed, which stays signed; it votes in no view that is barred, and what
// it signs again counts once.
#ifdef WIPED
Validator before;
byte barred;
#define IS_BARRED(i, v) ((i) == 0 && (v) <= barred)
#define IS_NEW_NOTARIZE(i, b) ((i) != 0 || (before.notarized[VIEW_OF(b)] & NAME_OF(b)) == 0)
#define IS_NEW_FINALIZE(i, b) ((i) != 0 || (before.finalized[VIEW_OF(b)] & NAME_OF(b)) == 0)
#define IS_NEW_NULLIFY(i, v) ((i) != 0 || !before.nullified[v])
#else
#define IS_BARRED(i, v) false
#define IS_NEW_NOTARIZE(i, b) true
#define IS_NEW_FINALIZE(i, b) true
#define IS_NEW_NULLIFY(i, v) true
#endif

#define IS_NOTARIZED(b) ((b) == 0 || notarizes[b] >= ENOUGH)
#define IS_FINALIZED(b) (finalizes[b] >= ENOUGH)
#define IS_NULLIFIED(v) (nullifies[v] >= ENOUGH)

// Rules 1, 4 and 6: one notarizes and nullifies in the view that one is in, and views only grow.
#define MAY_BE_IN(i, v) \
  (!IS_BARRED(i, v) && last_view[i] <= (v) && \
   ((v) == 1 || IS_NULLIFIED((v) - 1) || IS_NOTARIZED(BLOCK((v) - 1, 1)) || IS_NOTARIZED(BLOCK((v) - 1, 2))))

// Rule 4: one block a view, not after a nullify vote, on a parent that is notarized, with nullifications of all views between.
#ifdef PARENT_WITHOUT_NULLIFICATIONS
#define PARENT_IS_PROVED(b, p) (IS_NOTARIZED(p))
#else
#define PARENT_IS_PROVED(b, p) (IS_NOTARIZED(p) && VIEW_OF(p) >= lowest_parent[VIEW_OF(b)])
#endif
#ifdef NOTARIZE_TWICE
#define HAS_NOTARIZED(i, b) ((signed_by[i].notarized[VIEW_OF(b)] & NAME_OF(b)) != 0)
#else
#define HAS_NOTARIZED(i, b) (signed_by[i].notarized[VIEW_OF(b)] != 0)
#endif
#define MAY_BE_PROPOSED(b, p) (VIEW_OF(p) < VIEW_OF(b) && (parent[b] == (p) || parent[b] == NONE))
#define MAY_NOTARIZE(i, b, p) \
  (MAY_BE_IN(i, VIEW_OF(b)) && !HAS_NOTARIZED(i, b) && !signed_by[i].nullified[VIEW_OF(b)] && MAY_BE_PROPOSED(b, p) && PARENT_IS_PROVED(b, p))

// Rule 5: one notarized block a view, whichever view, unless one has nullified that.
#ifdef FINALIZE_AFTER_NULLIFY
#define HAS_GIVEN_UP(i, v) false
#else
#define HAS_GIVEN_UP(i, v) (signed_by[i].nullified[v])
#endif
#define MAY_FINALIZE(i, b) (!IS_BARRED(i, VIEW_OF(b)) && signed_by[i].finalized[VIEW_OF(b)] == 0 && !HAS_GIVEN_UP(i, VIEW_OF(b)) && IS_NOTARIZED(b))

// Rule 6: the view that one is in, unless one has finalized its block. (Either half hides a break of the other, so the mutant breaks both.)
#ifdef NULLIFY_AFTER_FINALIZE
#define MAY_NULLIFY(i, v) (!signed_by[i].nullified[v])
#else
#define MAY_NULLIFY(i, v) (MAY_BE_IN(i, v) && !signed_by[i].nullified[v] && signed_by[i].finalized[v] == 0)
#endif

hidden NUMBER view;
inline find_lowest_parents() {
  view = 1;
  do
  :: view <= VIEWS ->
    lowest_parent[view + 1] = (IS_NULLIFIED(view) -> lowest_parent[view] : view);
    view++
  :: else -> break
  od;
  view = 0
}

inline sign_notarize(i, b, p) {
  parent[b] = p;
  signed_by[i].notarized[VIEW_OF(b)] = signed_by[i].notarized[VIEW_OF(b)] | NAME_OF(b);
  last_view[i] = VIEW_OF(b);
  notarizes[b] = notarizes[b] + IS_NEW_NOTARIZE(i, b)
}
inline sign_finalize(i, b) {
  signed_by[i].finalized[VIEW_OF(b)] = signed_by[i].finalized[VIEW_OF(b)] | NAME_OF(b);
  finalizes[b] = finalizes[b] + IS_NEW_FINALIZE(i, b)
}
inline sign_nullify(i, v) {
  signed_by[i].nullified[v] = 1;
  last_view[i] = (last_view[i] < v -> v : last_view[i]);
  nullifies[v] = nullifies[v] + IS_NEW_NULLIFY(i, v);
  find_lowest_parents()
}
