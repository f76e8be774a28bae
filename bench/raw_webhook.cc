#include "bench/raw_webhook.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/log_file.h"
#include "server/load/rows.h"
#include "tests/support/http_client.h"

namespace oncegate::bench {
namespace {

class Sender {
 public:
  Sender(const RawWebhook& webhook, const std::string& name)
      : rows_per_request_(webhook.rows_per_request), name_(name), connection_(webhook.port) {
    if (!webhook.log_folder.empty()) log_.emplace(webhook.log_folder / name);
  }

  void Deliver(std::uint64_t first_row, std::uint32_t rows) {
    std::vector<std::string> requests;
    for (std::uint32_t i = 0; i < rows; i += rows_per_request_) {
      requests.push_back(RequestOf(first_row + i));
    }
    if (log_) {
      for (const std::string& request : requests) log_->Append(request);
      log_->Sync();
    }
    for (const std::string& request : requests) {
      const bool is_sent = connection_.Send(request);
      const std::optional<testing::HttpReply> reply = connection_.Read();
      if (!is_sent || !reply || reply->status != 200) throw std::runtime_error("not delivered");
    }
    if (log_) {
      log_->Append("delivered\n");
      log_->Sync();
    }
  }

 private:
  std::string RequestOf(std::uint64_t first_row) const {
    std::string body = "[";
    for (std::uint64_t row = first_row; row < first_row + rows_per_request_; ++row) {
      if (row > first_row) body += ',';
      body += "{\"type\":\"raw\",\"timestamp\":\"2026-01-31T12:00:00Z\",\"id\":\"" + RowKey(row) +
              "\",\"stream\":\"raw\",\"op\":\"upsert\",\"key\":\"" + RowKey(row) +
              "\",\"producer\":\"" + name_ + "\",\"epoch\":0,\"seq\":" + std::to_string(row) +
              ",\"data\":" + RowValue(row) + "}";
    }
    body += ']';
    return "POST /hook HTTP/1.1\r\nHost: receiver\r\nContent-Type: application/json\r\n"
           "Idempotency-Key: " +
           RowKey(first_row) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
  }

  const std::uint32_t rows_per_request_;
  const std::string name_;
  testing::RawConnection connection_;
  std::optional<LogFile> log_;
};

}  // namespace

double RunRawWebhook(const RawWebhook& webhook, const RawRun& run) {
  return RunRaw(run, [&](std::uint32_t number) -> WriteGroup {
    const auto sender = std::make_shared<Sender>(webhook, "raw-" + std::to_string(number));
    return [sender, rows = run.rows_per_group](std::uint64_t first_row) {
      sender->Deliver(first_row, rows);
    };
  });
}

}  // namespace oncegate::bench
