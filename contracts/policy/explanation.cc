// SPDX-License-Identifier: Apache-2.0

#include "contracts/policy/explanation.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "absl/strings/str_cat.h"

#include "ledger/base/amount.h"
#include "ledger/base/check.h"

namespace causeway::policy {
namespace {

uint64_t Choose(uint64_t n, uint64_t k) {
  uint64_t ways = 1;
  for (uint64_t i = 1; i <= k; ++i) ways = ways * (n - k + i) / i;
  return ways;
}

// One walk of a tree with the row and one reference: at a node where the two go different ways, a feature that neither
// has been bound to yet is bound to the row on the one way and to the reference on the other. A leaf with a features
// bound to the row and b to the reference belongs to the subsets that hold all of the former and none of the latter, a
// game whose Shapley value is known: 1 ÷ (n·C(n − 1, a − 1)) for the former and −1 ÷ (n·C(n − 1, b − 1)) for the
// latter, n = a + b. Each of these divides lcm(1 … n).
class Walk {
 public:
  Walk(const TreeModel& model, uint64_t scale, std::vector<absl::int128>& contributions)
      : model_(model), contributions_(contributions), bindings_(model.feature_count(), Binding::kNone) {
    for (uint64_t n = 1; n <= model.depth(); ++n) {
      for (uint64_t a = 1; a <= n; ++a) {
        const uint64_t divisor = n * Choose(n - 1, a - 1);
        CAUSEWAY_CHECK(scale % divisor == 0);
        weights_[n][a] = static_cast<int64_t>(scale / divisor);
      }
    }
  }

  void Run(uint32_t root, const FeatureRow& row, const FeatureRow& reference) {
    row_ = &row;
    reference_ = &reference;
    Descend(root, 0, 0);
  }

 private:
  enum class Binding : uint8_t { kNone, kRow, kReference };
  // What the leaves below give each feature bound to the row, and take from each bound to the reference.
  struct Shares {
    absl::int128 row;
    absl::int128 reference;
  };

  Shares Descend(uint32_t node, size_t a, size_t b) {
    while (true) {
      const TreeModel::Node& asked = model_.nodes()[node];
      if (asked.feature == TreeModel::Node::kLeaf) return SharesOf(asked.value, a, b);
      const uint32_t by_row = model_.Next(node, (*row_)[asked.feature]);
      const uint32_t by_reference = model_.Next(node, (*reference_)[asked.feature]);
      const Binding bound = bindings_[asked.feature];
      if (by_row == by_reference || bound == Binding::kRow) {
        node = by_row;
      } else if (bound == Binding::kReference) {
        node = by_reference;
      } else {
        return Branch(asked.feature, by_row, by_reference, a, b);
      }
    }
  }

  Shares Branch(uint32_t feature, uint32_t by_row, uint32_t by_reference, size_t a, size_t b) {
    bindings_[feature] = Binding::kRow;
    const Shares with_row = Descend(by_row, a + 1, b);
    bindings_[feature] = Binding::kReference;
    const Shares with_reference = Descend(by_reference, a, b + 1);
    bindings_[feature] = Binding::kNone;
    contributions_[feature] += with_row.row - with_reference.reference;
    return {with_row.row + with_reference.row, with_row.reference + with_reference.reference};
  }

  Shares SharesOf(int64_t leaf, size_t a, size_t b) const {
    const absl::int128 value = leaf;
    return {a == 0 ? 0 : value * weights_[a + b][a], b == 0 ? 0 : value * weights_[a + b][b]};
  }

  const TreeModel& model_;
  std::vector<absl::int128>& contributions_;
  const FeatureRow* row_ = nullptr;
  const FeatureRow* reference_ = nullptr;
  std::vector<Binding> bindings_;
  // By n and a.
  std::array<std::array<int64_t, kMostDepth + 1>, kMostDepth + 1> weights_ = {};
};

}  // namespace

Explanation Explain(const TreeModel& model, const FeatureRow& row) {
  uint64_t scale = 1;
  for (uint64_t n = 2; n <= model.depth(); ++n) scale = std::lcm(scale, n);
  Explanation explanation;
  explanation.denominator = scale * model.references().size();
  explanation.contributions.assign(model.feature_count(), 0);

  absl::int128 expected = absl::int128(model.Score(row)) * explanation.denominator;
  Walk walk(model, scale, explanation.contributions);
  for (const FeatureRow& reference : model.references()) {
    for (const uint32_t root : model.roots()) walk.Run(root, row, reference);
    expected -= absl::int128(model.Score(reference)) * scale;
  }
  absl::int128 sum = 0;
  for (const absl::int128& contribution : explanation.contributions) sum += contribution;
  CAUSEWAY_CHECK(sum == expected, "contributions do not add up: ", MinorText(Amount::FromMinor(sum)), " instead of ",
                 MinorText(Amount::FromMinor(expected)));
  return explanation;
}

std::vector<uint32_t> LargestPositive(const Explanation& explanation, size_t most) {
  std::vector<uint32_t> indices;
  for (uint32_t i = 0; i < explanation.contributions.size(); ++i) {
    if (explanation.contributions[i] > 0) indices.push_back(i);
  }
  std::stable_sort(indices.begin(), indices.end(),
                   [&](uint32_t a, uint32_t b) { return explanation.contributions[a] > explanation.contributions[b]; });
  if (indices.size() > most) indices.resize(most);
  return indices;
}

v1::Explanation RecordOf(const Explanation& explanation) {
  v1::Explanation record;
  record.set_denominator(explanation.denominator);
  for (const absl::int128& contribution : explanation.contributions)
    record.add_contributions(MinorText(Amount::FromMinor(contribution)));
  return record;
}

}  // namespace causeway::policy
