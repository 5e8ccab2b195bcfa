// SPDX-License-Identifier: Apache-2.0
#include "contracts/policy/model_cache.h"

#include "tests/unit/contracts/policy/world.h"

namespace causeway::testing {
namespace {

class ModelCacheTest : public PolicyWorld {
 protected:
  ModelCacheTest() {
    AddModel(Registration(first_));
    v1::RegisterModel other = Registration(second_);
    other.mutable_trees()->set_card_hash(crypto::Sha256("another card").ToString());
    AddModel(other);
  }
  std::shared_ptr<const policy::ReadyModel> Find(const policy::ModelCache& cache, const v1::ModelRef& ref) const {
    return cache.Find(view(), ref, policy::FindModel(view(), ref)->trees_hash());
  }

  const v1::ModelRef first_ = Ref("first"), second_ = Ref("second");
};

TEST_F(ModelCacheTest, AModelIsPreparedOnce) {
  const policy::ModelCache cache(2);
  const auto model = Find(cache, first_);
  EXPECT_EQ(Find(cache, first_), model);
  EXPECT_EQ(model->features.size(), 2u);
  EXPECT_EQ(model->trees.Score({static_cast<int32_t>(LogOf("1000")), 0}), kOne);
}

TEST_F(ModelCacheTest, NoMoreModelsAreKeptThanItsCapacityAndTheLastUsedStay) {
  const policy::ModelCache one(1), two(2);
  const auto first = Find(one, first_);
  EXPECT_NE(Find(one, second_), first);
  EXPECT_EQ(one.size(), 1u);
  EXPECT_NE(Find(one, first_), first) << "it had left";
  EXPECT_EQ(one.size(), 1u);

  const auto kept = Find(two, first_);
  Find(two, second_);
  EXPECT_EQ(Find(two, first_), kept);
  EXPECT_EQ(two.size(), 2u);
}

TEST_F(ModelCacheTest, ModelsAreToldApartByTheirBytesAndNotByTheirNames) {
  const policy::ModelCache cache(2);
  const v1::ModelRef copy = Ref("copy");
  AddModel(Registration(copy));
  EXPECT_EQ(Find(cache, copy), Find(cache, first_));
  EXPECT_NE(Find(cache, copy), Find(cache, second_));
}

}  // namespace
}  // namespace causeway::testing
