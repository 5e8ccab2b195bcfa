// SPDX-License-Identifier: Apache-2.0
// A decimal text that is accepted formats to itself; one that is refused is not canonical or does not fit. Instants
// that are read format and read back as themselves.
#include <cstddef>
#include <cstdint>

#include "ledger/base/check.h"
#include "ledger/base/decimal.h"
#include "ledger/base/identifiers.h"
#include "ledger/base/instant.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace causeway;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  if (const absl::StatusOr<Decimal> decimal = ParseDecimal(text); decimal.ok()) {
    CAUSEWAY_CHECK(IsCanonicalDecimal(text) && FormatDecimal(*decimal) == text);
    const absl::StatusOr<Amount> wider = ParseDecimal(text, kMaxDecimals);
    if (wider.ok()) CAUSEWAY_CHECK(FormatDecimal(*wider, kMaxDecimals) == text);
  } else {
    CAUSEWAY_CHECK(IsCanonicalDecimal(text) == absl::IsOutOfRange(decimal.status()));
  }
  if (const absl::StatusOr<Instant> instant = ParseInstant(text); instant.ok()) {
    CAUSEWAY_CHECK(*ParseInstant(FormatInstant(*instant)) == *instant);
  }
  if (const absl::StatusOr<InstrumentId> id = InstrumentId::Parse(text); id.ok()) {
    CAUSEWAY_CHECK(InstrumentId::FromPadded(id->padded()) == *id);
  }
  (void)Isin::Parse(text);
  (void)Lei::Parse(text);
  return 0;
}
