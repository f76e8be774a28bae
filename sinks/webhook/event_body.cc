#include "sinks/webhook/event_body.h"

#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>
#include <cstdint>
#include <string>

namespace oncegate::webhook {
namespace {

class ObjectText {
 public:
  void Raw(std::string_view name, std::string_view json) {
    text_ += text_.empty() ? "{\"" : ",\"";
    text_ += name;
    text_ += "\":";
    text_ += json;
  }
  void Text(std::string_view name, std::string_view text) {
    Raw(name, boost::json::serialize(boost::json::string_view(text.data(), text.size())));
  }
  void TextIfAny(std::string_view name, std::string_view text) {
    if (!text.empty()) Text(name, text);
  }
  void Number(std::string_view name, std::int64_t number) { Raw(name, std::to_string(number)); }
  std::string Close() && { return std::move(text_) + "}"; }

 private:
  std::string text_;
};

}  // namespace

std::string EventBody(const StreamTarget& target, const Event& event, std::string_view message_id,
                      WallTime frozen_at) {
  const bool is_delete = event.operation == Operation::kDelete;
  ObjectText object;
  object.Text("type", target.table);
  object.Text("timestamp", ToRfc3339(frozen_at));
  object.Text("id", message_id);
  object.Text("stream", target.stream);
  object.Text("op", is_delete ? "delete" : "upsert");
  if (!event.key_is_default) object.Text("key", event.key);
  object.TextIfAny("producer", event.producer);
  if (!event.producer.empty()) object.Number("epoch", event.epoch.value);
  if (event.sequence) object.Number("seq", event.sequence->value);
  object.TextIfAny("event_id", event.id);
  if (event.version) object.Raw("version", ToDecimal(*event.version));
  if (event.event_time) object.Text("event_time", ToRfc3339(*event.event_time));
  object.Raw("data", is_delete ? std::string_view("null") : event.value);
  return std::move(object).Close();
}

}  // namespace oncegate::webhook
