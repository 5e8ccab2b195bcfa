// SPDX-License-Identifier: Apache-2.0
//
// Keys of tables as the text of ids, and kinds made of tables: for the kinds.cc of the contracts.
//
// A key's members are joined by '/', the last one taking whatever follows: fixed bytes as lower-case hexadecimal, times
// as RFC 3339, numbers as decimals, the rest as it is.

#ifndef CAUSEWAY_LEDGER_EXECUTION_RECORD_IDS_H_
#define CAUSEWAY_LEDGER_EXECUTION_RECORD_IDS_H_

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "ledger/execution/record_kind.h"

namespace causeway::execution {

// Specialised for each member type. Partial: bytes with which all encodings begin of members whose text begins with
// `text`; nothing where there are none.
template <class T>
struct IdText;

template <>
struct IdText<std::string> {
  static std::string Format(const std::string& value) { return value; }
  static std::optional<std::string> Parse(absl::string_view text);
  static std::optional<std::string> Partial(absl::string_view text);
};

template <>
struct IdText<InstrumentId> {
  static std::string Format(const InstrumentId& value) { return value.ToString(); }
  static std::optional<InstrumentId> Parse(absl::string_view text);
  static std::optional<std::string> Partial(absl::string_view text);
};

template <>
struct IdText<Instant> {
  static std::string Format(const Instant& value) { return FormatInstant(value); }
  static std::optional<Instant> Parse(absl::string_view text);
  static std::optional<std::string> Partial(absl::string_view) { return std::string(); }
};

template <class T>
requires std::unsigned_integral<T>
struct IdText<T> {
  static std::string Format(T value) { return absl::StrCat(value); }
  static std::optional<T> Parse(absl::string_view text) {
    uint64_t value = 0;
    // One text a number.
    if (!absl::SimpleAtoi(text, &value) || value != static_cast<T>(value) || absl::StrCat(value) != text)
      return std::nullopt;
    return static_cast<T>(value);
  }
  static std::optional<std::string> Partial(absl::string_view) { return std::string(); }
};

// The bytes that whole pairs of hexadecimal digits state; nothing where there is another character.
std::optional<std::string> PartialHex(absl::string_view text);

template <class Tag, size_t N>
struct IdText<FixedBytes<Tag, N>> {
  static std::string Format(const FixedBytes<Tag, N>& value) { return value.ToHex(); }
  static std::optional<FixedBytes<Tag, N>> Parse(absl::string_view text) { return FixedBytes<Tag, N>::FromHex(text); }
  static std::optional<std::string> Partial(absl::string_view text) {
    return text.size() <= 2 * N ? PartialHex(text) : std::nullopt;
  }
};

// The texts of so many members, the last taking whatever follows; fewer where the text has fewer.
std::vector<absl::string_view> SplitMembers(absl::string_view text, size_t count);

template <class... Ts>
struct IdText<std::tuple<Ts...>> {
  static std::string Format(const std::tuple<Ts...>& value) {
    std::string out;
    std::apply(
        [&](const Ts&... member) {
          size_t i = 0;
          ((out += (i++ == 0 ? "" : "/") + IdText<Ts>::Format(member)), ...);
        },
        value);
    return out;
  }

  static std::optional<std::tuple<Ts...>> Parse(absl::string_view text) {
    const std::vector<absl::string_view> texts = SplitMembers(text, sizeof...(Ts));
    if (texts.size() != sizeof...(Ts)) return std::nullopt;
    return ParseMembers(texts, std::index_sequence_for<Ts...>());
  }

  // Whole members as they are encoded, then what is there of the next.
  static std::optional<std::string> Partial(absl::string_view text) {
    const std::vector<absl::string_view> texts = SplitMembers(text, sizeof...(Ts));
    std::string out;
    size_t i = 0;
    bool none = false;
    const auto take = [&]<class T>(const T*) {
      const size_t place = i++;
      if (none || place >= texts.size()) return;
      if (place + 1 < texts.size()) {
        const std::optional<T> member = IdText<T>::Parse(texts[place]);
        if (member) state::KeyCodec<T>::Put(*member, &out);
        none = !member;
      } else {
        const std::optional<std::string> begun = IdText<T>::Partial(texts[place]);
        if (begun) out += *begun;
        none = !begun;
      }
    };
    (take(static_cast<const Ts*>(nullptr)), ...);
    if (none) return std::nullopt;
    return out;
  }

 private:
  template <size_t... I>
  static std::optional<std::tuple<Ts...>> ParseMembers(const std::vector<absl::string_view>& texts,
                                                       std::index_sequence<I...>) {
    std::tuple<std::optional<Ts>...> members{IdText<Ts>::Parse(texts[I])...};
    return std::apply(
        [](auto&... member) -> std::optional<std::tuple<Ts...>> {
          if (!(member.has_value() && ...)) return std::nullopt;
          return std::tuple<Ts...>{*std::move(member)...};
        },
        members);
  }
};

// A kind on a table, as a contract states it.
template <class Key, class Record, class Message = Record>
struct KindDefinition {
  const char* name;
  const char* id_form;
  const char* what;
  const state::Table<Key, Record>& table;
  // Whom it concerns; `record` is null where there is none.
  std::function<Concerns(const Key& key, const Record* record, const ReadContext& context)> concerns;
  // What is shown; null: the record itself.
  std::function<Message(const Key& key, const Record& record, const ReadContext& context)> show = nullptr;
};

template <class T>
T Decoded(std::optional<T> value, const char* table) {
  if (!value) throw state::HostFailure(absl::DataLossError(absl::StrCat("undecodable row in table ", table)));
  return *std::move(value);
}

template <class Key, class Record, class Message>
RecordKind MakeKind(KindDefinition<Key, Record, Message> definition) {
  const state::TableId table = definition.table.id;
  const char* table_name = definition.table.name;
  const auto key_of = [table_name](absl::string_view key) { return Decoded(state::DecodeKey<Key>(key), table_name); };
  const auto record_of = [table_name](absl::string_view value) {
    return Decoded(state::DecodeRecord<Record>(value), table_name);
  };
  const std::string no_id = absl::StrCat("no id of a ", definition.name, " (", definition.id_form, "): ");

  RecordKind kind;
  kind.name = definition.name;
  kind.id_form = definition.id_form;
  kind.what = definition.what;
  kind.table = table;
  kind.message = Message::descriptor();
  kind.find = [table, no_id](absl::string_view id, const state::StateView&) -> absl::StatusOr<state::StateKey> {
    const std::optional<Key> key = IdText<Key>::Parse(id);
    if (!key) return absl::InvalidArgumentError(absl::StrCat(no_id, id));
    return state::StateKey{table, state::EncodeKey(*key)};
  };
  kind.range = [](absl::string_view prefix) { return IdText<Key>::Partial(prefix); };
  kind.text = [key_of](absl::string_view key) { return IdText<Key>::Format(key_of(key)); };
  kind.id = [text = kind.text](absl::string_view key, absl::string_view) { return text(key); };
  kind.show = [key_of, record_of, show = std::move(definition.show)](absl::string_view key, absl::string_view value,
                                                                     const ReadContext& context) {
    if constexpr (std::is_same_v<Record, Message>) {
      if (!show) return std::string(value);
    }
    return state::EncodeRecord(show(key_of(key), record_of(value), context));
  };
  kind.concerns = [key_of, record_of, concerns = std::move(definition.concerns)](
                      absl::string_view key, std::optional<absl::string_view> value, const ReadContext& context) {
    if (!value) return concerns(key_of(key), nullptr, context);
    const Record record = record_of(*value);
    return concerns(key_of(key), &record, context);
  };
  kind.proof = [](const state::StateKey& found, const state::StateView&) { return found; };
  return kind;
}

}  // namespace causeway::execution

#endif  // CAUSEWAY_LEDGER_EXECUTION_RECORD_IDS_H_
