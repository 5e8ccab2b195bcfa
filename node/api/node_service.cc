// SPDX-License-Identifier: Apache-2.0
// The node's own affairs: status, genesis, and the devnet's clock.
#include <grpcpp/grpcpp.h>

#include <utility>

#include "absl/strings/str_cat.h"

#include "causeway/v1/node_service.grpc.pb.h"
#include "ledger/base/status.h"
#include "ledger/chain/genesis.h"
#include "node/api/services.h"

namespace causeway::api {
namespace {

class NodeServiceImpl final : public v1::NodeService::Service {
 public:
  NodeServiceImpl(Shared* shared, Listener listener) : shared_(shared), listener_(listener) {}

  grpc::Status GetStatus(grpc::ServerContext* context, const v1::GetStatusRequest*,
                         v1::GetStatusResponse* response) override {
    const absl::StatusOr<Caller> caller = Enter(*context, "GetStatus");
    if (!caller.ok()) return ToGrpc(caller.status());
    FillStatus(*response);
    return grpc::Status::OK;
  }

  grpc::Status GetGenesis(grpc::ServerContext* context, const v1::GetGenesisRequest*,
                          v1::GetGenesisResponse* response) override {
    const absl::StatusOr<Caller> caller = Enter(*context, "GetGenesis");
    if (!caller.ok()) return ToGrpc(caller.status());
    response->set_genesis(chain::EncodeGenesis(shared_->parts.ledger->chain().genesis));
    return grpc::Status::OK;
  }

  grpc::Status SetClock(grpc::ServerContext* context, const v1::SetClockRequest* request,
                        v1::SetClockResponse* response) override {
    const absl::StatusOr<Caller> caller = Enter(*context, "SetClock");
    if (!caller.ok()) return ToGrpc(caller.status());
    ClockChange change{request->paused(), std::nullopt, request->rate()};
    if (request->advance_to_us() != 0) change.advance_to = Instant::FromMicros(request->advance_to_us());
    const absl::StatusOr<Instant> now = shared_->parts.set_clock(change);
    if (!now.ok()) return ToGrpc(now.status());
    response->set_now_us(now->micros());
    return grpc::Status::OK;
  }

 private:
  absl::StatusOr<Caller> Enter(const grpc::ServerContext& context, const char* method) {
    return shared_->gate.Enter(context, absl::StrCat("/causeway.v1.NodeService/", method), listener_);
  }

  void FillStatus(v1::GetStatusResponse& response) const {
    const node_ledger::NodeLedger& ledger = *shared_->parts.ledger;
    const std::shared_ptr<const node_ledger::Head> head = ledger.head();
    response.set_chain_id(ledger.chain().chain_id.ToString());
    response.set_network(ledger.chain().genesis.name());
    response.set_final_height(head->header.height());
    response.set_state_root(head->header.state_root());
    response.set_block_hash(head->hash.ToString());
    response.set_block_time_us(head->header.time_us());
    response.set_synced_height(ledger.SyncedHeight().value());
    response.set_flushed_height(ledger.flushed() ? ledger.flushed()->value() : 0);
    response.set_mempool_transactions(shared_->parts.mempool->size());
    shared_->parts.fill_status(response);
  }

  Shared* const shared_;
  const Listener listener_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeNodeService(Shared* shared, Listener listener) {
  return std::make_unique<NodeServiceImpl>(shared, listener);
}

}  // namespace causeway::api
