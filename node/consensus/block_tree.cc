// SPDX-License-Identifier: Apache-2.0
#include "node/consensus/block_tree.h"

#include <utility>

#include "ledger/base/check.h"

namespace causeway::consensus {

BlockTree::Node* BlockTree::Find(const Hash& hash) {
  const auto found = nodes_.find(hash);
  return found == nodes_.end() ? nullptr : &found->second;
}

const BlockTree::Node* BlockTree::Find(const Hash& hash) const {
  const auto found = nodes_.find(hash);
  return found == nodes_.end() ? nullptr : &found->second;
}

bool BlockTree::IsExecuted(const Hash& hash) const {
  if (hash == committed_.hash) return true;
  const Node* node = Find(hash);
  return node != nullptr && node->state == State::kExecuted;
}

const BlockInfo* BlockTree::Describe(const Hash& hash) const {
  if (hash == committed_.hash) return &committed_;
  const Node* node = Find(hash);
  return node == nullptr ? nullptr : &node->info;
}

bool BlockTree::Add(const BlockInfo& block) {
  if (block.height <= committed_.height) return false;
  return nodes_.emplace(block.hash, Node{block, State::kHeld, "", false}).second;
}

void BlockTree::Drop(const Hash& hash) {
  const auto found = nodes_.find(hash);
  if (found == nodes_.end()) return;
  const auto final_there = final_chain_.find(found->second.info.height);
  if (final_there != final_chain_.end() && final_there->second == hash) return;
  const State state = found->second.state;
  if (state == State::kHeld || state == State::kInvalid) nodes_.erase(found);
}

bool BlockTree::Fits(Node& node) const {
  const BlockInfo* parent = Describe(node.info.parent);
  CAUSEWAY_CHECK(parent != nullptr);
  const bool fits = node.info.height == parent->height.Next() && node.info.time > parent->time;
  if (!fits) node.state = State::kInvalid;
  if (!fits) node.why = "height or time does not follow the parent's";
  return fits;
}

void BlockTree::Invalidate(Node& node, std::string why) {
  node.state = State::kInvalid;
  node.why = std::move(why);
}

BlockTree::Path BlockTree::PathTo(const Hash& hash) {
  Path path;
  Node* node = Find(hash);
  if (node == nullptr) {
    path.missing = hash;
    return path;
  }
  // Down to the first ancestor that is not merely held; heights fall, so this ends.
  std::vector<Node*> held;
  for (;;) {
    if (node->state == State::kExecuting) {
      path.waiting = true;
      return path;
    }
    if (node->state != State::kHeld) break;
    held.push_back(node);
    if (node->info.parent == committed_.hash) break;
    Node* parent = Find(node->info.parent);
    if (parent == nullptr && node->info.height > committed_.height.Next()) {
      path.missing = node->info.parent;
      return path;
    }
    if (parent == nullptr || parent->info.height >= node->info.height) {
      Invalidate(*node, "does not descend from the final chain");
      break;
    }
    node = parent;
  }
  if (held.empty()) {
    path.dead = node->state == State::kInvalid;
    return path;
  }
  if (node->state != State::kInvalid && Fits(*held.back())) {
    path.execute = held.back()->info.hash;
    return path;
  }
  for (Node* dead : held) {
    if (dead->state != State::kInvalid) Invalidate(*dead, "descends from an invalid block");
  }
  path.dead = true;
  return path;
}

BlockTree::FinalOutcome BlockTree::MarkFinal(const Hash& hash) {
  FinalOutcome outcome;
  std::map<Height, Hash> found;
  Hash at = hash;
  for (;;) {
    if (at == committed_.hash) break;
    const Node* node = Find(at);
    if (node == nullptr) {
      outcome.missing = at;
      if (!found.empty()) outcome.gap = found.begin()->first.value() - final_height().value() - 1;
      return outcome;
    }
    const auto final_there = final_chain_.find(node->info.height);
    if (final_there != final_chain_.end()) {
      outcome.conflict = final_there->second != at;
      if (outcome.conflict) return outcome;
      break;
    }
    if (node->info.height == committed_.height.Next() && node->info.parent != committed_.hash) {
      outcome.conflict = true;
      return outcome;
    }
    found.emplace(node->info.height, at);
    at = node->info.parent;
  }
  final_chain_.merge(found);
  outcome.linked = true;
  return outcome;
}

BlockTree::Node* BlockTree::NextFinal() {
  if (final_chain_.empty()) return nullptr;
  Node* next = Find(final_chain_.begin()->second);
  CAUSEWAY_CHECK(next != nullptr, "a final block was forgotten before its commit");
  return next;
}

Hash BlockTree::final_hash() const {
  return final_chain_.empty() ? committed_.hash : final_chain_.rbegin()->second;
}

Height BlockTree::final_height() const {
  return final_chain_.empty() ? committed_.height : final_chain_.rbegin()->first;
}

BlockInfo BlockTree::CommitNext() {
  Node* next = NextFinal();
  CAUSEWAY_CHECK(next != nullptr && next->state == State::kExecuted && next->info.parent == committed_.hash);
  committed_ = next->info;
  final_chain_.erase(final_chain_.begin());
  for (auto i = nodes_.begin(); i != nodes_.end();) {
    i = i->second.info.height <= committed_.height ? nodes_.erase(i) : std::next(i);
  }
  return committed_;
}

}  // namespace causeway::consensus
