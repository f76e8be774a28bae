#include "server/decode/record_rules.h"

#include <charconv>
#include <limits>
#include <string>

#include "server/decode/value_hash.h"
#include "sinks/common/row_key.h"

namespace oncegate {
namespace {

constexpr std::int64_t kSequenceMax = std::numeric_limits<std::int64_t>::max();

/// The decimal text of an integer without an allocation.
class Decimal {
 public:
  explicit Decimal(std::int64_t value)
      : size_(static_cast<std::size_t>(std::to_chars(text_, text_ + sizeof text_, value).ptr -
                                       text_)) {}
  std::string_view text() const { return {text_, size_}; }

 private:
  char text_[20];
  std::size_t size_;
};

}  // namespace

bool RecordRules::ReadFields(const FieldReader& reader, Reading* reading) const {
  Event& event = reading->event;
  return reader.ReadName(Field::kProducer, limits_.producer_bytes_max, &event.producer) &&
         reader.ReadInteger(Field::kEpoch, 0, &reading->epoch) &&
         reader.ReadInteger(Field::kSeq, 0, &reading->sequence) &&
         reader.ReadName(Field::kId, limits_.id_bytes_max, &event.id) &&
         reader.ReadKey(limits_.key_bytes_max, &event.key) &&
         reader.ReadOperation(&event.operation) &&
         reader.ReadInteger(Field::kVersion, 0, &reading->version) &&
         reader.ReadInteger(Field::kAfter, -1, &event.after) && reader.ReadTime(&event.event_time);
}

bool RecordRules::ApplyDefaults(const FieldReader& reader, Reading* reading) const {
  Event& event = reading->event;
  if (event.producer.empty() && defaults_.producer) event.producer = *defaults_.producer;
  event.epoch = Epoch{reading->epoch.value_or(defaults_.epoch.value_or(0))};
  if (!reading->sequence && defaults_.first_sequence) {
    if (*defaults_.first_sequence > kSequenceMax - event.index) {
      return reader.Refuse(Field::kSeq, Code::kOutOfRange,
                           "Producer-Seq plus the record's index is beyond 2^63-1");
    }
    reading->sequence = *defaults_.first_sequence + event.index;
  }
  if (reading->sequence) event.sequence = Sequence{*reading->sequence};
  if (event.id.empty() && defaults_.id && stream_.mode == DedupeMode::kId) {
    event.id = *defaults_.id;
  }
  if (reading->version) event.version = Version{0, static_cast<std::uint64_t>(*reading->version)};
  return true;
}

bool RecordRules::CheckAllowed(const FieldReader& reader, const Event& event) const {
  if (reader.Has(Field::kAfter) && stream_.mode != DedupeMode::kMonotonic) {
    return reader.Refuse(Field::kAfter, Code::kFieldNotAllowed,
                         "after is for monotonic streams only");
  }
  if (reader.Has(Field::kValue) && event.operation == Operation::kDelete) {
    return reader.Refuse(Field::kValue, Code::kFieldNotAllowed, "a delete carries no value");
  }
  return true;
}

bool RecordRules::CheckRequired(const FieldReader& reader, const Event& event) const {
  const bool sequenced = IsSequenced(stream_.mode);
  const bool versioned = stream_.mode == DedupeMode::kVersion;
  const bool is_delete = event.operation == Operation::kDelete;
  const auto missing = [&](Field field, std::string_view where) {
    return reader.Refuse(field, Code::kMissingField,
                         std::string(ToString(field)) + " is required " + std::string(where));
  };
  if (sequenced && event.producer.empty()) return missing(Field::kProducer, "in this stream");
  if (sequenced && !event.sequence) return missing(Field::kSeq, "in this stream");
  if (stream_.mode == DedupeMode::kId && event.id.empty()) {
    return missing(Field::kId, "in this stream");
  }
  if (versioned && event.key.empty()) return missing(Field::kKey, "in this stream");
  if (is_delete && event.key.empty()) return missing(Field::kKey, "for a delete");
  if (versioned && !event.version) return missing(Field::kVersion, "in this stream");
  if (!is_delete && !reader.Has(Field::kValue)) return missing(Field::kValue, "for an upsert");
  return true;
}

bool RecordRules::CheckPredecessor(const FieldReader& reader, const Event& event) const {
  if (!event.after || *event.after < event.sequence->value) return true;
  return reader.Refuse(Field::kAfter, Code::kOutOfRange, "after must be below seq");
}

bool RecordRules::TakeKeyFromValue(const FieldReader& reader, Event* event) {
  key_from_value_ = false;
  const bool has_columns = stream_.target.kind == TargetKind::kColumns;
  if (!has_columns || !event->key.empty() || !reader.Has(Field::kValue)) return true;
  const std::string key =
      RowKeyOf(stream_.target.columns.key_columns, reader.fields()[Field::kValue].text);
  if (key.empty()) return true;
  if (key.size() > limits_.key_bytes_max) {
    return reader.Refuse(
        Field::kValue, Code::kTooLong,
        "the key columns are longer than " + std::to_string(limits_.key_bytes_max) + " bytes");
  }
  event->key = text_->Join({key});
  key_from_value_ = true;
  return true;
}

bool RecordRules::FillInKey(const FieldReader& reader, Event* event) {
  if (!event->key.empty()) return true;
  event->key_is_default = true;
  if (!event->id.empty()) {
    event->key = event->id;
  } else if (!event->producer.empty() && event->sequence) {
    event->key = text_->Join({event->producer, "/", Decimal(event->epoch.value).text(), "/",
                              Decimal(event->sequence->value).text()});
  } else {
    return reader.Refuse(Field::kKey, Code::kMissingField,
                         "key is required where there is neither an id nor producer and seq");
  }
  if (event->key.size() <= limits_.key_bytes_max) return true;
  return reader.Refuse(
      Field::kKey, Code::kTooLong,
      "the default key is longer than " + std::to_string(limits_.key_bytes_max) + " bytes");
}

void RecordRules::KeepText(const FieldReader& reader, Event* event) {
  const bool default_key = !reader.Has(Field::kKey) && !key_from_value_;
  if (reader.Has(Field::kProducer) || event->producer.empty()) {
    event->producer = text_->Keep(event->producer);
  } else {
    if (kept_default_producer_.empty()) kept_default_producer_ = text_->Keep(event->producer);
    event->producer = kept_default_producer_;
  }
  event->id = text_->Keep(event->id);
  if (key_from_value_) {
    // It is there already.
  } else if (!default_key) {
    event->key = text_->Keep(event->key);
  } else if (!event->id.empty()) {
    event->key = event->id;
  }
}

bool RecordRules::Apply(const RecordFields& fields, std::uint32_t index, Event* event,
                        Problem* problem) {
  const FieldReader reader(fields, problem);
  Reading reading;
  reading.event.index = index;
  if (!ReadFields(reader, &reading) || !ApplyDefaults(reader, &reading) ||
      !CheckAllowed(reader, reading.event) || !TakeKeyFromValue(reader, &reading.event) ||
      !CheckRequired(reader, reading.event) || !CheckPredecessor(reader, reading.event) ||
      !FillInKey(reader, &reading.event)) {
    return false;
  }
  *event = reading.event;
  KeepText(reader, event);
  std::optional<ValueHash> value_hash;
  if (event->operation == Operation::kUpsert) {
    event->value = fields[Field::kValue].text;
    value_hash = fields.value_hash();
  }
  if (stream_.fingerprints) {
    event->fingerprint = HashEvent(event->operation, event->key, event->version, value_hash);
  }
  return true;
}

}  // namespace oncegate
