// SPDX-License-Identifier: Apache-2.0
// What prospectuses and calendars say is for every party: whoever deals must know the rules. So nothing here is
// restricted.

#include "contracts/instruments/kinds.h"

#include <string>
#include <tuple>

#include "contracts/instruments/instruments.h"
#include "ledger/execution/record_ids.h"

namespace causeway::instruments {
namespace {

using execution::Concerns;
using execution::KindDefinition;
using execution::MakeKind;

template <class Key, class Record>
execution::RecordKind PublicKind(const char* name, const char* id_form, const char* what,
                                 const state::Table<Key, Record>& table) {
  return MakeKind(KindDefinition<Key, Record>{name, id_form, what, table,
                                              [](const Key&, const Record*, const execution::ReadContext&) {
                                                Concerns concerns;
                                                concerns.everyone = true;
                                                return concerns;
                                              }});
}

}  // namespace

std::vector<execution::RecordKind> Kinds() {
  return {PublicKind("fund", "FUND", "a fund or an umbrella", kFunds),
          PublicKind("share-class", "ISIN", "a share class as its prospectus states it", kShareClasses),
          PublicKind("cash-token", "TOKEN", "a token of an issuer's money", kCashTokens),
          PublicKind("calendar-day", "FUND/DATE", "a dealing day of a fund", kDealingDays),
          PublicKind("fund-member", "FUND/MEMBER", "a class of a fund, or a sub-fund of an umbrella", kFundMembers)};
}

execution::Concerns ConcernsOf(const v1::InstrumentsEvent& event, const state::StateView&, const state::StateView&) {
  Concerns concerns;
  concerns.everyone = event.kind_case() != v1::InstrumentsEvent::KIND_NOT_SET;
  return concerns;
}

}  // namespace causeway::instruments
