// SPDX-License-Identifier: Apache-2.0
#include "contracts/policy/model_cache.h"

#include <algorithm>
#include <optional>

#include "contracts/policy/rules.h"
#include "ledger/base/check.h"

namespace causeway::policy {
namespace {

std::shared_ptr<const ReadyModel> Prepare(const v1::Model& model) {
  std::vector<const LedgerFeature*> features;
  for (const v1::FeatureSpec& spec : model.features()) {
    const LedgerFeature* feature = FindFeature(spec.name());
    CAUSEWAY_CHECK(feature != nullptr, "a model reads ", spec.name());
    features.push_back(feature);
  }
  return std::make_shared<const ReadyModel>(ReadyModel{std::move(features), TreeModel::CompileAccepted(model)});
}

}  // namespace

std::shared_ptr<const ReadyModel> ModelCache::Find(const state::StateView& view, const v1::ModelRef& model,
                                                   const std::string& trees_hash) const {
  const auto has_hash = [&](const auto& entry) { return entry.first == trees_hash; };
  {
    absl::MutexLock lock(&mutex_);
    const auto found = std::find_if(models_.begin(), models_.end(), has_hash);
    if (found != models_.end()) {
      std::rotate(models_.begin(), found, found + 1);
      return models_.front().second;
    }
  }
  const std::optional<v1::Model> trees = view.Get(kModelTrees, KeyOf(model));
  CAUSEWAY_CHECK(trees.has_value(), "a model without trees");
  std::shared_ptr<const ReadyModel> ready = Prepare(*trees);
  absl::MutexLock lock(&mutex_);
  if (std::none_of(models_.begin(), models_.end(), has_hash)) models_.emplace_front(trees_hash, ready);
  if (models_.size() > capacity_) models_.pop_back();
  return ready;
}

size_t ModelCache::size() const {
  absl::MutexLock lock(&mutex_);
  return models_.size();
}

}  // namespace causeway::policy
