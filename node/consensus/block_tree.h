// SPDX-License-Identifier: Apache-2.0
// The blocks above the last committed one: which are held, which are being executed and with what result, and the chain
// of those that are final and wait for execution or for their parent's commit.
//
// Invariants: a block is executed only after its parent, which is the committed block or was executed itself; the final
// chain begins right above the committed block and is linked by hashes.
#ifndef CAUSEWAY_NODE_CONSENSUS_BLOCK_TREE_H_
#define CAUSEWAY_NODE_CONSENSUS_BLOCK_TREE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/consensus/types.h"

namespace causeway::consensus {

class BlockTree {
 public:
  enum class State { kHeld, kExecuting, kExecuted, kInvalid };
  struct Node {
    BlockInfo info;
    State state = State::kHeld;
    std::string why;         // where invalid
    bool persisted = false;  // its bytes are in the log, or on their way there
  };

  explicit BlockTree(BlockInfo committed) : committed_(std::move(committed)) {}

  const BlockInfo& committed() const { return committed_; }
  // Null where not held; the committed block is not a node.
  Node* Find(const Hash& hash);
  const Node* Find(const Hash& hash) const;
  bool IsExecuted(const Hash& hash) const;
  // The block's description, held or committed; null otherwise.
  const BlockInfo* Describe(const Hash& hash) const;
  // Takes a block in; false where it is held already or lies at or below the committed height.
  bool Add(const BlockInfo& block);
  // Forgets a block, unless it is final, executed or being executed.
  void Drop(const Hash& hash);

  // What stands between a held block and its execution.
  struct Path {
    std::optional<Hash> execute;  // the first ancestor (or the block itself) that can be executed now
    std::optional<Hash> missing;  // an ancestor that is not held
    bool dead = false;            // leads to an invalid block, or away from the final chain; now marked invalid
    bool waiting = false;         // an ancestor is being executed
  };
  Path PathTo(const Hash& hash);
  // Marks invalid what its own header contradicts: height and time after its parent's. Called before executing.
  bool Fits(Node& node) const;
  void Invalidate(Node& node, std::string why);

  // ---- The final chain ----

  // Marks the block and its ancestors down to the committed one as final. Missing: the hash of the ancestor that is not
  // held. Conflict: the chain leads to another block at a height that is committed or final already.
  struct FinalOutcome {
    bool linked = false;
    std::optional<Hash> missing;
    uint64_t gap = 0;  // heights between the missing block and the final chain, where a descendant of it is held
    bool conflict = false;
  };
  FinalOutcome MarkFinal(const Hash& hash);
  // The next block to commit; null where none is known.
  Node* NextFinal();
  // The highest final block's hash and height: the committed one where no other is known.
  Hash final_hash() const;
  Height final_height() const;
  size_t final_pending() const { return final_chain_.size(); }
  // The next final block is committed; forgets whatever is not above it.
  BlockInfo CommitNext();

  size_t size() const { return nodes_.size(); }

 private:
  BlockInfo committed_;
  std::map<Hash, Node> nodes_;
  std::map<Height, Hash> final_chain_;
};

}  // namespace causeway::consensus

#endif  // CAUSEWAY_NODE_CONSENSUS_BLOCK_TREE_H_
