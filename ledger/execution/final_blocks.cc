// SPDX-License-Identifier: Apache-2.0

#include "ledger/execution/final_blocks.h"

#include <set>
#include <utility>

#include "google/protobuf/descriptor.h"

#include "causeway/v1/options.pb.h"
#include "ledger/chain/block.h"
#include "ledger/codec/encode.h"

namespace causeway::execution {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr uint32_t kSubjectSize = 16;

void CollectIds(const Message& message, std::set<std::string>& ids) {
  const google::protobuf::Reflection* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (field->is_repeated()) {
        for (int i = 0; i < reflection->FieldSize(message, field); ++i)
          CollectIds(reflection->GetRepeatedMessage(message, field, i), ids);
      } else {
        CollectIds(reflection->GetMessage(message, field), ids);
      }
    } else if (field->type() == FieldDescriptor::TYPE_BYTES &&
               field->options().GetExtension(v1::size) == kSubjectSize) {
      if (field->is_repeated()) {
        for (int i = 0; i < reflection->FieldSize(message, field); ++i)
          ids.insert(reflection->GetRepeatedString(message, field, i));
      } else {
        ids.insert(reflection->GetString(message, field));
      }
    }
  }
}

store::FinalReceipt ToFinalReceipt(const Hash& transaction_id, const Message& receipt,
                                   const std::vector<v1::OperationResult>& results,
                                   const std::vector<RestrictedRecord>& restricted) {
  store::FinalReceipt final_receipt{transaction_id, codec::SerializeCanonical(receipt), {}, {}, {}};
  size_t next_restricted = 0;
  for (size_t i = 0; i < results.size(); ++i) {
    const auto operation = static_cast<uint32_t>(i);
    final_receipt.results.push_back(codec::SerializeCanonical(results[i]));
    for (int j = 0; j < results[i].restricted_hashes_size(); ++j) {
      const RestrictedRecord& record = restricted.at(next_restricted++);
      final_receipt.restricted.push_back(
          store::RestrictedEntry{record.salted_hash, operation, record.type, record.bytes});
    }
    for (std::string& subject : SubjectsOf(results[i]))
      final_receipt.subjects.push_back(store::SubjectEntry{std::move(subject), operation});
  }
  return final_receipt;
}

}  // namespace

std::vector<std::string> SubjectsOf(const v1::OperationResult& result) {
  std::set<std::string> ids;
  for (const v1::Event& event : result.events()) CollectIds(event, ids);
  return {ids.begin(), ids.end()};
}

store::FinalBlock ToFinalBlock(const ExecutedBlock& executed, std::optional<std::string> certificate) {
  const v1::BlockHeader& header = executed.block.header();
  store::FinalBlock block{Height(header.height()),
                          executed.hash,
                          chain::RequiredHash(header.parent_hash()),
                          chain::EncodeBlock(executed.block),
                          {},
                          {},
                          executed.history_nodes,
                          std::move(certificate)};
  for (const TransactionOutcome& outcome : executed.transactions) {
    block.transactions.push_back(ToFinalReceipt(chain::RequiredHash(outcome.receipt.transaction_id()), outcome.receipt,
                                                outcome.results, outcome.restricted));
  }
  for (const DueOutcome& outcome : executed.due_work) {
    block.due_work.push_back(ToFinalReceipt(chain::RequiredHash(outcome.receipt.cause_transaction_id()),
                                            outcome.receipt, outcome.results, outcome.restricted));
  }
  return block;
}

}  // namespace causeway::execution
